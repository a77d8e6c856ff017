import { readFileSync } from "node:fs";
import { CORE_SCHEMA, eventsToAst, type MappingNode, type Node, parseEvents, present, SCALAR_STYLE } from "js-yaml";
import { readSource } from "../../config/alerts/own-rules/source.ts";

/**
 * Returns a promtool test file with rule files added. Edits the YAML syntax tree, because parsing values would turn the series
 * `0x10` into a number. `defaults` are the rule files if the test names none. Throws if the file is not a valid YAML mapping.
 */
export function withRecordings(path: string, added: readonly string[], defaults: readonly string[]): string {
  const source = readSource(path);
  if ("problem" in source) throw new Error(`${path}${source.problem}`);
  const text = readFileSync(path, "utf8");
  const documents = eventsToAst(parseEvents(text, {}), { source: text, schema: CORE_SCHEMA });
  const root = documents[0]?.contents;
  if (root?.kind !== "mapping") throw new Error(`${path} is not a promtool test; start it with "rule_files:"`);
  const own = nodeOf(root, "rule_files");
  const listed = own?.kind === "sequence" ? own.items : defaults.map(scalar);
  const files: Node = { ...list([]), items: [...added.map(scalar), ...listed] };
  const rest = root.items.filter(({ value }) => value !== own);
  root.items = [{ key: scalar("rule_files"), value: files }, ...rest];
  return present(documents, { schema: CORE_SCHEMA });
}

function nodeOf({ items }: MappingNode, name: string): Node | undefined {
  return items.find(({ key }) => key.kind === "scalar" && key.value === name)?.value;
}

function scalar(value: string): Node {
  return { kind: "scalar", tag: "tag:yaml.org,2002:str", tagged: false, style: SCALAR_STYLE.DOUBLE_QUOTED, value };
}

function list(items: Node[]): Extract<Node, { kind: "sequence" }> {
  return { kind: "sequence", tag: "tag:yaml.org,2002:seq", tagged: false, style: 1, items };
}
