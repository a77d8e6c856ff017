const header = /^ *(?:\+-|[+~-] )[\w:./]+: \(\w+\)$/;
/** Header of a text that the engine compares line by line: an upload on Docker, a key of a ConfigMap on Kubernetes. */
const content = /^( *)~ [\w.-]+ *: *$/;

/**
 * The lines of `pulumi preview --diff` before its summary that the engine marks with `+`, `-` or `~`, without their indent.
 * A line that begins a resource is followed by the resource's name, without the stack component's prefix.
 */
export function markedLines(output: string): string[] {
  const [details = ""] = output.split(/^Resources:$/m);
  const lines = details.split("\n");
  const marked: string[] = [];
  /** Column of a text's marks. A line further left ends the text; a dash further right is part of it, as in a YAML list. */
  let column: number | undefined;
  for (const [index, line] of lines.entries()) {
    const indent = line.search(/\S/);
    if (column !== undefined && indent >= 0 && indent < column) column = undefined;
    if (!/^ *(?:\+-|[+~-] )/.test(line) || (column !== undefined && indent > column)) continue;
    marked.push(header.test(line) ? `${line.trim()} ${nameOf(lines.slice(index))}` : line.trim());
    const text = content.exec(line);
    if (text !== null) column = (text[1] ?? "").length + 4;
  }
  return marked;
}

function nameOf(lines: readonly string[]): string | undefined {
  return lines.flatMap((line) => /\[urn=.*::observability-([^:]+)\]$/.exec(line)?.[1] ?? [])[0];
}
