import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { tryRun } from "../../scripts/lib/run-command.ts";
import { needs } from "../binaries.ts";

const root = resolve(import.meta.dirname, "../..");
const day = 86_400_000;
const yesterday = new Date(Math.floor((Date.now() - day) / 1_000) * 1_000);

const sample = [
  JSON.stringify({ at: yesterday.toISOString(), text: "card declined", severity: "ERROR", request: "r-1" }),
  "  at pay.ts:7",
  JSON.stringify({ at: "2024-02-01T10:00:00Z", text: "old" }),
  JSON.stringify({ text: "no time" }),
].join("\n");

/** Runs the command on a stack with log files of a service billing. */
function tryLogs(context: TestContext, args: readonly string[], input: string, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "try-logs-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "Pulumi.test.yaml");
  const billing = {
    paths: ["/srv/billing/*.log"],
    format: "json",
    time: { field: "at" },
    level: "severity",
    message: "text",
    traceId: "request",
  };
  const values = {
    platform: "docker",
    environment: "test",
    alerting: { enabled: false },
    logs: { collector: "promtail", sources: { files: { billing } } },
  };
  const config = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`white-room-monitoring:${key}`, value]),
  );
  writeFileSync(file, JSON.stringify({ config }));
  return tryRun(process.execPath, ["scripts/try-logs.ts", ...args, "--config-file", file], { cwd: root, input, env });
}

const labels = 'cluster="white-room", env="test", job="files"';

test("prints what the collector would push, in the order of the file", needs("promtail"), async (context) => {
  const { code, stdout, stderr } = await tryLogs(context, ["billing"], sample);
  assert.equal(code, 0, stderr);
  assert.equal(
    stdout.replace(/\S+ \(time of reading\)/, "NOW (time of reading)"),
    [
      `time      ${yesterday.toISOString().replace(".000Z", "Z")}`,
      `labels    {${labels}, level="error", service="billing"}`,
      'metadata  {trace_id="r-1"}',
      "text      card declined",
      "            at pay.ts:7",
      "",
      "time      2024-02-01T10:00:00Z (too old for Loki: stored with the time of reading)",
      `labels    {${labels}, level="info", service="billing"}`,
      "text      old",
      "",
      "time      NOW (time of reading)",
      `labels    {${labels}, level="info", service="billing"}`,
      "text      no time",
      "",
      "",
    ].join("\n"),
  );
  assert.equal(stderr, "4 lines, 3 entries\n");
});

test("reads built-in sources of files, and prints JSON", needs("promtail"), async (context) => {
  const line = JSON.stringify({ time: yesterday.toISOString(), status: 503 });
  const { code, stdout, stderr } = await tryLogs(context, ["nginx", "--json"], line);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    time: yesterday.toISOString().replace(".000Z", "Z"),
    labels: { cluster: "white-room", env: "test", job: "nginx", level: "error", service: "nginx" },
    metadata: {},
    text: line,
  });
});

test("an unknown source and an empty sample are reported", async (context) => {
  const unknown = await tryLogs(context, ["biling"], sample);
  assert.equal(unknown.code, 2);
  assert.equal(
    unknown.stderr.split("\n")[0],
    '"biling" is not a source of log files of this stack; use juceBackend, swiftFrontend, nginx, nginxErrors, postgres, billing, or add logs.sources.files.biling',
  );
  const empty = await tryLogs(context, ["billing"], "\n");
  assert.equal(empty.code, 2);
  assert.equal(empty.stderr.split("\n")[0], "standard input is empty; it must contain log lines");
});

test("without any collector, it says how to get one", async (context) => {
  const nowhere = mkdtempSync(join(tmpdir(), "no-programs-"));
  context.after(() => rmSync(nowhere, { recursive: true }));
  const { code, stderr } = await tryLogs(context, ["billing"], sample, { PATH: nowhere, WHITE_ROOM_CACHE: nowhere });
  assert.equal(code, 1);
  assert.equal(
    stderr.trimEnd(),
    [
      "no collector on this machine; use one of:",
      "  - start Docker, which runs the stack's image of promtail",
      "  - install Alloy: https://grafana.com/docs/alloy/latest/set-up/install/",
      "  - build Promtail (about 6 minutes, Linux only): npm run sandbox -- images",
    ].join("\n"),
  );
});
