import { stripVTControlCharacters } from "node:util";
import { bytesOf, count, details, fenced } from "./markdown.ts";

const summaryLines = 25;

/**
 * Formats the output of `pulumi preview`: the summary, and the full output in a collapsed section, without its first lines
 * if it is too long.
 */
export function engineText(output: string, bytes: number): string {
  const lines = stripVTControlCharacters(output)
    .replaceAll("\r", "")
    .trimEnd()
    .split("\n")
    .map((line) => (line.length > 500 ? `${line.slice(0, 500).toWellFormed()}…` : line));
  if (lines.join("").trim() === "") return "**Pulumi preview** has no output.";
  const start = lines.findLastIndex((line) => /^\s*Resources:/.test(line));
  const found = start < 0 ? [] : lines.slice(start);
  // A failed preview ends with the error.
  const summary = found.length > 0 && found.length <= summaryLines ? found : lines.slice(-summaryLines);
  const short = fenced(summary.join("\n"), "text");
  const heading = `**Pulumi preview**\n\n${short}`;
  if (summary.length === lines.length) return heading;
  const last = tail(lines, bytes - bytesOf(heading) - 200);
  const cut = lines.length - last.length;
  const title = cut > 0 ? `Full preview, without the first ${count(cut, "line")}` : "Full preview";
  return last.length > summary.length ? `${heading}\n\n${details(title, fenced(last.join("\n"), "text"))}` : heading;
}

/** The last lines that fit into a number of bytes. */
function tail(lines: readonly string[], bytes: number): string[] {
  const taken: string[] = [];
  let size = 0;
  for (const line of lines.toReversed()) {
    size += bytesOf(line) + 1;
    if (size > bytes) break;
    taken.push(line);
  }
  return taken.reverse();
}
