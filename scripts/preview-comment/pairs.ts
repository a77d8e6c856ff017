import { isDeepStrictEqual } from "node:util";

export interface Paired<T> {
  /** The same item before and after, changed. */
  readonly changed: readonly (readonly [before: T, after: T])[];
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/**
 * Finds which item became which. Equal ones are left out; of the others those are paired that are alike, by the first
 * likeness in which they are.
 */
export function paired<T>(
  before: readonly T[],
  after: readonly T[],
  likenesses: readonly ((item: T) => string)[],
): Paired<T> {
  const added = [...after];
  let removed: T[] = [];
  for (const item of before) {
    const same = added.findIndex((other) => isDeepStrictEqual(other, item));
    if (same < 0) removed.push(item);
    else added.splice(same, 1);
  }
  const changed: [T, T][] = [];
  for (const likeness of likenesses) {
    const left: T[] = [];
    for (const item of removed) {
      const alike = added.findIndex((other) => likeness(other) === likeness(item));
      if (alike < 0) left.push(item);
      else changed.push([item, ...added.splice(alike, 1)] as [T, T]);
    }
    removed = left;
  }
  // In the order of the newer file.
  changed.sort(([, a], [, b]) => after.indexOf(a) - after.indexOf(b));
  return { changed, added, removed };
}
