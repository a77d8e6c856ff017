/**
 * For scripts without arguments: prints the help if there are any, and returns the exit code. Returns undefined if there
 * are none.
 */
export function helpInstead(help: string, words: readonly string[]): 0 | 2 | undefined {
  if (words.length === 0) return undefined;
  const asked = words.some((word) => word === "--help" || word === "-h");
  (asked ? process.stdout : process.stderr).write(help);
  return asked ? 0 : 2;
}
