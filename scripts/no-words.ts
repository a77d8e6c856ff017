/** What a script that takes no words does with some: prints its help. Returns the exit code then; undefined where it goes on. */
export function helpInstead(help: string, words: readonly string[]): 0 | 2 | undefined {
  if (words.length === 0) return undefined;
  const asked = words.some((word) => word === "--help" || word === "-h");
  (asked ? process.stdout : process.stderr).write(help);
  return asked ? 0 : 2;
}
