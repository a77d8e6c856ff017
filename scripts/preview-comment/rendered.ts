import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { loadAll } from "js-yaml";
import { WrongWords } from "../lib/wrong-words.ts";
import { marker } from "../render/tree.ts";

/** A rendered stack in memory: content by path. An empty one stands for a stack that does not exist on that side. */
export type Rendered = ReadonlyMap<string, string>;

/** Reads a folder that `npm run render` wrote, or an empty one. Throws WrongWords for anything else. */
export function readRendered(folder: string): Rendered {
  const hint = "write one with: npm run render -- <stack> <folder>";
  if (!existsSync(folder)) throw new WrongWords(`${folder} does not exist; ${hint}`);
  if (!statSync(folder).isDirectory()) throw new WrongWords(`${folder} is not a folder; ${hint}`);
  if (readdirSync(folder).length > 0 && !existsSync(join(folder, marker))) {
    throw new WrongWords(`${folder} is not a rendered stack; ${hint}`);
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

/** Order that depends on no locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Paths that differ between two stacks, sorted. */
export function changedPaths(before: Rendered, after: Rendered): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort(compareText);
}

/** Whether a file holds secrets. Its content is never shown, not even when a stack was rendered with `--with-secrets`. */
export function isSecret(path: string): boolean {
  return path.startsWith("secrets/") || /^kubernetes\/.*-secrets\.yaml$/.test(path);
}

export type Yaml = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Yaml {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The maps in a list; empty if there is no list. */
export function mapsIn(value: unknown): Yaml[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** The maps in a YAML or JSON file, one a document. A file that does not exist or does not parse has none: its diff still shows it. */
export function documentsIn(content: string | undefined): Yaml[] {
  try {
    return content === undefined ? [] : loadAll(content).filter(isMap);
  } catch {
    return [];
  }
}

/** The one map in a YAML or JSON file; empty where there is none. */
export function mapIn(content: string | undefined): Yaml {
  return documentsIn(content)[0] ?? {};
}
