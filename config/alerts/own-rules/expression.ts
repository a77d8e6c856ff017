import { createRequire } from "node:module";
import type { LRParser } from "@lezer/lr";

// Loaded only if a stack has its own rules.
const load = createRequire(import.meta.url);
const parsers = {
  PromQL: () => (load("@prometheus-io/lezer-promql") as { parser: LRParser }).parser,
  LogQL: () => (load("@grafana/lezer-logql") as { parser: LRParser }).parser,
};
export type Language = keyof typeof parsers;

/** What an expression reads, or the index of what does not parse. */
export interface Parsed {
  readonly errorAt?: number;
  /** Metric names, with their index. */
  readonly metrics: readonly { readonly name: string; readonly index: number }[];
}

/** Parses an expression with the grammars that the pages of Prometheus and Grafana use. */
export function parseExpression(language: Language, expression: string): Parsed {
  let errorAt: number | undefined = expression.trim() === "" ? 0 : undefined;
  const metrics: { name: string; index: number }[] = [];
  parsers[language]()
    .parse(expression)
    .iterate({
      enter: (node) => {
        if (node.type.isError) errorAt ??= node.from;
        if (node.name !== "VectorSelector" || language !== "PromQL") return;
        const name = node.node.firstChild;
        if (name?.name === "Identifier") metrics.push({ name: expression.slice(name.from, name.to), index: name.from });
      },
    });
  // Trailing white space is no place to look at.
  return { metrics, ...(errorAt !== undefined && { errorAt: Math.min(errorAt, expression.trimEnd().length) }) };
}
