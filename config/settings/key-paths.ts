/** Key paths in a message, such as `probes.targets[0].every`, and single words; group 1 is set if a value follows. Not quoted text. */
const pathInText = /(?<![\w."-])[A-Za-z][\w-]*(?:\.[\w<>-]+|\[\d+\])*(?=(: | ["\d])?)/g;

export interface Mention {
  readonly path: string;
  /** As in `auth: basic` or `timeout "10s"`. */
  readonly hasValue: boolean;
}

/** What in a message may be a key path. */
export function mentionsIn(message: string): Mention[] {
  return [...message.matchAll(pathInText)].map(([path, value]) => ({ path, hasValue: value !== undefined }));
}

/** The path itself, then what it is in, up to the top-level key. */
export function upwards(path: string): string[] {
  const ends = [...path.matchAll(/\.|\[/g)].map(({ index }) => index);
  return [path, ...ends.reverse().map((end) => path.slice(0, end))];
}

/** Replaces indexes in all key paths of a text; `indexes` has those of lists, by path. */
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
