/** A value in the Alloy syntax: JSON values, and references to exports of other components. */
export type AlloyValue =
  | string
  | number
  | boolean
  | Reference
  | readonly AlloyValue[]
  | { readonly [key: string]: AlloyValue | undefined };

/** A verbatim expression, such as `loki.write.loki.receiver`. */
export class Reference {
  readonly expression: string;

  constructor(expression: string) {
    this.expression = expression;
  }
}

/** A block; `name` as in `loki.process`, `label` for components only. Undefined attributes are omitted. */
export interface AlloyBlock {
  readonly name: string;
  readonly label?: string;
  readonly attributes?: { readonly [key: string]: AlloyValue | undefined };
  readonly blocks?: readonly AlloyBlock[];
}

/** Formats blocks like `alloy fmt`. https://github.com/grafana/alloy/tree/main/syntax/printer */
export function toAlloy(blocks: readonly AlloyBlock[]): string {
  return `${blocks.map((block) => writeBlock(block).join("\n")).join("\n\n")}\n`;
}

function writeBlock({ name, label, attributes = {}, blocks = [] }: AlloyBlock): string[] {
  const head = label === undefined ? name : `${name} "${label}"`;
  const lines = writeAttributes(attributes);
  for (const block of blocks) lines.push(...(lines.length > 0 ? [""] : []), ...writeBlock(block));
  return lines.length === 0 ? [`${head} { }`] : [`${head} {`, ...indent(lines), "}"];
}

/** Aligns equals signs up to a multi-line value. */
function writeAttributes(attributes: { readonly [key: string]: AlloyValue | undefined }, end = ""): string[] {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [{ key: /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key), value: writeValue(value) }],
  );
  const lines: string[] = [];
  let run: typeof written = [];
  written.forEach((attribute, index) => {
    run.push(attribute);
    if (attribute.value.length === 1 && index < written.length - 1) return;
    const width = Math.max(...run.map(({ key }) => key.length));
    for (const { key, value } of run) {
      const [first = "", ...others] = value;
      const all = [`${key.padEnd(width)} = ${first}`, ...others];
      lines.push(...all.slice(0, -1), `${all.at(-1)}${end}`);
    }
    run = [];
  });
  return lines;
}

function writeValue(value: AlloyValue): string[] {
  if (typeof value === "string") return [quote(value)];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (value instanceof Reference) return [value.expression];
  if (Array.isArray(value)) return writeArray(value);
  const fields = writeAttributes(value as { readonly [key: string]: AlloyValue }, ",");
  return fields.length === 0 ? ["{}"] : ["{", ...indent(fields), "}"];
}

function writeArray(values: readonly AlloyValue[]): string[] {
  const written = values.map(writeValue);
  if (written.every((lines) => lines.length === 1)) return [`[${written.flat().join(", ")}]`];
  return ["[", ...indent(written.flatMap((lines) => [...lines.slice(0, -1), `${lines.at(-1)},`])), "]"];
}

/** Backticks need no escaping of backslashes and quotes, which keeps patterns readable. */
function quote(text: string): string {
  return /[\\"]/.test(text) && !/[`\n\r]/.test(text) ? `\`${text}\`` : JSON.stringify(text);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `\t${line}`));
}
