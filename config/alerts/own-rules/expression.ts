import { createRequire } from "node:module";
import type { LRParser } from "@lezer/lr";

// Loaded only for a stack that has rules of its own.
const load = createRequire(import.meta.url);
const parsers = {
  PromQL: () => (load("@prometheus-io/lezer-promql") as { parser: LRParser }).parser,
  LogQL: () => (load("@grafana/lezer-logql") as { parser: LRParser }).parser,
};
export type Language = keyof typeof parsers;

/** What an expression reads, or the index of what does not parse. */
export interface Parsed {
  readonly errorAt?: number;
  readonly metrics: readonly string[];
}

/** Parses an expression with the grammars that the pages of Prometheus and Grafana use. */
export function parseExpression(language: Language, expression: string): Parsed {
  let errorAt: number | undefined = expression.trim() === "" ? 0 : undefined;
  const metrics: string[] = [];
  parsers[language]()
    .parse(expression)
    .iterate({
      enter: (node) => {
        if (node.type.isError) errorAt ??= node.from;
        if (node.name !== "VectorSelector" || language !== "PromQL") return;
        const name = node.node.firstChild;
        if (name?.name === "Identifier") metrics.push(expression.slice(name.from, name.to));
      },
    });
  // Trailing white space is no place to look at.
  return { metrics, ...(errorAt !== undefined && { errorAt: Math.min(errorAt, expression.trimEnd().length) }) };
}
