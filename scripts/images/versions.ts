/** Replaces the numbers of a tag: "v3.16.0" → "v#.#.#", "26-alpine" → "#-alpine". */
function form(tag: string): string {
  return tag.replace(/\d+/g, "#");
}

function numbers(tag: string): number[] {
  return (tag.match(/\d+/g) ?? []).map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Returns the newest of `tags` that is newer than `tag` and has the same form; undefined if there is none. This excludes
 * release candidates and other base images.
 */
export function newerTag(tag: string, tags: readonly string[]): string | undefined {
  const alike = tags.filter((other) => form(other) === form(tag) && compare(numbers(other), numbers(tag)) > 0);
  return alike.sort((a, b) => compare(numbers(b), numbers(a)))[0];
}
