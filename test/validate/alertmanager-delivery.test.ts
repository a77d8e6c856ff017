import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { binary, needs } from "../binaries.ts";
import { alertingSettings } from "../unit/alertmanager-settings.ts";
import { type PostedAlert, type RunningAlertmanager, startAlertmanager } from "./alertmanager-running.ts";
import { type Received, type Sinks, startSinks } from "./alertmanager-sinks.ts";

const quick = { groupWait: "0s", groupInterval: "1s", repeatInterval: "1h" };
/** Waits for the other alerts of the group: otherwise the first notification would contain only one. */
const grouped = { ...quick, groupWait: "500ms" };
const waits = { critical: quick, high: quick, medium: grouped, low: quick };

const secrets = {
  pagerdutyCriticalKey: "canary-critical",
  pagerdutyHighKey: "canary-high",
  pagerdutySecurityKey: "canary-security\n",
  slackBotToken: "canary-token",
  smtpPassword: "canary-password",
};

function settingsFor(sinks: Sinks, more: Record<string, unknown> = {}) {
  return alertingSettings({
    waits: { ...waits, heartbeat: { groupWait: "0s", groupInterval: "2s", repeatInterval: "1s" } },
    pagerduty: { url: `${sinks.url}/pagerduty/v2/enqueue` },
    slack: { apiUrl: `${sinks.url}/slack/api/chat.postMessage` },
    email: {
      smarthost: sinks.smarthost,
      requireTls: false,
      username: "monitoring",
      from: "monitoring@example.com",
      to: { default: ["oncall@example.com"] },
    },
    teams: { security: { email: ["security@example.com"] }, database: { email: ["database@example.com"] } },
    ...more,
  });
}

function alert(labels: Record<string, string>, times: Pick<PostedAlert, "startsAt" | "endsAt"> = {}): PostedAlert {
  const alertname = labels.alertname ?? "Any";
  return {
    labels: { cluster: "test", env: "test", instance: "a:1", ...labels },
    annotations: {
      summary: `${alertname} <is> "here" & now`,
      description: "It stands at 42 {{ .Nonsense",
      runbook_url: `https://docs.example.com/${alertname}.md`,
      dashboard_url: "https://grafana.example.com/d/x?a=1&b=2",
      ...(labels.service === "engine" && { traces_url: "https://traces.example.com/search?service=engine" }),
    },
    startsAt: "2026-11-23T03:12:00Z",
    ...times,
  };
}

const about = (alertname: string, way: Received["way"]) => (received: Received) =>
  received.way === way && JSON.stringify(received.body).includes(alertname);

