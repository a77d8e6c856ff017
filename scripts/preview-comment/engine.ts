import { stripVTControlCharacters } from "node:util";
import { bytesOf, count, details, fenced } from "./markdown.ts";

const summaryLines = 25;

/**
 * What `pulumi preview` printed: its summary, and the whole folded, without its first lines where it is longer than a
 * number of bytes.
 */
export function engineText(output: string, bytes: number): string {
  const lines = stripVTControlCharacters(output)
    .replaceAll("\r", "")
    .trimEnd()
    .split("\n")
    .map((line) => (line.length > 500 ? `${line.slice(0, 500).toWellFormed()}…` : line));
  if (lines.join("").trim() === "") return "**Pulumi preview** printed nothing.";
  const start = lines.findLastIndex((line) => /^\s*Resources:/.test(line));
  const found = start < 0 ? [] : lines.slice(start);
  // A preview that failed ends with what went wrong.
  const summary = found.length > 0 && found.length <= summaryLines ? found : lines.slice(-summaryLines);
  const short = fenced(summary.join("\n"), "text");
  const heading = `**Pulumi preview**\n\n${short}`;
  if (summary.length === lines.length) return heading;
  const last = tail(lines, bytes - bytesOf(heading) - 200);
  const cut = lines.length - last.length;
  const title = cut > 0 ? `Whole preview, without its first ${count(cut, "line")}` : "Whole preview";
  return last.length > summary.length ? `${heading}\n\n${details(title, fenced(last.join("\n"), "text"))}` : heading;
}

/** The last lines that fit. */
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
