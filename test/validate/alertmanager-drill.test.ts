import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { needs } from "../binaries.ts";
import { alertingSettings } from "../unit/alertmanager-settings.ts";
import { type RunningAlertmanager, startAlertmanager } from "./alertmanager-running.ts";
import { type Sinks, startSinks } from "./alertmanager-sinks.ts";

const quick = { groupWait: "0s", groupInterval: "2s", repeatInterval: "1h" };
const program = fileURLToPath(new URL("../../scripts/drill.ts", import.meta.url));

describe("drill", needs("alertmanager"), () => {
  let sinks: Sinks;
  let alertmanager: RunningAlertmanager;
  before(async () => {
    sinks = await startSinks();
    const settings = alertingSettings({
      waits: { critical: quick, high: quick, medium: quick, low: quick, heartbeat: { ...quick, repeatInterval: "1s" } },
      pagerduty: { url: `${sinks.url}/pagerduty/v2/enqueue` },
      slack: { apiUrl: `${sinks.url}/slack/api/chat.postMessage` },
      email: {
        smarthost: sinks.smarthost,
        requireTls: false,
        to: { default: ["oncall@example.com"] },
      },
      teams: { security: { email: ["security@example.com"] }, database: { email: ["database@example.com"] } },
    });
    alertmanager = await startAlertmanager(
      settings,
      { slackCredential: "bot" },
      {
        pagerdutyCriticalKey: "a",
        pagerdutyHighKey: "b",
        pagerdutySecurityKey: "c",
        slackBotToken: "d",
        heartbeatUrl: `${sinks.url}/heartbeat`,
      },
    );
  });
  after(async () => {
    await alertmanager?.stop();
    await sinks?.close();
  });
  beforeEach(() => alertmanager.post([watchdog("dev")]));

  const watchdog = (env: string) => ({
    labels: { alertname: "Watchdog", severity: "none", team: "platform", service: "monitoring", env },
  });

  async function drill(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const config = join(alertmanager.folder, "Pulumi.dev.yaml");
    writeFileSync(
      config,
      "config:\n  white-room-monitoring:platform: docker\n  white-room-monitoring:environment: dev\n  white-room-monitoring:alerting: {email: {enabled: false}}\n",
    );
    const child = spawn(process.execPath, [
      program,
      "--config-file",
      config,
      "--stack",
      "no-such-container",
      "--url",
      alertmanager.url,
      ...args,
    ]);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => (stderr += text));
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  }

  /** The table without its times. */
  const rows = (stdout: string) =>
    stdout
      .split("\n\n")[0]
      ?.trim()
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/\s+\d+ s\s+/, "  ").replace(/\s{2,}/g, " | "));

  test("reports every receiver of every route, and resolves its alerts", async () => {
    const { code, stdout, stderr } = await drill("--timeout", "20s");
    assert.equal(code, 0, stderr);
    assert.deepEqual(rows(stdout), [
      "pagerduty-critical | yes | DrillP0, DrillP0Database",
      "slack-alerts | yes | DrillP0, DrillP1, DrillP0Security, DrillP0Database",
      "email-default | yes | DrillP0, DrillP1, DrillP2, DrillP0Security, DrillP0Database",
      "pagerduty-high | yes | DrillP1",
      "slack-ops | yes | DrillP2",
      "slack-notifications | yes | DrillP3",
      "pagerduty-security | yes | DrillP0Security",
      "slack-security | yes | DrillP0Security",
      "email-security | yes | DrillP0Security",
      "slack-database | yes | DrillP0Database",
      "email-database | yes | DrillP0Database",
      "heartbeat | yes | Watchdog",
    ]);
    const isDrill = (body: unknown) => JSON.stringify(body).includes("drill-");
    const fired = sinks.received.filter(({ way, body }) => way === "pagerduty" && isDrill(body));
    assert.equal(fired.length, 4);
    for (const { body } of fired) {
      const end = await sinks.next(
        (item) =>
          item.way === "pagerduty" && item.body.event_action === "resolve" && item.body.dedup_key === body.dedup_key,
        "the end of an incident",
      );
      assert.equal(end.body.routing_key, body.routing_key);
    }
  });

  test("reports which receiver failed and why, and exits with code 1", async () => {
    sinks.answer("slack", 403);
    const { code, stdout } = await drill("--severity", "p0", "--timeout", "20s");
    sinks.answer("slack", 200);
    assert.equal(code, 1);
    assert.deepEqual(rows(stdout), [
      "pagerduty-critical | yes | DrillP0",
      "slack-alerts | NO | – | DrillP0 | given up once: authError",
      "email-default | yes | DrillP0",
    ]);
  });

  test("reports that a silence suppresses the alert", async () => {
    const matchers = [{ name: "alertname", value: "DrillP3", isRegex: false, isEqual: true }];
    const endsAt = new Date(Date.now() + 60_000).toISOString();
    const answer = await fetch(`${alertmanager.url}/api/v2/silences`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        matchers,
        startsAt: new Date().toISOString(),
        endsAt,
        createdBy: "test",
        comment: "test",
      }),
    });
    const { silenceID } = (await answer.json()) as { silenceID: string };
    const { code, stdout } = await drill("--severity", "p3", "--timeout", "2s");
    assert.equal(code, 1);
    assert.deepEqual(rows(stdout), [`slack-notifications | NO | – | DrillP3 | DrillP3 is silenced by ${silenceID}`]);
  });

  test("fires no alerts at a running production stack without --yes", async () => {
    await alertmanager.post([watchdog("prod")]);
    const { code, stderr } = await drill("--severity", "p0");
    await alertmanager.post([{ ...watchdog("prod"), endsAt: new Date().toISOString() }]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `this would page people, because ${alertmanager.url} is environment prod. Announce the drill, then add --yes\n`,
    );
    const active = await alertmanager.alerts();
    assert.deepEqual(
      active.filter(({ labels }) => labels.drill === "true"),
      [],
    );
  });
});
