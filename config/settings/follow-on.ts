import { type Mention, mentionsIn, upwards } from "./key-paths.ts";
import type { Problem } from "./problems.ts";
import type { Removed } from "./readable.ts";

/** A list or map may look empty, and an object incomplete, only because something in it was rejected. */
const isAbsence = /^(?:is (?:empty|required)|has no (?!effect)|needs )/;

/**
 * Recognizes problems that exist only because a rejected value was replaced by its default, or a rejected item removed. Reads
 * the key paths and names in messages, which have the form "<value> <reason>; <fix>".
 */
export class FollowOns {
  readonly #reported: ReadonlySet<string>;
  /** Components whose `enabled` is reported. */
  readonly #components: ReadonlySet<string>;
  /** Everything that contains a reported key. */
  readonly #around: ReadonlySet<string>;
  /** Names of removed items, and values saved by removed steps, by list or map. */
  readonly #names = new Map<string, Set<string>>();
  readonly #saved = new Map<string, Set<string>>();

  constructor(reported: readonly Problem[], removed: readonly Removed[]) {
    const paths = reported.map(({ path }) => path);
    this.#reported = new Set(paths);
    this.#components = new Set(paths.flatMap((path) => /^(.*)\.enabled$/.exec(path)?.[1] ?? []));
    this.#around = new Set(paths.flatMap((path) => upwards(path).slice(1)));
    for (const { parent, names, saved } of removed) {
      add(this.#names, parent, names);
      add(this.#saved, parent, saved);
    }
  }

  has({ path, message }: Problem): boolean {
    return (
      this.#reported.has(path) ||
      this.#components.has(path) ||
      (this.#around.has(path) && isAbsence.test(message)) ||
      this.#comparesRejected(path, message) ||
      this.#namesRemoved(path, message)
    );
  }

  #comparesRejected(path: string, message: string): boolean {
    const { reason, fix } = split(message);
    const [parent = ""] = upwards(path).slice(1);
    const isRejectedSibling = ({ path: key, hasValue }: Mention) => hasValue && this.#reported.has(`${parent}.${key}`);
    const isRejected = ({ path: key }: Mention) => key.includes(".") && this.#reported.has(key);
    // A key that another requires is required even if its component is disabled.
    const dependsOn = reason.startsWith("requires ") ? isRejected : (mention: Mention) => this.#isInRejected(mention);
    return (
      mentionsIn(reason).some((mention) => isRejectedSibling(mention) || dependsOn(mention)) ||
      mentionsIn(fix).some((mention) => isRejectedSibling(mention) || (isRejected(mention) && !mention.isInstead))
    );
  }

  #isInRejected({ path, hasValue }: Mention): boolean {
    return upwards(path).some(
      (key) =>
        (this.#reported.has(key) || this.#components.has(key)) &&
        // A word such as `logs` alone may be something else.
        (key.includes(".") || key !== path || hasValue),
    );
  }

  #namesRemoved(path: string, message: string): boolean {
    // A fix quotes other names.
    const quoted = [...message.slice(0, split(message).reason.length).matchAll(/"([^"]*)"/g)].map(
      ([, name = ""]) => name,
    );
    const placeholders = [...message.matchAll(/\$\{([^}]*)\}/g)].map(([, name = ""]) => name);
    return (
      mentionsIn(message).some(({ path: list }) => quoted.some((name) => this.#names.get(list)?.has(name))) ||
      upwards(path).some((list) => placeholders.some((name) => this.#saved.get(list)?.has(name)))
    );
  }
}

/** Both parts of a message, with quoted text, which may look like key paths, replaced by as many underscores. */
function split(message: string): { readonly reason: string; readonly fix: string } {
  const masked = message.replaceAll(/"[^"]*"/g, (text) => `"${"_".repeat(text.length - 2)}"`);
  const [reason = ""] = masked.split("; ");
  return { reason, fix: masked.slice(reason.length) };
}

function add(all: Map<string, Set<string>>, key: string, values: readonly string[]): void {
  const known = all.get(key) ?? new Set();
  for (const value of values) known.add(value);
  if (known.size > 0) all.set(key, known);
}
