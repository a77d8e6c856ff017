/** A table; a `|` inside of a cell would else begin another one. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(columns), `|${"---|".repeat(columns.length)}`, ...rows.map(line)].join("\n");
}

export function code(text: string | number | boolean): string {
  return `\`${text}\``;
}

/** A page of parts, a blank line between them. */
export function page(...parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}

/** First lines of a page that is written by a script. */
export function generated(title: string, sources: string): string {
  return `# ${title}\n\n<!-- Written by \`npm run docs\` from ${sources}. Do not edit. -->`;
}
