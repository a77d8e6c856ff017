import { createRequire } from "node:module";
import type { LRParser } from "@lezer/lr";
import { logTypeProblem } from "./logql-types.ts";
import { type TypeProblem, typeProblem } from "./promql-types.ts";

// Loaded only if a stack has its own rules.
const load = createRequire(import.meta.url);
const parsers = {
  PromQL: () => (load("@prometheus-io/lezer-promql") as { parser: LRParser }).parser,
  LogQL: () => (load("@grafana/lezer-logql") as { parser: LRParser }).parser,
};
export type Language = keyof typeof parsers;

/** What an expression reads, or what is wrong with it. */
export interface Parsed {
  /** Index of the first syntax error. */
  readonly errorAt?: number;
  /** Why an expression that parses would still be rejected. */
  readonly typeProblem?: TypeProblem;
  /** Metric names, with their index. */
  readonly metrics: readonly { readonly name: string; readonly index: number }[];
}

/** Parses an expression with the grammars that the pages of Prometheus and Grafana use. */
export function parseExpression(language: Language, expression: string): Parsed {
  let errorAt: number | undefined = expression.trim() === "" ? 0 : undefined;
  const metrics: { name: string; index: number }[] = [];
  const tree = parsers[language]().parse(expression);
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) errorAt ??= node.from;
      if (node.name !== "VectorSelector" || language !== "PromQL") return;
      const name = node.node.firstChild;
      if (name?.name === "Identifier") metrics.push({ name: expression.slice(name.from, name.to), index: name.from });
    },
  });
  // Point at text, not at trailing whitespace.
  if (errorAt !== undefined) return { metrics, errorAt: Math.min(errorAt, expression.trimEnd().length) };
  const problem = language === "PromQL" ? typeProblem(tree.topNode, expression) : logTypeProblem(tree, expression);
  return { metrics, ...(problem !== undefined && { typeProblem: problem }) };
}
