import { platformNames, traitsOf } from "../../components/platform/traits.ts";

/** The config with the defaults of its platform filled in where it says nothing. */
export function withPlatformDefaults(plain: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const platform = platformNames.find((name) => name === plain["platform"]);
  // The schema refuses a platform that does not exist.
  const defaults = platform === undefined ? [] : traitsOf({ platform }).defaults;
  return defaults.reduce<Record<string, unknown>>((config, [path, value]) => filled(config, path, value), { ...plain });
}

/** A value of the wrong type on the way stays as it is: the schema has the words for it. */
function filled(
  object: Record<string, unknown>,
  [key = "", ...rest]: readonly string[],
  value: boolean,
): Record<string, unknown> {
  const known = object[key];
  if (rest.length === 0) return known === undefined ? { ...object, [key]: value } : object;
  if (known !== undefined && (typeof known !== "object" || known === null || Array.isArray(known))) return object;
  return { ...object, [key]: filled((known ?? {}) as Record<string, unknown>, rest, value) };
}
