import type { LRParser } from "@lezer/lr";
import { escapeFix, requiresValue, unquote } from "../../settings/stream-selector.ts";

type SyntaxNode = ReturnType<LRParser["parse"]>["topNode"];

/** The types of expressions, by their letters in `signatures`. */
const types = { v: "an instant vector", m: "a range vector", s: "a scalar", t: "a string" } as const;

type TypeLetter = keyof typeof types;
type Type = (typeof types)[TypeLetter];

/**
 * Functions by their arguments: "?" marks the last one as optional, "*" any number of it. All return an instant vector, except
 * those in `scalars`. https://github.com/prometheus/prometheus/blob/v3.15.1/promql/parser/functions.go
 */
const signatures: Readonly<Record<string, string>> = {
  v: "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar ln log10 log2 rad scalar sgn sin sinh sort sort_desc sqrt tan tanh timestamp",
  m: "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time",
  "v?": "days_in_month day_of_month day_of_week day_of_year hour minute month year",
  vss: "clamp",
  vs: "clamp_max clamp_min",
  "vs?": "round",
  ssv: "histogram_fraction",
  sv: "histogram_quantile",
  sm: "quantile_over_time",
  ms: "predict_linear",
  vtttt: "label_replace",
  "vttt*": "label_join",
  s: "vector",
  "": "pi time",
};
const scalars = ["pi", "scalar", "time"];
const functions = new Map(
  Object.entries(signatures).flatMap(([signature, names]) =>
    names.split(" ").map((name) => [name, signature] as const),
  ),
);
const aggregations: Readonly<Record<string, string>> = {
  Topk: "sv",
  Bottomk: "sv",
  Quantile: "sv",
  CountValues: "tv",
};
const experimentalAggregations = ["LimitK", "LimitRatio"];
const comparisons = ["Eql", "Neq", "Gtr", "Lss", "Gte", "Lte"];
const sets = ["And", "Or", "Unless"];

/** Which child of an expression a modifier after it applies to. */
const operandAt: Readonly<Record<string, number>> = {
  OffsetExpr: 0,
  StepInvariantExpr: 0,
  BinaryExpr: -1,
  UnaryExpr: -1,
};

/** What Prometheus would reject in an expression that parses. */
export interface TypeProblem {
  readonly index: number;
  /** Continues "is not valid PromQL: ", with how to fix it. */
  readonly message: string;
}

class Mistake extends Error {
  readonly index: number;

  constructor({ from }: SyntaxNode, message: string) {
    super(message);
    this.index = from;
  }
}

/**
 * The first type error of a parsed expression, or selector that Prometheus refuses. The checks of
 * `@prometheus-io/codemirror-promql` 0.315 find 39 of the 55 mistakes in `test/validate/promql-types.test.ts`; those that they
 * miss include selectors of all series.
 */
export function typeProblem(top: SyntaxNode, expression: string): TypeProblem | undefined {
  const source = new Source(expression);
  try {
    const [inner] = childrenOf(top);
    if (inner === undefined) return undefined;
    const type = source.typeOf(inner);
    if (type === types.m || type === types.t)
      throw new Mistake(inner, `is ${type}, not a vector or scalar; ${adviceFor(types.v, type)}`);
    return undefined;
  } catch (error) {
    if (error instanceof Mistake) return { index: error.index, message: error.message };
    throw error;
  }
}

class Source {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  typeOf(node: SyntaxNode): Type | undefined {
    const [first] = childrenOf(node);
    switch (node.name) {
      case "NumberDurationLiteral":
        return types.s;
      case "StringLiteral":
        this.#stringIn(node);
        return types.t;
      case "VectorSelector":
        this.#checkSelector(node);
        return types.v;
      case "MatrixSelector":
        if (first?.name !== "VectorSelector")
          throw new Mistake(node, "only a selector can have a range; use a subquery, such as [5m:]");
        this.#checkSelector(first);
        return types.m;
      case "SubqueryExpr":
        if (first !== undefined) this.#expect(first, types.v, "a subquery");
        return types.m;
      case "OffsetExpr":
      case "StepInvariantExpr":
        return first && this.#modified(node, first);
      case "ParenExpr":
        return first && this.typeOf(first);
      case "UnaryExpr": {
        const operand = childrenOf(node).at(-1);
        const type = operand && this.typeOf(operand);
        if (operand !== undefined && type !== types.v && type !== types.s) this.#expect(operand, types.v, '"-"');
        return type;
      }
      case "BinaryExpr":
        return this.#binary(node);
      case "AggregateExpr":
        return this.#aggregation(node);
      case "FunctionCall":
        return this.#call(node);
      default:
        return undefined;
    }
  }

