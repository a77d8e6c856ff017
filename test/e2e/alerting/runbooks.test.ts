import assert from "node:assert/strict";
import { before, test } from "node:test";
import { blocks, dockerCommands, failedCommands } from "../runbook-commands.ts";
import { apply, stack } from "../sandbox/sandbox.ts";
import { quick } from "./quick.ts";
import { expireSilences } from "./silences.ts";

before(() => apply(quick));

test("every command for Docker succeeds when pasted", async () => {
  const commands = dockerCommands();
  assert.ok(commands.length > 60, `${commands.length} commands`);
  const failures = await failedCommands(commands);
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
