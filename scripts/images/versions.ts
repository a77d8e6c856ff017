/** The tag with each number replaced: "v3.16.0" → "v#.#.#", "26-alpine" → "#-alpine". */
function shape(tag: string): string {
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
 * The highest of `tags` that has the shape of `tag` and higher numbers; undefined if there is none. A tag of another shape,
 * such as a release candidate or another base image, is not a newer version.
 */
export function newerTag(tag: string, tags: readonly string[]): string | undefined {
  const alike = tags.filter((other) => shape(other) === shape(tag) && compare(numbers(other), numbers(tag)) > 0);
  return alike.sort((a, b) => compare(numbers(b), numbers(a)))[0];
}
