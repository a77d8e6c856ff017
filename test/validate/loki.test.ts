import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { renderLoki } from "../../config/loki.ts";
import { toSettings } from "../../config/settings.ts";
import { binary, needs } from "../binaries.ts";
import { freePort, until } from "../logs/programs.ts";
import { startLoki } from "../logs/stack.ts";

const variants: Record<string, Record<string, unknown>> = {
  defaults: {},
  "a retention of a year, no alerting": { logs: { retention: "1y" }, alerting: { enabled: false } },
  "small limits": { logs: { ingestionRateMb: 0.5, maxStreams: 100, limits: { memory: "256Mi" } } },
};

for (const [name, values] of Object.entries(variants)) {
  test(`Loki accepts its file: ${name}`, needs("loki"), (context) => {
    const directory = mkdtempSync(join(tmpdir(), "loki-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const config = { platform: "docker", environment: "test", demo: { enabled: true }, ...values };
    const settings = toSettings({ stack: "test", values: config, secrets: new Set() }, { requireSecrets: false });
    const path = join(directory, "loki.yml");
    writeFileSync(path, renderLoki(settings)[0]?.content ?? "");
    execFileSync(binary("loki"), [`-config.file=${path}`, "-verify-config=true"], { stdio: "pipe" });
  });
}

const rules = `groups:
  - name: logs
    rules:
      - alert: ErrorsInLogs
        expr: sum by (service) (count_over_time({level="error"}[5m])) > 0
`;

test(
  "Loki starts without a warning, loads its rules, and answers its own health check",
  needs("loki"),
  async (context) => {
    const directory = mkdtempSync(join(tmpdir(), "loki-"));
    mkdirSync(join(directory, "loki-rules", "fake"), { recursive: true });
    writeFileSync(join(directory, "loki-rules", "fake", "logs.yml"), rules);
    const loki = await startLoki(directory, await freePort());
    context.after(async () => {
      await loki.stop();
      rmSync(directory, { recursive: true });
    });
    const warnings = loki
      .output()
      .split("\n")
      .filter((line) => /level=(?:warn|error)/.test(line));
    assert.deepEqual(warnings, []);
    execFileSync(binary("loki"), ["-health", `-health.url=${loki.url}/ready`], { stdio: "pipe" });
    await until("the rule is known", async () => {
      const answer = await fetch(`${loki.url}/prometheus/api/v1/rules`);
      return answer.ok && (await answer.text()).includes("ErrorsInLogs");
    });
  },
);
