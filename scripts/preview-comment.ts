import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { comment, commentLimit, leastLimit } from "./preview-comment/comment.ts";
import { readRendered } from "./preview-comment/rendered.ts";

const help = `npm run preview-comment -- <before> <after> [--stack NAME] [--engine FILE] [--run URL] [--limit BYTES]

Prints a pull request comment in Markdown that compares two rendered stacks: a summary of changes, restarts and data at
risk, the diff by product, and the engine's summary. Never prints the content of secret files.

  <before> <after>  folders written by \`npm run render\`; an empty folder stands for a stack that does not exist
  --stack NAME      stack name, for the heading and the marker that identifies the comment
  --engine FILE     output of \`pulumi preview\`
  --run URL         link to the full diff, for truncated comments
  --limit BYTES     maximum length (default: ${commentLimit}, GitHub's limit for a comment)
`;

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      engine: { type: "string" },
      run: { type: "string" },
      limit: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const [before, after, ...rest] = positionals;
  if (before === undefined || after === undefined || rest.length > 0) {
    throw new UsageError("two folders are required, such as: npm run preview-comment -- rendered/base rendered/head");
  }
  const options = {
    stack: stackName(values.stack),
    engine: engineOutput(values.engine),
    run: runUrl(values.run),
    limit: limitBytes(values.limit),
  };
  process.stdout.write(comment(readRendered(before), readRendered(after), options));
}

function stackName(name: string | undefined): string | undefined {
  // Same rule as Pulumi's. The name becomes part of an HTML comment.
  if (name === undefined || /^[A-Za-z0-9._-]{1,100}$/.test(name)) return name;
  throw new UsageError(`--stack ${name} is not a valid stack name; use letters, digits, ".", "-" and "_"`);
}

function engineOutput(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(
      `--engine ${file} ${missing ? "does not exist" : "cannot be read"}; write the output of the preview to it first`,
    );
  }
}

function runUrl(url: string | undefined): string | undefined {
  if (url === undefined || /^https:\/\/[\w.:/?&=#%-]+$/.test(url)) return url;
  throw new UsageError(
    `--run ${url} is not a valid URL; use one such as "https://github.com/OWNER/REPO/actions/runs/1"`,
  );
}

function limitBytes(text: string | undefined): number {
  if (text === undefined) return commentLimit;
  if (/^\d{1,9}$/.test(text) && Number(text) >= leastLimit) return Number(text);
  throw new UsageError(`--limit ${text} is not a valid size; use at least ${leastLimit} bytes`);
}

try {
  main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
