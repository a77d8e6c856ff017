const longestCode = 100;
const longestLine = 500;

/** Formats text as code, so that GitHub renders no Markdown, HTML, mention or link in it. Truncates at 100 characters. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  // Count code points to keep surrogate pairs intact.
  const points = [...line];
  const shown = points.length > longestCode ? `${points.slice(0, longestCode).join("")}…` : line;
  const fence = "`".repeat(longestRun(shown) + 1);
  const padding = shown === "" || shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  return `${fence}${padding}${shown}${padding}${fence}`;
}

/** Returns text unchanged if GitHub renders nothing special in it, else as code. */
export function plain(text: string): string {
  // GitHub links "GH-1" to an issue and long hexadecimal numbers to a commit.
  const linked = /^[0-9a-f]{7,}$/.test(text) || /\bGH-\d/i.test(text) || /\bwww\./i.test(text);
  return text.length <= longestCode && /^[\p{L}\p{N}][\p{L}\p{N} .%/+-]*$/u.test(text) && !linked ? text : code(text);
}

/** A code block with a fence longer than any in the text. */
export function fenced(text: string, language = ""): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text.replace(/\n+$/, "")}\n${fence}`;
}

/** A collapsed section. The blank lines make GitHub render Markdown inside. */
export function details(summary: string, inner: string): string {
  return `<details><summary>${html(summary)}</summary>\n\n${inner}\n\n</details>`;
}

/** `name: part, part`, truncated with "and N more" if too long. */
export function line(name: string, parts: readonly string[]): string {
  const shown: string[] = [];
  for (const part of parts) {
    if (shown.length > 0 && [name, ...shown, part].join(", ").length > longestLine) break;
    shown.push(part);
  }
  const left = parts.length - shown.length;
  return `${name}: ${[...shown, ...(left > 0 ? [`and ${left} more`] : [])].join(", ")}`;
}

/** A count with its noun: "1 file", "2 files". */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
