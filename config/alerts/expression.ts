/** A multi-line expression without the indentation of the source; nested expressions are indented as a whole. */
export function promql(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  let text = strings.raw[0] ?? "";
  values.forEach((value, index) => {
    const line = text.slice(text.lastIndexOf("\n") + 1);
    const indent = line.slice(0, line.length - line.trimStart().length);
    text += String(value).replaceAll("\n", `\n${indent}`) + strings.raw[index + 1];
  });
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const common = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(common).trimEnd()).join("\n");
}

/** Drops NaN, infinite and negative values, so that one bad sample does not spoil what it is aggregated with. */
export function valid(expression: string): string {
  return `(${expression} >= 0 < Inf)`;
}

/** Labels of every target. Aggregations keep them, so that alerts name their target. */
export const targetLabels = "job, instance, service, cluster, env";

/** Formats a ratio: 0.9 → "90 %". Rounded, because 0.07 × 100 is not exactly 7 in floating point. */
export function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))} %`;
}

/** Formats seconds: 0.025 → "25 ms", 90 → "90 s", 604800 → "7 days". */
export function time(seconds: number): string {
  const days = seconds / 86_400;
  if (days >= 1 && Number.isInteger(days)) return days === 1 ? "1 day" : `${days} days`;
  return seconds > 0 && seconds < 1 ? `${Number((seconds * 1000).toPrecision(6))} ms` : `${seconds} s`;
}
