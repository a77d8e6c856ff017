import { dump } from "js-yaml";

/** A file as text, its path relative to the directory it will be mounted in. Carries no secret. */
export interface RenderedFile {
  readonly path: string;
  readonly content: string;
}

/** The one YAML writer: no line folding, no anchors, keys in the order they were written. Entries that are undefined are left out. */
export function toYaml(value: object): string {
  return dump(value, { lineWidth: -1, noRefs: true, skipInvalid: true });
}

/** The project's one JSON writer: a line for each value, so that a changed one shows in a diff, and little beside them. */
export function toJson(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
