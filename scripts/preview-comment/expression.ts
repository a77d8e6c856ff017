import { plain } from "./markdown.ts";

/** Tokens of a PromQL or LogQL expression: strings, names, numbers with units, and single characters. */
const token = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[A-Za-z_][\w:]*|\d[\w.]*(?:(?<=e)[+-]\d+)?|\s+|./g;

function tokens(expression: string): string[] {
  return (expression.match(token) ?? []).filter((text) => text.trim() !== "");
}

function isNumber(text: string): boolean {
  return /^\d/.test(text);
}

/** An expression without its numbers. Expressions with the same skeleton differ only in numbers. */
export function skeleton(expression: string): string {
  return tokens(expression)
    .map((text) => (isNumber(text) ? "#" : text))
    .join(" ");
}

/**
 * Describes how two expressions differ: "0.90 → 0.80" for a number, "window 5m → 10m" for a duration, otherwise
 * "expression changed". Ignores white space.
 */
export function expressionChanges(before: string, after: string): string[] {
  if (skeleton(before) !== skeleton(after)) return ["expression changed"];
  const [old, now] = [tokens(before), tokens(after)];
  const pairs = now.flatMap((text, index) => (text === old[index] ? [] : [numberChange(old[index] ?? "", text)]));
  return [...new Set(pairs)];
}

function numberChange(before: string, after: string): string {
  if (/[a-z]$/.test(after)) return `window ${plain(before)} → ${plain(after)}`;
  const places = Math.max(decimals(before), decimals(after));
  // Format ratios with two decimals: 0.90 → 0.80.
  const formatted = (number: string) => (places > 0 ? withDecimals(number, Math.max(2, places)) : plain(number));
  return `${formatted(before)} → ${formatted(after)}`;
}

function decimals(number: string): number {
  return /^\d+\.(\d+)$/.exec(number)?.[1]?.length ?? 0;
}

/** Pads a number with zeros as text, because a float would round. */
function withDecimals(number: string, places: number): string {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(number) ?? [];
  return whole === undefined ? plain(number) : `${whole}.${fraction.padEnd(places, "0")}`;
}
