import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { exitCodeOf, WrongWords } from "./lib/wrong-words.ts";
import { comment, commentLimit, leastLimit } from "./preview-comment/comment.ts";
import { readRendered } from "./preview-comment/rendered.ts";

const help = `npm run preview-comment -- <before> <after> [--stack NAME] [--engine FILE] [--run URL] [--limit BYTES]

Prints the Markdown text of a pull request's comment about two rendered stacks: what changes in words, what restarts or
loses data, the diff by product, and the engine's summary. Content of secret files is never printed.

  <before> <after>  folders that \`npm run render\` wrote; an empty folder is a stack that does not exist on that side
  --stack NAME      the stack, for the heading and for the marker by which a workflow finds its comment
  --engine FILE     what \`pulumi preview\` printed
  --run URL         where the whole diff is, for a comment that has to be cut
  --limit BYTES     longest text (default: ${commentLimit}, GitHub's limit for a comment)
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
    throw new WrongWords("write two folders, such as: npm run preview-comment -- rendered/base rendered/head");
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
  // Pulumi's own rule; the name is part of an HTML comment.
  if (name === undefined || /^[A-Za-z0-9._-]{1,100}$/.test(name)) return name;
  throw new WrongWords(`--stack ${name} is not a stack name; use letters, digits, ".", "-" and "_"`);
}

function engineOutput(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new WrongWords(
      `--engine ${file} ${missing ? "does not exist" : "cannot be read"}; write the preview to it first`,
    );
  }
}

function runUrl(url: string | undefined): string | undefined {
  if (url === undefined || /^https:\/\/[\w.:/?&=#%-]+$/.test(url)) return url;
  throw new WrongWords(`--run ${url} is not a URL; use one such as "https://github.com/OWNER/REPO/actions/runs/1"`);
}

function limitBytes(text: string | undefined): number {
  if (text === undefined) return commentLimit;
  if (/^\d{1,9}$/.test(text) && Number(text) >= leastLimit) return Number(text);
  throw new WrongWords(`--limit ${text} is not a valid size; use a number of bytes of at least ${leastLimit}`);
}

try {
  main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
