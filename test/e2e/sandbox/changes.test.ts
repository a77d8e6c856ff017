import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { postAlert } from "../alerting/alertmanager.ts";
import { postSilence, silenceState } from "../alerting/silences.ts";
import { eventually, marker, pause, readJson } from "../running-stack.ts";
import { apply, fast, secretsFile, stack } from "./sandbox.ts";

before(() => apply(fast));

test("a changed rule takes effect within 60 s, and Prometheus misses no scrape", async () => {
  const identity = await stack.inspect("prometheus", "{{.Id}} {{.State.StartedAt}}");
  const began = Date.now() / 1000;
  const rules = { ...(fast["alerting"]?.["rules"] as object), HighCpuUsage: { threshold: 0.87 } };
  await apply({ ...fast, alerting: { ...fast["alerting"], rules } });
  await eventually("the new threshold in Prometheus' rules", 60, async () => {
    const answer = await fetch("http://127.0.0.1:9090/api/v1/rules?rule_name[]=HighCpuUsage");
    return JSON.stringify(await answer.json()).includes("0.87");
  });
  await pause(10);
  assert.equal(await stack.inspect("prometheus", "{{.Id}} {{.State.StartedAt}}"), identity);
  const seconds = Math.floor(Date.now() / 1000 - began);
  const scrapes = (await stack.prometheus(`count_over_time(up{job="juce-backend"}[${seconds}s])`))[0]?.value ?? 0;
  assert.ok(scrapes >= Math.floor(seconds / 5) - 1, `${scrapes} scrapes in ${seconds} s at one every 5 s`);
});

test("a stopped service pages PagerDuty and Slack, and resolves when it is back", async () => {
  const since = await stack.lastNotification();
  await fetch("http://127.0.0.1:8009/faults/crash?duration=10m&service=swift-frontend", { method: "POST" });
  try {
    const page = await eventually("the page", 90, async () =>
      (await stack.notifications("pagerduty", since)).find(
        ({ action, summary }) => action === "trigger" && summary.includes("ServiceDown"),
      ),
    );
    assert.equal(page.key_fingerprint, fingerprint("demo-pagerduty-critical-key"));
    await eventually("the Slack message", 30, async () =>
      (await stack.notifications("slack-api", since)).find(
        ({ channel, summary }) => channel === "#alerts" && summary.includes("ServiceDown"),
      ),
    );
    await fetch("http://127.0.0.1:8009/faults/crash", { method: "DELETE" });
    await eventually("the resolution", 90, async () =>
      (await stack.notifications("pagerduty", since)).find(
        ({ action, dedup_key }) => action === "resolve" && dedup_key === page.dedup_key,
      ),
    );
  } finally {
    await fetch("http://127.0.0.1:8009/faults/crash", { method: "DELETE" });
  }
});

test("a rotated Slack token is used by the next notification, and nothing restarts", async () => {
  await apply(fast, ["slackBotToken"]);
  const identities = await stack.identities();
  const token = `xoxb-${marker()}`;
  writeFileSync(secretsFile, JSON.stringify({ ...readJson(secretsFile), slackBotToken: token }), { mode: 0o600 });
  await apply(fast, ["slackBotToken"]);
  assert.deepEqual(await stack.identities(), identities);
  const since = await stack.lastNotification();
  await postAlert(`Rotation${marker().slice(0, 6)}`);
  const message = await eventually(
    "a Slack message",
    60,
    async () => (await stack.notifications("slack-api", since))[0],
  );
  assert.equal(message.key_fingerprint, fingerprint(token));
  await apply(fast);
});

test("metrics, logs and silences survive a restart of the stack", async () => {
  const before = Date.now() / 1000;
  const word = marker();
  await stack.execute("demo-simulator", [
    "node",
    "-e",
    `require("net").connect(1514, "promtail").end("<134>1 - studio mixer - - - ${word}\\n")`,
  ]);
  await eventually("the line in Loki", 30, async () => (await stack.loki(`{job="syslog"} |= \`${word}\``)).length > 0);
  const silence = await postSilence("alertname", word);
  await apply(fast);
  const names = [...(await stack.identities()).keys()]
    .filter((name) => !name.startsWith("demo-"))
    .map((name) => stack.container(name));
  const { run } = await import("../../../scripts/lib/run-command.ts");
  await run("docker", ["restart", ...names]);
  await eventually("every backend healthy", 120, async () => {
    const healthy = await Promise.all(
      ["prometheus", "alertmanager", "loki", "promtail"].map((name) => stack.isHealthy(name)),
    );
    return healthy.every(Boolean);
  });
  assert.ok((await stack.prometheus("count(up)", before)).length > 0, "samples from before the restart");
  assert.ok((await stack.loki(`{job="syslog"} |= \`${word}\``)).length > 0, "lines from before the restart");
  assert.equal(await silenceState(silence), "active");
});

function fingerprint(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 12);
}
