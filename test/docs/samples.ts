import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadAll } from "js-yaml";
import { ConfigError } from "../../config/settings/problems.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { isMap, project, readStackFile } from "../../config/settings/stack-file.ts";
import { at, type Block, excerptOf, root } from "./pages.ts";
import { logqlMistakes, promqlMistakes } from "./queries.ts";

/** What is wrong with a block of YAML: it does not parse, the schema refuses it, or a rule in it asks for what does not exist. */
export function yamlMistakes(block: Block): string[] {
  let documents: unknown[];
  try {
    documents = loadAll(block.text);
  } catch (error) {
    return [at(block, (error as Error).message)];
  }
  return documents.flatMap((document) => {
    if (!isMap(document)) return [];
    if (isMap(document["config"])) return stackConfigMistakes(document["config"]).map((mistake) => at(block, mistake));
    return ruleMistakes(document).map((mistake) => at(block, mistake));
  });
}

/** A stack config is validated on top of stack dev or, if that rejects it, on top of stack prod. */
function stackConfigMistakes(config: Record<string, unknown>): string[] {
  const foreign = Object.keys(config).filter((key) => !key.includes(":"));
  if (foreign.length > 0) return foreign.map((key) => `"${key}" has no namespace; use "${project}:${key}"`);
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${project}:`));
  const values = Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), value]));
  const [inDev, inProd] = (["dev", "prod"] as const).map((stack) => refusals(stack, values));
  return inProd?.length === 0 ? [] : (inDev ?? []);
}

function refusals(stack: string, values: Record<string, unknown>): string[] {
  const file = readStackFile(stack, join(root, `Pulumi.${stack}.yaml`));
  const secrets = Object.entries(values).filter(([, value]) => isMap(value) && "secure" in value);
  const plain = Object.fromEntries(Object.entries(values).filter(([key]) => !secrets.some(([name]) => name === key)));
  try {
    toSettings(
      { stack, values: { ...file.values, ...plain }, secrets: new Set(secrets.map(([key]) => key)) },
      { requireSecrets: false },
    );
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

/** Expressions of a file of rules, Prometheus' or Loki's. */
function ruleMistakes({ groups }: Record<string, unknown>): string[] {
  if (!Array.isArray(groups)) return [];
  const rules = (groups as { rules?: { expr?: string }[] }[]).flatMap((group) => group.rules ?? []);
  return rules.flatMap(({ expr = "" }) => (logqlMistakes(expr).length === 0 ? [] : promqlMistakes(expr)));
}

export function jsonMistakes(block: Block): string[] {
  try {
    JSON.parse(block.text);
    return [];
  } catch (error) {
    return [at(block, (error as Error).message)];
  }
}

/** Code in a guide is an excerpt of a file that is compiled elsewhere. It names the file and matches it verbatim. */
export function excerptMistakes(block: Block): string[] {
  const excerpt = excerptOf(block);
  if (excerpt === undefined) {
    return [at(block, `a ${block.language} block begins with a comment that names its file: "// docs/examples/…"`)];
  }
  if (!existsSync(join(root, excerpt.file))) return [at(block, `${excerpt.file} does not exist`)];
  const whole = lines(readFileSync(join(root, excerpt.file), "utf8"));
  const piece = lines(excerpt.text);
  const known = whole.some((_, start) => piece.every((line, index) => line === whole[start + index]));
  if (known) return [];
  const first = piece.find((line) => !whole.includes(line));
  return [at(block, `is not a piece of ${excerpt.file}${first === undefined ? "" : `, which has no line "${first}"`}`)];
}

/** Lines without their indentation, which a guide may take off, and without the blank ones at the ends. */
function lines(text: string): string[] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.trim());
}

/** Changes that a page describes, applied one after the other to a copy of the files that they name. */
export function diffMistakes(blocks: readonly Block[]): string[] {
  const copy = mkdtempSync(join(tmpdir(), "white-room-diffs-"));
  try {
    return blocks.flatMap((block) => {
      for (const [, file = ""] of block.text.matchAll(/^--- a\/(.*)$/gm)) {
        if (existsSync(join(copy, file)) || !existsSync(join(root, file))) continue;
        mkdirSync(dirname(join(copy, file)), { recursive: true });
        cpSync(join(root, file), join(copy, file));
      }
      return applyDiff(block.text, copy).map((mistake) => at(block, mistake));
    });
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** Applies a diff in a folder; what git says where it does not fit. */
export function applyDiff(diff: string, folder: string): string[] {
  try {
    execFileSync("git", ["apply", "-"], {
      cwd: folder,
      input: `${diff}\n`,
      stdio: ["pipe", "ignore", "pipe"],
      env: { ...process.env, GIT_CEILING_DIRECTORIES: dirname(folder) },
    });
    return [];
  } catch (error) {
    return [`does not apply: ${String((error as { stderr: Buffer }).stderr).trim()}`];
  }
}
