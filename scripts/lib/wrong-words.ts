/** Words of a command line that cannot be meant; the message says what to write. */
export class WrongWords extends Error {}

/** Tells why a script ends. Returns its exit code: 2 for wrong words, with the help below them, 1 for anything else. */
export function exitCodeOf(error: unknown, help: string): 1 | 2 {
  const wrong = error instanceof WrongWords || isUnparsed(error);
  // Node goes on with advice on words that begin with a dash, which are never meant here.
  const message = (error instanceof Error ? error.message : String(error)).replace(
    /\. To specify a positional .*/s,
    "",
  );
  process.stderr.write(wrong ? `${message}\n\n${help}` : `${message}\n`);
  return wrong ? 2 : 1;
}

/** Whether `parseArgs` refused the words. */
function isUnparsed(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
