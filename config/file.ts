import { dump } from "js-yaml";

/** A text file without secrets. The path is relative to the mount directory. */
export interface RenderedFile {
  readonly path: string;
  readonly content: string;
}

/** The only YAML writer: no line folding, no anchors, keys in insertion order. Undefined entries are omitted. */
export function toYaml(value: object): string {
  return dump(value, { lineWidth: -1, noRefs: true, skipInvalid: true });
}

/** The only JSON writer: one line per value, for readable diffs, with minimal indentation. */
export function toJson(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
