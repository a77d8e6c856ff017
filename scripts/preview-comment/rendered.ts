import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { loadAll } from "js-yaml";
import { UsageError } from "../lib/usage-error.ts";
import { marker } from "../render/tree.ts";

/** Files of a rendered stack by path; empty if the stack does not exist. */
export type Rendered = ReadonlyMap<string, string>;

/** Reads a folder written by `npm run render`, or an empty one. Throws UsageError for anything else. */
export function readRendered(folder: string): Rendered {
  const hint = "write one with: npm run render -- <stack> <folder>";
  if (!existsSync(folder)) throw new UsageError(`${folder} does not exist; ${hint}`);
  if (!statSync(folder).isDirectory()) throw new UsageError(`${folder} is not a folder; ${hint}`);
  if (readdirSync(folder).length > 0 && !existsSync(join(folder, marker))) {
    throw new UsageError(`${folder} is not a rendered stack; ${hint}`);
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== marker)
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files
      .map((file) => [relative(folder, file).split(sep).join("/"), readFileSync(file, "utf8")] as const)
      .sort(([a], [b]) => compareText(a, b)),
  );
}

/** Locale-independent order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Paths that differ between two stacks, sorted. */
export function changedPaths(before: Rendered, after: Rendered): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort(compareText);
}

/** Whether a file contains secrets. Its content is never shown, even if rendered with `--with-secrets`. */
export function isSecret(path: string): boolean {
  return path.startsWith("secrets/") || /^kubernetes\/.*-secrets\.yaml$/.test(path);
}

export type Yaml = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Yaml {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The maps in a list; empty if the value is not a list. */
export function mapsIn(value: unknown): Yaml[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** The maps in a YAML or JSON file, one per document; empty if it does not exist or does not parse. */
export function documentsIn(content: string | undefined): Yaml[] {
  try {
    return content === undefined ? [] : loadAll(content).filter(isMap);
  } catch {
    return [];
  }
}

/** The first map in a YAML or JSON file; empty if there is none. */
export function mapIn(content: string | undefined): Yaml {
  return documentsIn(content)[0] ?? {};
}
