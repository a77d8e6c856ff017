import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { type AlertDefinition, alerts, ownTeam, priorities } from "../../config/alerts/catalogue.ts";
import { binary, needs } from "../binaries.ts";
import { alertingSettings } from "../unit/alertmanager-settings.ts";
import { writeRendered } from "./alertmanager-files.ts";
import { type RunningAlertmanager, startAlertmanager } from "./alertmanager-running.ts";
import { type Sinks, startSinks } from "./alertmanager-sinks.ts";

const run = promisify(execFile);

const everything = { pagerduty: true, webhook: true, msteams: true };
const teams = {
  audio: { pagerduty: true, slackChannel: "#audio", email: ["audio@example.com"] },
  security: { email: ["security@example.com"] },
  mobile: { ...everything, slackChannel: "#mobile", email: ["mobile@example.com", "oncall@example.com"] },
  // Receiver names could collide: with slack-ops of the channel #ops, and with the name chosen to avoid that.
  ops: { ...everything, slackChannel: "#ops" },
  "team-ops": { webhook: true },
};

/** Receivers by severity, except PagerDuty. */
const always: Record<string, string[]> = {
  critical: ["slack-alerts", "email-default"],
  high: ["slack-alerts", "email-default"],
  medium: ["slack-ops", "email-default"],
  low: ["slack-notifications"],
};

/** Receivers of a team, for alerts that page and for others. */
const ownReceivers: Record<string, { pages: string[]; others: string[] }> = {
  audio: { pages: ["pagerduty-audio", "slack-audio", "email-audio"], others: ["slack-audio"] },
  security: { pages: ["pagerduty-security", "slack-security", "email-security"], others: ["slack-security"] },
  database: { pages: ["slack-database"], others: ["slack-database"] },
  mobile: {
    pages: ["pagerduty-mobile", "slack-mobile", "email-mobile", "webhook-mobile", "msteams-mobile"],
    others: ["slack-mobile", "webhook-mobile", "msteams-mobile"],
  },
  ops: {
    pages: ["pagerduty-team-ops", "slack-team-ops", "webhook-team-ops", "msteams-team-ops"],
    others: ["slack-team-ops", "webhook-team-ops", "msteams-team-ops"],
  },
  "team-ops": { pages: ["webhook-team-team-ops"], others: ["webhook-team-team-ops"] },
};

function expected(severity: string, team: string): string[] {
  const isPage = severity === "critical" || severity === "high";
  const own = ownReceivers[team]?.[isPage ? "pages" : "others"] ?? [];
  // Medium alerts are in the team's channel #ops already.
  const added = own.filter((name) => !(name === "slack-team-ops" && severity === "medium"));
  const page = isPage && !added.some((name) => name.startsWith("pagerduty-")) ? [`pagerduty-${severity}`] : [];
  return [...page, ...(always[severity] ?? []), ...added].sort();
}

