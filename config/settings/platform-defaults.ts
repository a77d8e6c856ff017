import { platformNames, traitsOf } from "../../components/platform/traits.ts";

/** Adds the platform's defaults for keys that are not set. */
export function withPlatformDefaults(plain: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const platform = platformNames.find((name) => name === plain["platform"]);
  // The schema reports an unknown platform.
  const defaults = platform === undefined ? [] : traitsOf({ platform }).defaults;
  return defaults.reduce<Record<string, unknown>>((config, [path, value]) => filled(config, path, value), { ...plain });
}

/** Leaves a value of the wrong type unchanged, so that the schema reports it. */
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
