import { mentionsIn, upwards } from "./key-paths.ts";
import type { Problem } from "./problems.ts";
import type { Removed } from "./readable.ts";

/** What lost its invalid parts may look empty or incomplete. */
const isAbsence = /^(?:is (?:empty|required)|has no (?!effect)|needs )/;

/**
 * Tells problems of the config from those that only follow from values that were rejected, and replaced by defaults. Messages
 * name the keys and values that they compare.
 */
export class FollowOns {
  readonly #reported: ReadonlySet<string>;
  /** What contains a reported key. */
  readonly #around: ReadonlySet<string>;
  /** Names of removed items, and values saved by removed steps, by list or map. */
  readonly #names = new Map<string, Set<string>>();
  readonly #saved = new Map<string, Set<string>>();

  constructor(reported: readonly Problem[], removed: readonly Removed[]) {
    const paths = reported.map(({ path }) => path);
    // What turns on a part of the stack stands for the part.
    this.#reported = new Set([...paths, ...paths.map((path) => path.replace(/\.enabled$/, ""))]);
    this.#around = new Set(paths.flatMap((path) => upwards(path).slice(1)));
    for (const { parent, names, saved } of removed) {
      add(this.#names, parent, names);
      add(this.#saved, parent, saved);
    }
  }

  has({ path, message }: Problem): boolean {
    if (this.#reported.has(path) || (this.#around.has(path) && isAbsence.test(message))) return true;
    const outer = upwards(path).slice(1);
    const quoted = [...message.matchAll(/"([^"]*)"/g)].map(([, name = ""]) => name);
    const placeholders = [...message.matchAll(/\$\{([^}]*)\}/g)].map(([, name = ""]) => name);
    return (
      outer.some((list) => placeholders.some((name) => this.#saved.get(list)?.has(name))) ||
      mentionsIn(message).some(
        ({ path: mentioned, hasValue }) =>
          quoted.some((name) => this.#names.get(mentioned)?.has(name)) ||
          (hasValue && outer.some((sibling) => this.#reported.has(`${sibling}.${mentioned}`))) ||
          // A word such as `logs` alone may be something else.
          upwards(mentioned).some(
            (key) => this.#reported.has(key) && (key.includes(".") || key !== mentioned || hasValue),
          ),
      )
    );
  }
}

function add(all: Map<string, Set<string>>, key: string, values: readonly string[]): void {
  const known = all.get(key) ?? new Set();
  for (const value of values) known.add(value);
  if (known.size > 0) all.set(key, known);
}
