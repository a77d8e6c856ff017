import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";

export const root = join(import.meta.dirname, "../..");

/** A fenced block: its language, its text, and the line of the page on which the text begins. */
export interface Block {
  readonly page: Page;
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** A piece of text in backticks. */
export interface Span {
  readonly page: Page;
  readonly text: string;
  readonly line: number;
}

export interface Page {
  /** Path from the project's folder. */
  readonly file: string;
  readonly text: string;
  readonly nodes: readonly Nodes[];
  readonly blocks: readonly Block[];
  readonly spans: readonly Span[];
}

/** Every page that people read. New pages in these folders are checked automatically. */
export function pages(): Page[] {
  return globSync(
    ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md", "runbooks/*.md", "demo/*.md", "viewer/*.md"],
    {
      cwd: root,
    },
  )
    .sort()
    .map((file) => page(file, readFileSync(join(root, file), "utf8")));
}

export function page(file: string, text: string): Page {
  const nodes = all(fromMarkdown(text));
  const blocks: Block[] = [];
  const spans: Span[] = [];
  const read: Page = { file, text, nodes, blocks, spans };
  for (const node of nodes) {
    if (node.type === "code") {
      blocks.push({ page: read, language: node.lang ?? "", text: node.value, line: lineOf(node) + 1 });
    }
    if (node.type === "inlineCode")
      spans.push({ page: read, text: node.value.replaceAll("\n", " "), line: lineOf(node) });
  }
  return read;
}

function all(node: Nodes): Nodes[] {
  return [node, ...("children" in node ? node.children.flatMap(all) : [])];
}

export function lineOf(node: Nodes): number {
  return node.position?.start.line ?? 0;
}

/** A mistake, where an editor finds it. */
export function at({ page: { file }, line }: { readonly page: Page; readonly line: number }, mistake: string): string {
  return `${file}:${line}: ${mistake}`;
}

/** A block's file, where its first line is a comment that names one: `// docs/examples/cpp/metrics.h`. */
export function excerptOf({ text }: Block): { readonly file: string; readonly text: string } | undefined {
  const [, file] = /^(?:\/\/|#|--) ((?:[\w.-]+\/)*[\w.-]+\.\w+)\n/.exec(text) ?? [];
  return file === undefined ? undefined : { file, text: text.slice(text.indexOf("\n") + 1) };
}

/** Fails with all mistakes, a line each. */
export function assertNone(mistakes: readonly string[]): void {
  if (mistakes.length > 0) assert.fail(`${mistakes.length} problems:\n${mistakes.join("\n")}`);
}
