import { isDeepStrictEqual } from "node:util";
import { isMap } from "../../config/settings/stack-file.ts";

/** A stack file as YAML reads it. */
export interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly encryptionsalt?: string;
  readonly secretsprovider?: string;
  readonly [key: string]: unknown;
}

type Map = Readonly<Record<string, unknown>>;

/**
 * The committed file with what was set for this checkout on top. `base` is the committed file as it was at the last
 * merge: a value in which `local` differs from it was set here and stays; everything else follows the committed file.
 */
export function mergeStackFiles(base: StackFile, local: StackFile, committed: StackFile): StackFile {
  return mergeMaps(base, local, committed) as StackFile;
}

/** Paths of what differs from the committed file: what was set for this checkout. The salt is no setting. */
export function localPaths(merged: StackFile, committed: StackFile): string[] {
  return differing(merged.config, committed.config).map((path) => path.replace(/^[^.:]+:/, ""));
}

function mergeMaps(base: Map, local: Map, committed: Map): Map {
  const keys = new Set([...Object.keys(committed), ...Object.keys(local)]);
  const merged: Record<string, unknown> = {};
  for (const key of keys) {
    const value = merge(base[key], local[key], committed[key]);
    if (value !== undefined) merged[key] = value;
  }
  return merged;
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
    differing(merged[key], isMap(committed) ? committed[key] : undefined).map((path) =>
      path === "" ? key : `${key}.${path}`,
    ),
  );
}

/** What the engine encrypted is one value, although it is written as a map. */
function isSecret(value: Map): boolean {
  return Object.keys(value).length === 1 && "secure" in value;
}
