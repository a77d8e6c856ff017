import { isDeepStrictEqual } from "node:util";
import { code, listed, plain } from "./markdown.ts";
import { isMap, type Yaml } from "./rendered.ts";

/** A value that differs between two documents; undefined if the key does not exist. */
export interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Keys that identify list items, so that an inserted item does not change all that follow. */
const names = ["name", "job_name", "record", "uid", "source"];

/** Values that differ between two documents, in the order of the newer one. */
export function changes(before: unknown, after: unknown, path = ""): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    return [...new Set([...Object.keys(after), ...Object.keys(before)])].flatMap((key) =>
      changes(before[key], after[key], within(path, key)),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  return [{ path, before, after }];
}

function listChanges(before: readonly unknown[], after: readonly unknown[], path: string): Change[] {
  const name = names.find((key) => areNamedBy(before, key) && areNamedBy(after, key));
  if (name !== undefined) return namedChanges(byName(before, name), byName(after, name), path);
  if (before.length === after.length && [...before, ...after].every(isMap)) {
    return after.flatMap((item, index) => changes(before[index], item, `${path}[${index}]`));
  }
  return [{ path, before, after }];
}

function namedChanges(before: Yaml, after: Yaml, path: string): Change[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].flatMap((key) =>
    changes(before[key], after[key], `${path}[${key}]`),
  );
}

function areNamedBy(items: readonly unknown[], key: string): boolean {
  const found = items.map((item) => (isMap(item) ? item[key] : undefined));
  return found.every((value) => typeof value === "string") && new Set(found).size === items.length;
}

function byName(items: readonly unknown[], key: string): Yaml {
  return Object.fromEntries(items.filter(isMap).map((item) => [String(item[key]), item]));
}

function within(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** Describes a change: "`path` 15s → 30s". */
export function describe({ path, before, after }: Change): string {
  const name = code(path);
  if (isList(before) && isList(after)) return `${name} ${listWords(before, after)}`;
  if (before === undefined) return isScalar(after) ? `${name} set to ${plain(String(after))}` : `${name} added`;
  if (after === undefined)
    return isScalar(before) ? `${name} removed (was ${plain(String(before))})` : `${name} removed`;
  return isScalar(before) && isScalar(after) ? `${name} ${arrow(before, after)}` : `${name} changed`;
}

/** "15s → 30s". */
export function arrow(before: unknown, after: unknown): string {
  return `${plain(shown(before))} → ${plain(shown(after))}`;
}

function listWords(before: readonly unknown[], after: readonly unknown[]): string {
  const added = after.filter((item) => !before.includes(item)).map((item) => plain(String(item)));
  const removed = before.filter((item) => !after.includes(item)).map((item) => plain(String(item)));
  if (added.length === 1 && removed.length === 1) return `${removed[0]} → ${added[0]}`;
  const words = [
    ...(added.length > 0 ? [`${listed(added)} added`] : []),
    ...(removed.length > 0 ? [`${listed(removed)} removed`] : []),
  ];
  return words.length > 0 ? words.join("; ") : "reordered";
}

function shown(value: unknown): string {
  return value === undefined ? "none" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isScalar);
}
