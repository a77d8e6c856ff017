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
