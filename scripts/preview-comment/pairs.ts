import { isDeepStrictEqual } from "node:util";

export interface Paired<T> {
  /** Changed items, before and after. */
  readonly changed: readonly (readonly [before: T, after: T])[];
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/**
 * Matches the items of two lists. Omits equal items, and pairs the others that agree in one of the keys; earlier keys take
 * precedence.
 */
export function paired<T>(
  before: readonly T[],
  after: readonly T[],
  keys: readonly ((item: T) => string)[],
): Paired<T> {
  const added = [...after];
  let removed: T[] = [];
  for (const item of before) {
    const same = added.findIndex((other) => isDeepStrictEqual(other, item));
    if (same < 0) removed.push(item);
    else added.splice(same, 1);
  }
  const changed: [T, T][] = [];
  for (const key of keys) {
    const unmatched: T[] = [];
    for (const item of removed) {
      const match = added.findIndex((other) => key(other) === key(item));
      if (match < 0) unmatched.push(item);
      else changed.push([item, ...added.splice(match, 1)] as [T, T]);
    }
    removed = unmatched;
  }
  // In the order of the newer file.
  changed.sort(([, a], [, b]) => after.indexOf(a) - after.indexOf(b));
  return { changed, added, removed };
}
