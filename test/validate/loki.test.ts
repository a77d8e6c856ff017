import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lokiArguments, renderLoki } from "../../config/products/loki/loki.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary, needs } from "../binaries.ts";
import { storedEntries } from "../logs/loki-query.ts";
import { type Program, until } from "../logs/programs.ts";
import { startLoki, writeLokiLimits } from "../logs/stack.ts";

const variants: Record<string, Record<string, unknown>> = {
  defaults: {},
  "a retention of a year, no alerting": { logs: { retention: "1y" }, alerting: { enabled: false } },
  "streams with a retention of their own": {
    logs: { retentionStreams: [{ selector: '{service="nginx", level!~"error|critical"}', period: "48h" }] },
  },
  "small limits": { logs: { ingestionRateMb: 0.5, maxStreams: 100, limits: { memory: "256Mi" } } },
};

for (const [name, values] of Object.entries(variants)) {
  test(`Loki accepts its config: ${name}`, needs("loki"), (context) => {
    const directory = mkdtempSync(join(tmpdir(), "loki-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const config = { platform: "docker", environment: "test", demo: { enabled: true }, ...values };
    const settings = toSettings({ stack: "test", values: config, secrets: new Set() }, { requireSecrets: false });
    const path = join(directory, "loki.yml");
    writeFileSync(path, renderLoki(settings)[0]?.content ?? "");
    const args = [`-config.file=${path}`, "-verify-config=true", ...lokiArguments(settings)];
    execFileSync(binary("loki"), args, { stdio: "pipe" });
  });
}

const rules = `groups:
  - name: logs
    rules:
      - alert: ErrorsInLogs
        expr: sum by (service) (count_over_time({level="error"}[5m])) > 0
`;

describe("a running Loki", needs("loki"), () => {
  const directory = mkdtempSync(join(tmpdir(), "loki-"));
  let loki: Program;

  before(async () => {
    mkdirSync(join(directory, "loki-rules", "fake"), { recursive: true });
    writeFileSync(join(directory, "loki-rules", "fake", "logs.yml"), rules);
    loki = await startLoki(directory, await freePort());
  });

  after(async () => {
    await loki.stop();
    rmSync(directory, { recursive: true });
  });

  test("passes its health check", () => {
    execFileSync(binary("loki"), ["-health", `-health.url=${loki.url}/ready`], { stdio: "pipe" });
  });

  test("loads the rules of the tenant fake", async () => {
    await until("the rule is known", async () => {
      const answer = await fetch(`${loki.url}/prometheus/api/v1/rules`);
      return answer.ok && (await answer.text()).includes("ErrorsInLogs");
    });
  });

  test("stores a line and finds it, with no added labels", async () => {
    await push({ level: "error" }, Date.now(), "line");
    const [entry] = await storedEntries(loki.url, '{level="error"}');
    assert.deepEqual([entry?.text, entry?.labels, entry?.metadata], ["line", { level: "error" }, {}]);
  });

  test("rejects a line older than retention, and stores the rest of the batch", async () => {
    const now = Date.now();
    const answer = await push({ job: "old" }, now - 8 * 86_400_000, "too old", now, "new");
    assert.equal(answer.status, 400);
    const entries = await storedEntries(loki.url, '{job="old"}');
    assert.deepEqual(
      entries.map(({ text }) => text),
      ["new"],
    );
  });

  test("accepts a line four hours older than the newest of its stream", async () => {
    const now = Date.now();
    await push({ job: "late" }, now, "new");
    const answer = await push({ job: "late" }, now - 4 * 3_600_000, "late");
    assert.equal(answer.status, 204);
  });

  test("has logged no warnings or errors", () => {
    const warnings = loki
      .output()
      .split("\n")
      .filter((line) => /level=(?:warn|error)/.test(line));
    // Loki warns about the line rejected above.
    assert.deepEqual(
      warnings.filter((line) => !line.includes("timestamp too old")),
      [],
    );
  });

  test("applies a raised limit of streams without a restart", async () => {
    writeLokiLimits(directory, { maxStreams: 100 });
    const status = async (index: number) =>
      (await push({ job: "streams", index: `${index}` }, Date.now(), "line")).status;
    let streams = 0;
    await until("a line of a new stream is rejected", async () => (await status(streams++)) === 429);
    writeLokiLimits(directory);
    await until("it is accepted", async () => (await status(streams)) === 204);
  });

  async function push(stream: Record<string, string>, ...lines: (number | string)[]): Promise<Response> {
    const values: string[][] = [];
    for (let index = 0; index < lines.length; index += 2) values.push([`${lines[index]}000000`, `${lines[index + 1]}`]);
    return fetch(`${loki.url}/loki/api/v1/push`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ streams: [{ stream, values }] }),
    });
  }
});