describe("configured teams", needs("amtool"), () => {
  test("amtool accepts them, with the template of Microsoft Teams", async () => {
    const folder = writeRendered(alertingSettings({ teams }), { slackCredential: "bot" });
    try {
      const file = join(folder, "alertmanager.yml");
      const { stdout } = await run(binary("amtool"), ["check-config", file, "--enable-feature=utf8-strict-mode"]);
      assert.match(stdout, /SUCCESS[\s\S]*5 templates\s+SUCCESS/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("every alert, and every team and priority, reaches exactly its receivers", async () => {
    const folder = writeRendered(alertingSettings({ teams }), { slackCredential: "bot" });
    try {
      const pairs = new Set<string>();
      for (const { severity, team } of Object.values(alerts as Record<string, AlertDefinition>))
        if (severity !== "none" && team !== ownTeam) pairs.add(`${severity} ${team}`);
      for (const severity of Object.keys(priorities))
        for (const team of [...Object.keys(ownReceivers), "platform", "product", "unheard-of"])
          pairs.add(`${severity} ${team}`);
      assert.equal(pairs.size, 4 * 9);
      for (const pair of pairs) {
        const [severity = "", team = ""] = pair.split(" ");
        const args = [`--config.file=${join(folder, "alertmanager.yml")}`, "alertname=Any"];
        const labels = [`severity=${severity}`, `team=${team}`];
        const { stdout } = await run(binary("amtool"), ["config", "routes", "test", ...args, ...labels]);
        assert.deepEqual(stdout.trim().split(",").sort(), expected(severity, team), pair);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("delivery to a team", needs("alertmanager"), () => {
  const quick = { groupWait: "0s", groupInterval: "1s", repeatInterval: "1h" };
  let sinks: Sinks;
  let alertmanager: RunningAlertmanager;
  before(async () => {
    sinks = await startSinks();
    const settings = alertingSettings({
      waits: { critical: quick, high: quick, medium: quick, low: quick },
      pagerduty: { url: `${sinks.url}/pagerduty/v2/enqueue` },
      slack: { enabled: false },
      email: { enabled: false },
      heartbeat: { enabled: false },
      teams: { mobile: everything },
    });
    alertmanager = await startAlertmanager(
      settings,
      { slackCredential: "bot" },
      {
        pagerdutyCriticalKey: "critical",
        pagerdutyHighKey: "high",
        pagerdutySecurityKey: "security",
        "pagerdutyKey-mobile": "mobile",
        "webhookUrl-mobile": `${sinks.url}/webhook/first`,
        "msteamsUrl-mobile": `${sinks.url}/msteams/first`,
      },
    );
  });
  after(async () => {
    await alertmanager?.stop();
    await sinks?.close();
  });

  const post = (alertname: string, service = "app", endsAt?: string) =>
    alertmanager.post([
      {
        labels: { alertname, severity: "critical", priority: "P0", team: "mobile", service, instance: "a_b*c" },
        annotations: {
          summary: `${alertname} [is](https://evil.example) here`,
          description: "Down\nsince noon",
          runbook_url: "https://docs.example.com/(a).md",
          dashboard_url: "javascript:alert(1)",
        },
        startsAt: "2026-11-23T03:12:00Z",
        ...(endsAt !== undefined && { endsAt }),
      },
    ]);
  const about = (alertname: string, way: string) => (received: { way: string; body: unknown }) =>
    received.way === way && JSON.stringify(received.body).includes(alertname);

  test("PagerDuty by the team's key alone, JSON, and a card with text that cannot forge a link", async () => {
    await post("TeamCase");
    const page = await sinks.next(about("TeamCase", "pagerduty"), "the page");
    assert.equal(page.body.routing_key, "mobile");
    const webhook = await sinks.next(about("TeamCase", "webhook"), "the webhook");
    assert.equal(webhook.path, "/webhook/first");
    assert.equal(webhook.body.status, "firing");
    assert.equal(webhook.body.alerts[0].labels.team, "mobile");
    const card = await sinks.next(about("TeamCase", "msteams"), "the card");
    assert.equal(card.path, "/msteams/first");
    const blocks = card.body.attachments[0].content.body as { text: string }[];
    assert.deepEqual(
      blocks.map(({ text }) => text),
      [
        "[P0 FIRING] TeamCase on app",
        `**TeamCase \\[is\\](https://evil.example) here**

Down since noon

**Where:** instance a\\_b\\*c

**When:** since 2026-11-23 03:12 UTC

[Runbook](https://docs.example.com/%28a%29.md) · [Silence](https://alertmanager.example.com/#/silences/new?filter=%7Balertname%3D%22TeamCase%22%2C%20service%3D%22app%22%7D)`,
      ],
    );
    assert.equal(sinks.received.filter(about("TeamCase", "pagerduty")).length, 1);
    await post("TeamCase", "app", new Date().toISOString());
    const end = await sinks.next(about("TeamCase", "msteams"), "the end of the card");
    assert.equal(end.body.attachments[0].content.body[0].text, "[P0 RESOLVED] TeamCase on app");
  });

  test("each rotated secret is used by the next notification without a reload", async () => {
    alertmanager.writeSecret("pagerdutyKey-mobile", "mobile-rotated");
    alertmanager.writeSecret("webhookUrl-mobile", `${sinks.url}/webhook/rotated`);
    alertmanager.writeSecret("msteamsUrl-mobile", `${sinks.url}/msteams/rotated`);
    await post("TeamRotated");
    assert.equal((await sinks.next(about("TeamRotated", "pagerduty"), "the page")).body.routing_key, "mobile-rotated");
    assert.equal((await sinks.next(about("TeamRotated", "webhook"), "the webhook")).path, "/webhook/rotated");
    assert.equal((await sinks.next(about("TeamRotated", "msteams"), "the card")).path, "/msteams/rotated");
  });
});
