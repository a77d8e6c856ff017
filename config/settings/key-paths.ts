/** Key paths in a message, such as `probes.targets[0].every`, and single words. Group 1 is set if a value follows. */
const pathInText = /(?<![\w."-])[A-Za-z][\w-]*(?:\.[\w<>-]+|\[\d+\])*(?=(: | ["\d])?)/g;

export interface Mention {
  readonly path: string;
  /** As in `auth: basic` or `timeout "10s"`. */
  readonly hasValue: boolean;
  /** As in "use logs.sources.pods": another key for the same purpose, whatever its value. */
  readonly isInstead: boolean;
}

/** Words in a message that may be key paths. */
export function mentionsIn(message: string): Mention[] {
  return [...message.matchAll(pathInText)].map(({ 0: path, 1: value, index }) => {
    const hasValue = value !== undefined;
    return { path, hasValue, isInstead: !hasValue && /\b(?:use|and) $/.test(message.slice(0, index)) };
  });
}

/** The path and its ancestors, up to the top-level key. */
export function upwards(path: string): string[] {
  const ends = [...path.matchAll(/\.|\[/g)].map(({ index }) => index);
  return [path, ...ends.reverse().map((end) => path.slice(0, end))];
}

/** Replaces the index of each list item in all key paths of a text; `indexes` has the new ones, by path of the list. */
export function withIndexes(text: string, indexes: ReadonlyMap<string, readonly number[]>): string {
  if (indexes.size === 0) return text;
  return text.replace(pathInText, (path: string) => {
    let read = "";
    return path
      .split(/(?=[.[])/)
      .map((part) => {
        const index = /^\[(\d+)\]$/.exec(part)?.[1];
        const own = index === undefined ? undefined : indexes.get(read)?.[Number(index)];
        read += part;
        return own === undefined ? part : `[${own}]`;
      })
      .join("");
  });
}
