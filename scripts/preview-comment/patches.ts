import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { withoutData } from "./manifests.ts";
import { bytesOf, count, details, fenced } from "./markdown.ts";
import { changedPaths, compareText, isSecret, type Rendered } from "./rendered.ts";

/** The unified diff of one file. */
export interface Patch {
  readonly path: string;
  readonly text: string;
  readonly added: number;
  readonly removed: number;
}

/** Longer lines, such as those of bundled programs, are truncated. */
const longestLine = 1000;
/** Computing a diff with more edits takes too long. */
const mostEdits = 20_000;

/** Unified diffs of all changed files, by product. Omits secret files, and the data of ConfigMaps and Secrets. */
export function patches(before: Rendered, after: Rendered): Patch[] {
  return changedPaths(before, after)
    .filter((path) => !path.startsWith("secrets/"))
    .map((path) => patch(path, shown(path, before), shown(path, after)))
    .filter(({ added, removed }) => added + removed > 0)
    .sort((a, b) => compareText(order(a.path), order(b.path)));
}

function shown(path: string, stack: Rendered): string | undefined {
  const content = stack.get(path);
  if (content === undefined || !path.startsWith("kubernetes/")) return content;
  const manifests = withoutData(content);
  return manifests === content && isSecret(path) ? "(secret)\n" : manifests;
}

function patch(path: string, before: string | undefined, after: string | undefined): Patch {
  const [from, to] = [
    before === undefined ? "/dev/null" : `a/${path}`,
    after === undefined ? "/dev/null" : `b/${path}`,
  ];
  const text = createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
    maxEditLength: mostEdits,
  });
  if (text === undefined)
    return { path, text: `--- ${from}\n+++ ${to}\nToo many changes to show\n`, added: 1, removed: 1 };
  const lines = text.split("\n").map(cut);
  const counted = (sign: string) => lines.slice(2).filter((item) => item.startsWith(sign)).length;
  return { path, text: lines.join("\n"), added: counted("+"), removed: counted("-") };
}

function cut(text: string): string {
  return text.length > longestLine
    ? `${text.slice(0, longestLine).toWellFormed()} … (${count(text.length - longestLine, "character")} more)`
    : text;
}

/** Sort key: products alphabetically, then compose.yaml and Kubernetes manifests. */
function order(path: string): string {
  const last = path === "compose.yaml" || path.startsWith("kubernetes/");
  return `${last ? "2" : "1"} ${path}`;
}

function productOf(path: string): string {
  return path.split("/")[0] ?? path;
}

export interface FittedPatches {
  readonly text: string;
  /** Patches that did not fit. */
  readonly omitted: readonly Patch[];
}

/** As many complete patches as fit into a number of bytes, in collapsed sections by product. */
export function fitted(all: readonly Patch[], bytes: number): FittedPatches {
  const taken: Patch[] = [];
  const omitted: Patch[] = [];
  for (const item of all) {
    if (bytesOf(blocks([...taken, item])) <= bytes) taken.push(item);
    else omitted.push(item);
  }
  return { text: blocks(taken), omitted };
}

function blocks(all: readonly Patch[]): string {
  const products = Map.groupBy(all, ({ path }) => productOf(path));
  return [...products].map(([product, files]) => block(product, files)).join("\n\n");
}

function block(product: string, files: readonly Patch[]): string {
  const total = (sign: "added" | "removed") => files.reduce((sum, file) => sum + file[sign], 0);
  const summary = `${product}: ${count(files.length, "file")}, +${total("added")} −${total("removed")}`;
  return details(summary, fenced(files.map(({ text }) => text).join(""), "diff"));
}
