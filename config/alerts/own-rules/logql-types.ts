import type { LRParser } from "@lezer/lr";
import { escapeFix, regexMatchesEmpty, requiresValue, unquote } from "../../settings/stream-selector.ts";
import type { TypeProblem } from "./promql-types.ts";

type Tree = ReturnType<LRParser["parse"]>;
type SyntaxNode = Tree["topNode"];

/** What Loki would refuse in an expression that parses, or could not evaluate as a rule. */
export function logTypeProblem(tree: Tree, expression: string): TypeProblem | undefined {
  const log = tree.topNode.firstChild?.firstChild;
  if (log?.name === "LogExpr")
    return {
      index: log.from,
      message: "is a log query, which a rule cannot compare; count its lines with count_over_time(… [5m])",
    };
  let invalidEscape: TypeProblem | undefined;
  let found: TypeProblem | undefined;
  tree.iterate({
    enter: ({ name, node }) => {
      if (name === "String" && stringIn(node, expression) === undefined)
        invalidEscape ??= {
          index: node.from,
          message: `${textOf(node, expression)} has an invalid escape; ${escapeFix}`,
        };
      if (name === "Selector") found ??= selectorProblem(node, expression);
      if (name === "LineFilter" && /^(?:PipeMatch|Nre)$/.test(node.getChild("Filter")?.firstChild?.name ?? ""))
        found ??= regexProblem(node, node.getChild("String"), expression);
    },
  });
  return invalidEscape ?? found;
}

function selectorProblem(selector: SyntaxNode, expression: string): TypeProblem | undefined {
  let isSelective = false;
  let found: TypeProblem | undefined;
  selector.cursor().iterate(({ name, node }) => {
    if (name !== "Matcher") return;
    const literal = node.getChild("String");
    const operator = literal?.prevSibling ? textOf(literal.prevSibling, expression) : "";
    if (operator.endsWith("~")) found ??= regexProblem(node, literal, expression);
    isSelective ||= requiresValue(operator, stringIn(literal, expression)) === true;
  });
  if (found !== undefined || isSelective) return found;
  return {
    index: selector.from,
    message: `${textOf(selector, expression)} would select all streams; add a matcher that requires a value, such as service=~".+"`,
  };
}

function regexProblem(node: SyntaxNode, literal: SyntaxNode | null, expression: string): TypeProblem | undefined {
  const value = stringIn(literal, expression);
  if (value !== undefined && regexMatchesEmpty(value) !== undefined) return undefined;
  return {
    index: node.from,
    message: `${textOf(node, expression)} has an invalid regular expression; use RE2 syntax`,
  };
}

function stringIn(literal: SyntaxNode | null, expression: string): string | undefined {
  return literal === null ? undefined : unquote(textOf(literal, expression));
}

function textOf({ from, to }: SyntaxNode, expression: string): string {
  return expression.slice(from, to);
}
