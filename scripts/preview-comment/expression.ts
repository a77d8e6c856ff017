import { plain } from "./markdown.ts";

/** Strings, names, numbers with their units, and everything else of a PromQL or LogQL expression. */
const token = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[A-Za-z_][\w:]*|\d[\w.]*(?:(?<=e)[+-]\d+)?|\s+|./g;

function tokens(expression: string): string[] {
  return (expression.match(token) ?? []).filter((text) => text.trim() !== "");
}

function isNumber(text: string): boolean {
  return /^\d/.test(text);
}

/** An expression without its numbers: two that share it differ in numbers only. */
export function skeleton(expression: string): string {
  return tokens(expression)
    .map((text) => (isNumber(text) ? "#" : text))
    .join(" ");
}

/**
 * What differs between two expressions: "0.90 → 0.80" where only a number does, "window 5m → 10m" for a duration, else
 * "expression changed". Empty where they differ in white space at most.
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
  // A ratio reads as one: 0.90 → 0.80.
  const spelled = (number: string) => (places > 0 ? withDecimals(number, Math.max(2, places)) : plain(number));
  return `${spelled(before)} → ${spelled(after)}`;
}

function decimals(number: string): number {
  return /^\d+\.(\d+)$/.exec(number)?.[1]?.length ?? 0;
}

/** The digits as they are, filled up with zeros: a float would round some. */
function withDecimals(number: string, places: number): string {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(number) ?? [];
  return whole === undefined ? plain(number) : `${whole}.${fraction.padEnd(places, "0")}`;
}