  #expect(node: SyntaxNode, expected: Type, by: string): void {
    const type = this.typeOf(node);
    if (type !== undefined && type !== expected)
      throw new Mistake(node, `${by} takes ${expected}, not ${type}; ${adviceFor(expected, type)}`);
  }

  /** The grammar applies modifiers to everything before them, Prometheus only to the last operand. */
  #modified(node: SyntaxNode, inner: SyntaxNode): Type | undefined {
    let modified: SyntaxNode | undefined = inner;
    while (modified !== undefined && modified.name in operandAt)
      modified = childrenOf(modified).at(operandAt[modified.name] ?? 0);
    const what = node.name === "OffsetExpr" ? "offset" : "@";
    if (!["VectorSelector", "MatrixSelector", "SubqueryExpr"].includes(modified?.name ?? ""))
      throw new Mistake(node, `${what} must follow a selector or a subquery; move it inside`);
    return this.typeOf(inner);
  }

  #binary(node: SyntaxNode): Type | undefined {
    const children = childrenOf(node);
    const [left, operator] = children;
    const right = children.at(-1);
    if (left === undefined || operator === undefined || right === undefined) return undefined;
    const written = this.#textOf(operator);
    const operands = [left, right].map((operand) => {
      const type = this.typeOf(operand);
      if (type === types.m || type === types.t) this.#expect(operand, types.v, `"${written}"`);
      return type;
    });
    const hasBool = children.some(({ name }) => name === "BoolModifier");
    const isScalar = operands.every((type) => type === types.s);
    const isComparison = comparisons.includes(operator.name);
    if (hasBool && !isComparison)
      throw new Mistake(operator, `bool is only for comparisons, not for "${written}"; remove it`);
    if (isComparison && isScalar && !hasBool)
      throw new Mistake(operator, `"${written}" compares two scalars; use "${written} bool", or a vector`);
    const modifier = children.find(({ name }) => name === "MatchingModifierClause");
    if (sets.includes(operator.name)) {
      if (operands.includes(types.s))
        throw new Mistake(operator, `"${written}" takes two instant vectors; use vector() for a scalar`);
      if (modifier?.getChild("GroupLeft") || modifier?.getChild("GroupRight"))
        throw new Mistake(modifier, `"${written}" takes no group_left or group_right; remove it`);
    }
    return isScalar ? types.s : types.v;
  }

  #aggregation(node: SyntaxNode): Type | undefined {
    const operator = node.getChild("AggregateOp")?.firstChild;
    const body = node.getChild("FunctionCallBody");
    if (!operator || !body) return undefined;
    if (experimentalAggregations.includes(operator.name)) throw experimental(operator, this.#textOf(operator));
    this.#arguments(body, this.#textOf(operator), aggregations[operator.name] ?? "v");
    return types.v;
  }

  #call(node: SyntaxNode): Type | undefined {
    const identifier = node.getChild("FunctionIdentifier");
    const body = node.getChild("FunctionCallBody");
    if (!identifier || !body) return undefined;
    const name = this.#textOf(identifier);
    const signature = functions.get(name);
    if (signature === undefined) throw experimental(identifier, name);
    this.#arguments(body, name, signature);
    return types[scalars.includes(name) ? "s" : "v"];
  }

  #arguments(body: SyntaxNode, name: string, signature: string): void {
    const given = childrenOf(body);
    const expected = [...signature].filter((each): each is TypeLetter => each in types);
    const least = expected.length - (/[?*]$/.test(signature) ? 1 : 0);
    const most = signature.endsWith("*") ? Number.POSITIVE_INFINITY : expected.length;
    if (given.length < least || given.length > most) {
      const range =
        most === least ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} or ${most}`;
      throw new Mistake(
        body,
        `${name}() takes ${range} argument${range === "1" ? "" : "s"}, not ${given.length}; ${given.length < least ? "add the missing one" : "remove the others"}`,
      );
    }
    for (const [index, argument] of given.entries())
      this.#expect(argument, types[expected[Math.min(index, expected.length - 1)] ?? "v"], `${name}()`);
  }

  #checkSelector(node: SyntaxNode): void {
    let isSelective = node.getChild("Identifier") !== null;
    for (const matcher of childrenOf(node.getChild("LabelMatchers"))) {
      const operator = matcher.getChild("MatchOp");
      const value = matcher.name === "QuotedLabelMatcher" ? matcher.lastChild : matcher.getChild("StringLiteral");
      const text = value === null ? "" : this.#stringIn(value);
      const requires = requiresValue(operator === null ? "=" : this.#textOf(operator), text);
      if (requires === undefined)
        throw new Mistake(matcher, `${this.#textOf(matcher)} has an invalid regular expression; use RE2 syntax`);
      isSelective ||= requires;
    }
    if (!isSelective)
      throw new Mistake(
        node,
        `${this.#textOf(node)} would select all series; add a metric name, or a matcher that requires a value`,
      );
  }

  /** The value of a string literal. Go has no strings in single quotes. */
  #stringIn(literal: SyntaxNode): string {
    const text = this.#textOf(literal);
    const value = unquote(text.startsWith("'") ? inDoubleQuotes(text) : text);
    if (value === undefined) throw new Mistake(literal, `${text} has an invalid escape; ${escapeFix}`);
    return value;
  }

  #textOf({ from, to }: SyntaxNode): string {
    return this.#text.slice(from, to);
  }
}

function inDoubleQuotes(literal: string): string {
  const inner = literal.slice(1, -1).replaceAll(/\\'|"/g, (found) => (found === '"' ? '\\"' : "'"));
  return `"${inner}"`;
}

function experimental(node: SyntaxNode, name: string): Mistake {
  return new Mistake(node, `${name}() is experimental, and not enabled in this stack; use another function`);
}

function adviceFor(expected: Type, found: Type): string {
  if (expected === types.m && found === types.v) return "add a range, such as [5m]";
  if (expected === types.v && found === types.m) return "apply a function such as rate() to it, or remove the range";
  if (expected === types.v && found === types.s) return "use vector() for a scalar";
  if (expected === types.s && found === types.v) return "use a number, or scalar()";
  return expected === types.t ? "put it in quotes" : "use another argument";
}

function childrenOf(node: SyntaxNode | null): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling)
    if (!/Comment$/.test(child.name)) children.push(child);
  return children;
}
