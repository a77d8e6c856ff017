import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { tryRun } from "../../../scripts/lib/run-command.ts";
import { apply, root, stack } from "../sandbox/sandbox.ts";
import { quick } from "./quick.ts";
import { expireSilences } from "./silences.ts";

const folder = join(root, "runbooks");
const files = readdirSync(folder).filter((file) => file.endsWith(".md"));

before(() => apply(quick));

/** Fenced blocks of a page, each with the line before it, which names the platform of a command. */
function blocks(language: string): { file: string; before: string; body: string }[] {
  const fence = new RegExp(`^(.*)\\n\\n? *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, "gm");
  return files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(fence)].map(([, before = "", body = ""]) => ({
      file,
      before,
      body: body.replaceAll(/^ +/gm, ""),
    })),
  );
}

/** Of the shell, of Docker and of the programs in the containers; logs that commands print complain of other things. */
const complaints = /command not found|No such container|Error response from daemon|unknown (?:flag|shorthand|command)/i;

/** They read every file of the machine, which may have many. */
const slow = /^(?:find|du) /;

test("every command for Docker succeeds when pasted", async () => {
  const commands = blocks("sh")
    .filter(({ before, body }) => !before.includes("On Kubernetes") && !body.includes("kubectl "))
    .flatMap(({ file, body }) =>
      body
        .replaceAll("\\\n", "")
        .trim()
        .split("\n")
        .map((line) => ({ file, line })),
    )
    .filter(({ line }) => line.trim() !== "" && !line.startsWith("#") && !slow.test(line));
  assert.ok(commands.length > 60, `${commands.length} commands`);
  const failures: string[] = [];
  for (const { file, line } of commands) {
    const here = line.replaceAll("white-room-dev", "white-room-sandbox");
    const { code, output } = await tryRun("bash", ["-c", here], { cwd: root, timeout: 600_000 });
    const complaint = complaints.exec(output)?.[0];
    if (code !== 0 || complaint !== undefined) failures.push(`${file}: ${line}\n  ${code}: ${output.slice(0, 300)}`);
  }
  await expireSilences();
  assert.deepEqual(failures, []);
});

test("Prometheus and Loki accept every query", async () => {
  const queries = [
    ...blocks("promql").map((block) => ({ ...block, url: "http://127.0.0.1:9090/api/v1/query" })),
    ...blocks("logql").map((block) => ({ ...block, url: "http://127.0.0.1:3100/loki/api/v1/query_range" })),
  ];
  assert.ok(queries.length > 150, `${queries.length} queries`);
  const refused: string[] = [];
  for (const { file, body, url } of queries) {
    const answer = await fetch(`${url}?${new URLSearchParams({ query: body.trim() })}`);
    if (!answer.ok) refused.push(`${file}: ${body}\n  ${answer.status}: ${await answer.text()}`);
  }
  assert.deepEqual(refused, []);
  assert.ok((await stack.prometheus("up == 1")).length > 10);
});
