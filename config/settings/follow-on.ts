import type { Problem } from "./problems.ts";
import type { Removed } from "./readable.ts";
import { exactly } from "./regular-expression.ts";

/** Tells problems of the config from those that only follow from values that were rejected, and replaced by defaults. */
export class FollowOns {
  readonly #reported: readonly Reported[];
  readonly #removed: readonly RemovedNames[];

  constructor(reported: readonly Problem[], removed: readonly Removed[]) {
    this.#reported = reported.map(({ path }) => ({ path, mention: mentionOf(path), sibling: siblingOf(path) }));
    this.#removed = removed.map(({ parent, names, saved }) => ({
      parent,
      mention: wholeWord(parent),
      names: names.map((name) => JSON.stringify(name)),
      placeholders: saved.map((name) => `\${${name}}`),
    }));
  }

  /** Messages name the keys and values that they compare. */
  has({ path, message }: Problem): boolean {
    return (
      this.#reported.some(
        (other) =>
          other.path === path ||
          (isBelow(other.path, path) && isAbsence.test(message)) ||
          other.mention.test(message) ||
          (other.sibling !== undefined && isBelow(path, other.sibling.parent) && other.sibling.mention.test(message)),
      ) ||
      this.#removed.some(
        ({ parent, mention, names, placeholders }) =>
          (mention.test(message) && names.some((name) => message.includes(name))) ||
          (isBelow(path, parent) && placeholders.some((placeholder) => message.includes(placeholder))),
      )
    );
  }
}

interface Reported {
  readonly path: string;
  readonly mention: RegExp;
  readonly sibling: { readonly parent: string; readonly mention: RegExp } | undefined;
}

interface RemovedNames {
  readonly parent: string;
  readonly mention: RegExp;
  readonly names: readonly string[];
  readonly placeholders: readonly string[];
}

/** What lost its invalid parts may look empty or incomplete. */
const isAbsence = /^(?:is (?:empty|required)|has no (?!effect)|needs )/;

/** A key with its value, such as `auth: basic` or `timeout "10s"`. */
const withValue = String.raw`(?=: | ["\d])`;

/** Matches texts that name a key, one inside of it, or if it turns on a part of the stack, the part. */
function mentionOf(path: string): RegExp {
  const part = path.replace(/\.enabled$/, "");
  // A word such as `logs` alone may be something else.
  return part.includes(".") ? wholeWord(part) : wholeWord(part, `(?:(?=[.[])|${withValue})`);
}

function wholeWord(text: string, end = String.raw`(?![\w-])`): RegExp {
  return new RegExp(String.raw`(?<![\w."-])${exactly(text)}${end}`);
}

function siblingOf(path: string): Reported["sibling"] {
  const [, parent, key] = /^(.+)\.([\w-]+)$/.exec(path) ?? [];
  if (parent === undefined || key === undefined) return undefined;
  return { parent, mention: wholeWord(key, withValue) };
}

function isBelow(inner: string, outer: string): boolean {
  return inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}
