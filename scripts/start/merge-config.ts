import { isDeepStrictEqual } from "node:util";
import { valueAt } from "../../config/settings/problems.ts";
import { isMap } from "../../config/settings/stack-file.ts";

/** A parsed stack file. */
export interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly encryptionsalt?: string;
  readonly secretsprovider?: string;
  readonly [key: string]: unknown;
}

type Map = Readonly<Record<string, unknown>>;

/**
 * Three-way merge of the committed file and local changes. `base` is the committed file at the last merge: values that
 * differ between `base` and `local` were set locally and are kept; all others follow the committed file.
 */
export function mergeStackFiles(base: StackFile, local: StackFile, committed: StackFile): StackFile {
  return mergeMaps(base, local, committed) as StackFile;
}

/** Paths of keys that differ from the committed file, except the salt. */
export function localPaths(merged: StackFile, committed: StackFile): string[] {
  return differing(merged.config, committed.config).map((path) => path.replace(/^[^.:]+:/, ""));
}

function mergeMaps(base: Map, local: Map, committed: Map): Map {
  const keys = new Set([...Object.keys(committed), ...Object.keys(local)]);
  const merged = [...keys].map(
    (key) => [key, merge(valueAt(base, [key]), valueAt(local, [key]), valueAt(committed, [key]))] as const,
  );
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
}

function merge(base: unknown, local: unknown, committed: unknown): unknown {
  if (isDeepStrictEqual(local, base)) return committed;
  if (isMap(local) && (isMap(committed) || committed === undefined) && (isMap(base) || base === undefined)) {
    return mergeMaps(base ?? {}, local, committed ?? {});
  }
  return local;
}

function differing(merged: unknown, committed: unknown): string[] {
  if (isDeepStrictEqual(merged, committed)) return [];
  if (!isMap(merged) || isSecret(merged)) return [""];
  return Object.keys(merged).flatMap((key) =>
    differing(merged[key], valueAt(committed, [key])).map((path) => (path === "" ? key : `${key}.${path}`)),
  );
}

/** An encrypted value is a single value, although it is stored as a map. */
function isSecret(value: Map): boolean {
  return Object.keys(value).length === 1 && "secure" in value;
}