describe("delivery", needs("alertmanager", "amtool"), () => {
  let sinks: Sinks;
  let alertmanager: RunningAlertmanager;
  before(async () => {
    sinks = await startSinks();
    alertmanager = await startAlertmanager(
      settingsFor(sinks),
      { slackCredential: "bot" },
      { ...secrets, heartbeatUrl: `${sinks.url}/heartbeat` },
    );
  });
  after(async () => {
    await alertmanager?.stop();
    await sinks?.close();
  });

  test("a P0 alert and its end: PagerDuty with key and links, Slack by token, e-mail with both parts", async () => {
    const labels = { alertname: "PageCase", severity: "critical", priority: "P0", team: "audio", service: "engine" };
    await alertmanager.post([alert(labels)]);

    const page = await sinks.next(about("PageCase", "pagerduty"), "the page");
    const silence =
      "https://alertmanager.example.com/#/silences/new?filter=%7Balertname%3D%22PageCase%22%2C%20cluster%3D%22test%22%2C%20service%3D%22engine%22%7D";
    // 15 minutes before and after 03:12.
    const [start, end] = ["2026-11-23T02:57:00Z", "2026-11-23T03:27:00Z"].map((time) => Date.parse(time) * 1000);
    const traces = `https://traces.example.com/search?service=engine&start=${start}&end=${end}`;
    assert.deepEqual(
      { ...page.body, dedup_key: "" },
      {
        routing_key: "canary-critical",
        dedup_key: "",
        event_action: "trigger",
        client: "White Room monitoring",
        client_url: "https://alertmanager.example.com",
        payload: {
          summary: 'P0 PageCase on engine: PageCase <is> "here" & now',
          severity: "critical",
          source: "a:1",
          component: "engine",
          class: "PageCase",
          group: "audio",
          custom_details: {
            firing: "\tIt stands at 42 {{ .Nonsense\ncluster test, env test, instance a:1\nsince 2026-11-23 03:12 UTC",
            resolved: null,
            num_firing: 1,
            num_resolved: 0,
          },
        },
        links: [
          { href: "https://docs.example.com/PageCase.md", text: "Runbook" },
          { href: "https://grafana.example.com/d/x?a=1&b=2", text: "Dashboard" },
          { href: traces, text: "Traces" },
          { href: silence, text: "Silence" },
        ],
      },
    );

    const message = await sinks.next(about("PageCase", "slack"), "the Slack message");
    assert.equal(message.headers.authorization, "Bearer canary-token");
    assert.equal(message.body.channel, "#alerts");
    assert.equal(message.body.username, undefined);
    const [attachment] = message.body.attachments;
    assert.equal(attachment.title, "[P0 FIRING] PageCase on engine");
    assert.equal(attachment.fallback, "[P0 FIRING] PageCase on engine");
    assert.equal(attachment.color, "#d92d20");
    assert.equal(
      attachment.text,
      `*PageCase &lt;is&gt; "here" &amp; now*
It stands at 42 {{ .Nonsense
*Where:* cluster test, env test, instance a:1
*When:* since 2026-11-23 03:12 UTC
<https://docs.example.com/PageCase.md|Runbook> · <https://grafana.example.com/d/x?a=1&amp;b=2|Dashboard> · <${traces.replaceAll("&", "&amp;")}|Traces> · <${silence}|Silence>`,
    );

    const mail = await sinks.next(about("PageCase", "mail"), "the mail");
    assert.deepEqual(mail.body.envelope, ["oncall@example.com"]);
    assert.equal(mail.body.user, "monitoring:canary-password");
    assert.equal(mail.body.subject, "[P0 FIRING] PageCase on engine");
    assert.match(mail.body.text, /^\[P0 FIRING\] PageCase on engine\n\nPageCase <is> "here" & now\n/);
    assert.ok(mail.body.text.includes(`Traces: ${traces}\n`));
    assert.ok(mail.body.html.includes(`<a href="${traces.replaceAll("&", "&amp;")}"`));
    assert.match(mail.body.html, /PageCase &lt;is&gt; &#34;here&#34; &amp; now/);

    await alertmanager.post([alert(labels, { endsAt: new Date().toISOString() })]);
    const endOfPage = await sinks.next(about("PageCase", "pagerduty"), "the end of the page");
    assert.equal(endOfPage.body.event_action, "resolve");
    assert.equal(endOfPage.body.dedup_key, page.body.dedup_key);
    const green = await sinks.next(about("PageCase", "slack"), "the green Slack message");
    assert.equal(green.body.attachments[0].title, "[P0 RESOLVED] PageCase on engine");
    assert.equal(green.body.attachments[0].color, "#2eb67d");
    const endMail = await sinks.next(about("PageCase", "mail"), "the mail of the end");
    assert.equal(endMail.body.subject, "[P0 RESOLVED] PageCase on engine");
  });

  test("team security: a separate key instead of the priority's, plus its channel and mailbox", async () => {
    await alertmanager.post([
      alert({ alertname: "SecurityCase", severity: "high", priority: "P1", team: "security", service: "auth" }),
    ]);
    const page = await sinks.next(about("SecurityCase", "pagerduty"), "the page");
    assert.equal(page.body.routing_key, "canary-security");
    assert.equal(page.body.payload.severity, "error");
    assert.deepEqual(
      page.body.links.map(({ text }: { text: string }) => text),
      ["Runbook", "Dashboard", "Silence"],
    );
    const messages = [
      await sinks.next(about("SecurityCase", "slack"), "a Slack message"),
      await sinks.next(about("SecurityCase", "slack"), "the other Slack message"),
    ];
    assert.deepEqual(messages.map(({ body }) => body.channel).sort(), ["#alerts", "#security"]);
    const mails = [
      await sinks.next(about("SecurityCase", "mail"), "a mail"),
      await sinks.next(about("SecurityCase", "mail"), "the other mail"),
    ];
    assert.deepEqual(mails.flatMap(({ body }) => body.envelope).sort(), ["oncall@example.com", "security@example.com"]);
    assert.equal(sinks.received.filter(about("SecurityCase", "pagerduty")).length, 1);
  });

  test("a group is one notification that lists its alerts", async () => {
    const labels = { alertname: "GroupCase", severity: "medium", priority: "P2", team: "product", service: "app" };
    // If an alert started more than groupWait ago, Alertmanager notifies at once, about the first alert only.
    const startsAt = new Date().toISOString();
    await alertmanager.post(["a:1", "a:2", "a:3"].map((instance) => alert({ ...labels, instance }, { startsAt })));
    const message = await sinks.next(about("GroupCase", "slack"), "the Slack message");
    assert.equal(message.body.channel, "#ops");
    assert.equal(message.body.attachments[0].title, "[P2 FIRING] GroupCase on app (3 alerts)");
    assert.equal(message.body.attachments[0].text.match(/instance a:\d/g).length, 3);
    await sinks.next(about("GroupCase", "mail"), "the mail");
    assert.equal(sinks.received.filter(about("GroupCase", "slack")).length, 1);
    assert.equal(sinks.received.filter(about("GroupCase", "pagerduty")).length, 0);
  });

  test("a rotated secret is used by the next notification without a reload or restart", async () => {
    alertmanager.writeSecret("slackBotToken", "canary-rotated");
    await alertmanager.post([
      alert({ alertname: "RotationCase", severity: "low", priority: "P3", team: "product", service: "app" }),
    ]);
    const message = await sinks.next(about("RotationCase", "slack"), "the Slack message");
    assert.equal(message.headers.authorization, "Bearer canary-rotated");
    assert.equal(message.body.channel, "#notifications");
  });

  test("a failing channel does not delay the others, and is notified once it recovers", async () => {
    sinks.answer("slack", 500);
    await alertmanager.post([
      alert({ alertname: "RefusalCase", severity: "critical", priority: "P0", team: "audio", service: "engine" }),
    ]);
    await sinks.next(about("RefusalCase", "pagerduty"), "the page");
    await sinks.next(about("RefusalCase", "mail"), "the mail");
    assert.equal(sinks.received.filter(about("RefusalCase", "slack")).length, 0);
    sinks.answer("slack", 200);
    await sinks.next(about("RefusalCase", "slack"), "the Slack message");
  });

  test("an inhibited alert notifies if it outlives its inhibitor, and not at all if it ends first", async () => {
    const incident = (service: string) => ({
      source: { alertname: "ServiceDown", severity: "critical", priority: "P0", team: "platform", service },
      target: { alertname: "HighErrorRate", severity: "high", priority: "P1", team: "platform", service },
    });
    const [late, early] = ["outlived", "outliving"].map(incident);
    assert.ok(late && early);
    const toldOf = (labels: Record<string, string>) => (each: Received) =>
      each.way === "pagerduty" &&
      [labels["alertname"], labels["service"]].every((word) => JSON.stringify(each.body).includes(word ?? ""));
    const now = () => ({ endsAt: new Date().toISOString() });
    for (const { source, target } of [late, early]) {
      await alertmanager.post([alert(source)]);
      await sinks.next(toldOf(source), source.service);
      await alertmanager.post([alert(target)]);
    }
    // Three group intervals.
    await sleep(3_000);
    assert.deepEqual(sinks.received.filter(toldOf(late.target)), []);
    await alertmanager.post([alert(early.target, now())]);
    await alertmanager.post([alert(late.source, now()), alert(early.source, now())]);
    await sinks.next(toldOf(late.target), "the alert that outlives ServiceDown");
    await sleep(3_000);
    assert.deepEqual(sinks.received.filter(toldOf(early.target)), []);
    await alertmanager.post([alert(late.target, now())]);
  });

  test("an invalid template is rejected, and the old ones stay in use", async () => {
    const file = join(alertmanager.folder, "templates/slack.tmpl");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, `${good}{{ define "white_room.broken" }}{{ if }}`);
    // amtool, which `up` runs before Alertmanager gets a file, rejects it, and so does Alertmanager.
    const { status, stdout } = spawnSync(
      binary("amtool"),
      ["check-config", join(alertmanager.folder, "alertmanager.yml")],
      { encoding: "utf8" },
    );
    assert.equal(status, 1);
    assert.match(stdout, /slack\.tmpl:\d+: missing value for if/);
    const reload = await fetch(`${alertmanager.url}/-/reload`, { method: "POST" });
    assert.equal(reload.status, 500);
    assert.match(await reload.text(), /missing value for if/);
    await alertmanager.post([
      alert({ alertname: "TemplateCase", severity: "low", priority: "P3", team: "product", service: "app" }),
    ]);
    const message = await sinks.next(about("TemplateCase", "slack"), "the Slack message");
    assert.equal(message.body.attachments[0].title, "[P3 FIRING] TemplateCase on app");
    writeFileSync(file, good);
    assert.equal((await fetch(`${alertmanager.url}/-/reload`, { method: "POST" })).status, 200);
  });

  test("Watchdog calls the heartbeat at every group interval, but not when it resolves", async () => {
    const watchdog = { alertname: "Watchdog", severity: "none", team: "platform", service: "monitoring" };
    await alertmanager.post([alert(watchdog)]);
    const start = Date.now();
    for (const call of ["first", "second", "third"]) {
      const { body } = await sinks.next(about("Watchdog", "heartbeat"), `the ${call} heartbeat`);
      assert.equal(body.status, "firing");
    }
    const took = Date.now() - start;
    assert.ok(took > 3_000 && took < 6_000, `three calls in ${took} ms, 2 s apart`);
    await alertmanager.post([alert(watchdog, { endsAt: new Date().toISOString() })]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const beats = sinks.received.filter(({ way }) => way === "heartbeat");
    assert.ok(beats.every(({ body }) => body.status === "firing"));
    assert.equal(sinks.received.filter(about("Watchdog", "slack")).length, 0);
  });
});

describe("delivery by webhook", needs("alertmanager"), () => {
  test("goes to the URL of the file, without a channel, and only once for a team", async () => {
    const sinks = await startSinks();
    const settings = settingsFor(sinks, {
      pagerduty: { enabled: false },
      email: { enabled: false },
      heartbeat: { enabled: false },
    });
    const alertmanager = await startAlertmanager(
      settings,
      { slackCredential: "webhook" },
      { slackWebhookUrl: `${sinks.url}/slack/canary` },
    );
    try {
      await alertmanager.post([
        alert({ alertname: "WebhookCase", severity: "critical", priority: "P0", team: "security", service: "auth" }),
      ]);
      const message = await sinks.next(about("WebhookCase", "slack"), "the Slack message");
      assert.equal(message.body.channel, undefined);
      assert.equal(message.headers.authorization, undefined);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      assert.equal(sinks.received.length, 1);
    } finally {
      await alertmanager.stop();
      await sinks.close();
    }
  });
});

describe("quiet hours", needs("alertmanager"), () => {
  test("hold back P2 and P3, but not P0", async () => {
    const sinks = await startSinks();
    const clock = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const quietHours = { start: clock(-2), end: clock(2), timeZone: "UTC" };
    const settings = settingsFor(sinks, { quietHours, pagerduty: { enabled: false }, heartbeat: { enabled: false } });
    const alertmanager = await startAlertmanager(settings, { slackCredential: "bot" }, secrets);
    try {
      for (const [severity, alertname] of [
        ["medium", "QuietP2"],
        ["low", "QuietP3"],
        ["critical", "LoudP0"],
      ] as const) {
        await alertmanager.post([alert({ alertname, severity, priority: "P", team: "database", service: "db" })]);
      }
      await sinks.next(about("LoudP0", "slack"), "the P0 Slack message");
      await sinks.next(about("LoudP0", "mail"), "the P0 mail");
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      assert.deepEqual(
        sinks.received.filter(({ body }) => JSON.stringify(body).includes("Quiet")),
        [],
      );
    } finally {
      await alertmanager.stop();
      await sinks.close();
    }
  });
});
