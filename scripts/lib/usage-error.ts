import { fileProblem } from "../../config/settings/named-file.ts";

/** Invalid command-line arguments. The message says what to use instead. */
export class UsageError extends Error {}

/** Prints an error. Returns the exit code: 2 for invalid arguments, followed by the help; 1 for anything else. */
export function exitCodeOf(error: unknown, help: string): 1 | 2 {
  const wrong = error instanceof UsageError || isUnparsed(error);
  // Drop Node's hint about positional arguments that start with a dash; no script has any.
  const message = (fileMessage(error) ?? (error instanceof Error ? error.message : String(error))).replace(
    /\. To specify a positional .*/s,
    "",
  );
  process.stderr.write(wrong ? `${message}\n\n${help}` : `${message}\n`);
  return wrong ? 2 : 1;
}

/** Names the path and the fix, unlike the system's message. */
function fileMessage(error: unknown): string | undefined {
  const problem = fileProblem(error);
  const { path, dest } = error as { readonly path?: unknown; readonly dest?: unknown };
  return problem !== undefined && typeof path === "string" ? `${dest ?? path} ${problem}` : undefined;
}

/** Whether `parseArgs` rejected the arguments. */
function isUnparsed(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
