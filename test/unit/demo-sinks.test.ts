import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { renderIncident, renderSlackMessage } from "../../demo/sinks/message.ts";
import type { Notification } from "../../demo/sinks/notifications.ts";
import { type Sinks, startSinks } from "../../demo/sinks/sinks.ts";

const canary = "canary-secret-that-must-not-show";
const canaryFingerprint = createHash("sha256").update(canary).digest("hex").slice(0, 12);
const lines: string[] = [];
let sinks: Sinks;
let url: string;

before(async () => {
  const config = { listen: "127.0.0.1", ports: { http: 0, smtp: 0 }, links: [] };
  sinks = await startSinks(config, (line) => void lines.push(line));
  url = `http://127.0.0.1:${sinks.ports.http}`;
});
after(() => sinks.stop());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, { method: "POST", body: JSON.stringify(body), headers });

async function last(kind: string): Promise<Notification> {
  const found = (await (await fetch(`${url}/notifications?kind=${kind}`)).json()) as Notification[];
  const notification = found.at(-1);
  assert.ok(notification, `no ${kind} arrived`);
  return notification;
}

test("webhooks and Microsoft Teams of a team, with the fingerprint of the key", async () => {
  assert.equal((await post(`/webhook/${canary}`, { status: "firing", commonLabels: { alertname: "A" } })).status, 200);
  const { summary, key_fingerprint } = await last("webhook");
  assert.deepEqual([summary, key_fingerprint], ["[FIRING] A", canaryFingerprint]);
  assert.equal((await post("/webhook/a", { alerts: [] })).status, 400);
  const content = { type: "AdaptiveCard", body: [{ type: "TextBlock", text: "[P0 FIRING] A" }] };
  const attachments = [{ contentType: "application/vnd.microsoft.card.adaptive", content }];
  assert.equal((await post(`/msteams/${canary}`, { attachments })).status, 202);
  const message = await last("msteams");
  assert.deepEqual([message.summary, message.key_fingerprint], ["[P0 FIRING] A", canaryFingerprint]);
  assert.equal((await post("/msteams/a", { attachments: [{ content }] })).status, 400);
});

/** Sends a message like an SMTP client, and returns the server's last reply. */
async function sendMail(message: string): Promise<string> {
  const socket = connect(sinks.ports.smtp, "127.0.0.1").setEncoding("utf8");
  const answers = socket[Symbol.asyncIterator]() as AsyncIterator<string>;
  const say = async (text: string) => {
    if (text !== "") socket.write(`${text}\r\n`);
    return String((await answers.next()).value);
  };
  await say("");
  await say("EHLO test");
  await say(`AUTH PLAIN ${Buffer.from(`\0alertmanager\0${canary}`).toString("base64")}`);
  await say("MAIL FROM:<alertmanager@white-room.example>");
  await say("RCPT TO:<oncall@white-room.example>");
  await say("RCPT TO:<security@white-room.example>");
  await say("DATA");
  const answer = await say(`${message}\r\n.`);
  socket.destroy();
  return answer;
}

const mail = [
  "Subject: =?utf-8?q?=5BP0=5D_ServiceDown_=E2=9C=93?=",
  "From: Alertmanager <alertmanager@white-room.example>",
  "To: oncall@white-room.example, security@white-room.example",
  "Content-Type: multipart/alternative; boundary=b",
  "",
  "--b",
  "Content-Type: text/plain; charset=utf-8",
  "",
  "It is down.",
  "--b",
  "Content-Type: text/html; charset=utf-8",
  "",
  "<h1>It is down</h1>",
  "--b--",
].join("\r\n");

test("PagerDuty accepts an event and shows the fingerprint of the key, not the key", async () => {
  const event = {
    routing_key: canary,
    event_action: "trigger",
    dedup_key: "one",
    payload: { summary: "ServiceDown juce-backend", source: "alertmanager", severity: "critical" },
  };
  const response = await post("/pagerduty/v2/enqueue", event);
  assert.equal(response.status, 202);
  assert.deepEqual(await response.json(), { status: "success", message: "Event processed", dedup_key: "one" });
  const { id: _, time: __, ...rest } = await last("pagerduty");
  assert.deepEqual(rest, {
    kind: "pagerduty",
    key_fingerprint: canaryFingerprint,
    action: "trigger",
    dedup_key: "one",
    severity: "critical",
    summary: "ServiceDown juce-backend",
    payload: { ...event, routing_key: `sha256:${canaryFingerprint}` },
  });
});

test("PagerDuty rejects an invalid event with all reasons", async () => {
  const response = await post("/pagerduty/v2/enqueue", { event_action: "trigger", payload: { severity: "P1" } });
  assert.equal(response.status, 400);
  assert.deepEqual(((await response.json()) as { errors: string[] }).errors, [
    "'routing_key' is missing or blank",
    "'payload.summary' is missing or blank",
    "'payload.source' is missing or blank",
    "'payload.severity' must be one of critical, error, warning, info",
  ]);
});

test("the Slack API responds like Slack and requires a token and a channel", async () => {
  const bearer = { authorization: `Bearer ${canary}` };
  const message = { channel: "#alerts", attachments: [{ title: "[P0] ServiceDown", color: "danger" }] };
  const answer = (await (await post("/slack/api/chat.postMessage", message, bearer)).json()) as Record<string, unknown>;
  assert.equal(answer.ok, true);
  assert.equal(answer.channel, "#alerts");
  assert.match(String(answer.ts), /^\d{10}\.\d{6}$/);
  const { channel, key_fingerprint, summary } = await last("slack-api");
  assert.deepEqual(
    { channel, key_fingerprint, summary },
    { channel: "#alerts", key_fingerprint: canaryFingerprint, summary: "[P0] ServiceDown" },
  );
  const refused = async (body: unknown, headers = {}) =>
    ((await (await post("/slack/api/chat.postMessage", body, headers)).json()) as { error: string }).error;
  assert.equal(await refused(message), "not_authed");
  assert.equal(await refused({ text: "x" }, bearer), "channel_not_found");
  assert.equal(await refused({ channel: "#x" }, bearer), "no_text");
});

test("a Slack webhook's secret is the end of its path", async () => {
  const response = await post(`/slack/webhook/${canary}`, { channel: "#ops", text: "hello" });
  assert.equal(await response.text(), "ok");
  const { key_fingerprint, channel, summary } = await last("slack-webhook");
  assert.deepEqual([key_fingerprint, channel, summary], [canaryFingerprint, "#ops", "hello"]);
});

test("a heartbeat counts by GET and by POST", async () => {
  assert.equal((await fetch(`${url}/heartbeat`)).status, 200);
  await post(`/heartbeat/${canary}`, { status: "firing" });
  const { summary, key_fingerprint } = await last("heartbeat");
  assert.deepEqual([summary, key_fingerprint], ["alive (firing)", canaryFingerprint]);
});

test("an e-mail is parsed: subject, recipients, text and HTML", async () => {
  assert.match(await sendMail(mail), /^250 /);
  const { summary, recipients, key_fingerprint, payload } = await last("email");
  assert.equal(summary, "[P0] ServiceDown ✓");
  assert.deepEqual(recipients, ["oncall@white-room.example", "security@white-room.example"]);
  assert.equal(key_fingerprint, canaryFingerprint);
  const { text, html, from } = payload as Record<string, string>;
  assert.deepEqual(
    [text?.trim(), html?.trim(), from],
    ["It is down.", "<h1>It is down</h1>", "Alertmanager <alertmanager@white-room.example>"],
  );
});

test("only the configured receiver rejects requests", async () => {
  const told = await post("/behaviour/slack-webhook", { status: 429, duration: "30s" });
  assert.equal(told.status, 200);
  assert.equal((await post("/slack/webhook", { text: "x" })).status, 429);
  assert.equal((await fetch(`${url}/heartbeat`)).status, 200);
  const { behaviours } = (await (await fetch(`${url}/behaviour`)).json()) as { behaviours: { refused: number }[] };
  assert.deepEqual(
    behaviours.map(({ refused }) => refused),
    [1],
  );
  await fetch(`${url}/behaviour/slack-webhook`, { method: "DELETE" });
  assert.equal((await post("/slack/webhook", { text: "x" })).status, 200);
});

test("an e-mail is temporarily rejected while configured", async () => {
  await post("/behaviour/email", { status: 500 });
  const answer = await sendMail(mail);
  await fetch(`${url}/behaviour`, { method: "DELETE" });
  assert.match(answer, /^451 /);
});

test("a notification that arrives after the sender's timeout does not count", async () => {
  await post("/behaviour/heartbeat", { delay: "1s" });
  const before = (await last("heartbeat")).id;
  await assert.rejects(fetch(`${url}/heartbeat`, { signal: AbortSignal.timeout(100) }));
  await wait(1200);
  await fetch(`${url}/behaviour`, { method: "DELETE" });
  assert.equal((await last("heartbeat")).id, before);
});

test("an invalid behaviour is rejected with all problems", async () => {
  const response = await post("/behaviour/fax", { status: 200, delay: "soon", duration: "2d", colour: "red" });
  assert.equal(response.status, 400);
  const { problems } = (await response.json()) as { problems: string[] };
  const form = 'use a duration from "1s" to "24h", such as "90s", "5m" or "1m30s"';
  assert.deepEqual(problems, [
    'kind: "fax" is not a known receiver; use slack-webhook, slack-api, pagerduty, email, webhook, msteams, heartbeat',
    "status: 200 is not valid; use a number from 400 to 599",
    `delay: "soon" is not valid; ${form}`,
    `duration: "2d" is not valid; ${form}`,
    "colour: is not a known key; use status, delay or duration",
  ]);
});

test("the list filters by kind and id, and is a page for a browser", async () => {
  const all = (await (await fetch(`${url}/notifications`)).json()) as Notification[];
  const middle = all[Math.floor(all.length / 2)]?.id ?? 0;
  const newer = (await (await fetch(`${url}/notifications?since=${middle}`)).json()) as Notification[];
  assert.deepEqual(
    newer.map(({ id }) => id),
    all.map(({ id }) => id).filter((id) => id > middle),
  );
  const page = await fetch(`${url}/notifications`, { headers: { accept: "text/html" } });
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.equal((await fetch(`${url}/notifications?kind=fax&since=x`)).status, 400);
});

test("markup in a notification is shown as text", async () => {
  await post("/slack/webhook", { text: `<script>alert("x")</script>` });
  const page = await (await fetch(`${url}/notifications`, { headers: { accept: "text/html" } })).text();
  assert.ok(!page.includes(`<script>alert(`));
  assert.ok(page.includes("&lt;script&gt;alert("));
});

test("a Slack message is shown with its links, and only those of the web", () => {
  const text =
    "*Who &amp; what*: a&lt;b *not*bold\n<https://docs.example.com/x?a=1&amp;b=2|Runbook> · <javascript:alert(1)|No> <!channel>";
  assert.equal(
    renderSlackMessage({ attachments: [{ color: "#d92d20", title: '[P0 FIRING] "A"', text }] }),
    '<div class="message" style="border-left: 4px solid #d92d20"><b>[P0 FIRING] &quot;A&quot;</b>\n' +
      "<b>Who &amp; what</b>: a&lt;b <b>not</b>bold\n" +
      '<a href="https://docs.example.com/x?a=1&amp;b=2" rel="noreferrer">Runbook</a> · No !channel</div>',
  );
  assert.equal(
    renderSlackMessage({ text: "plain", attachments: [{ color: "red; x", text: "<b>" }] }),
    '<div class="message">plain</div><div class="message" style="border-left: 4px solid currentColor">b</div>',
  );
});

test("an incident is shown with its details and links, and markup in them as text", () => {
  const payload = { summary: "P0 <A>", severity: "critical", source: "a:1", custom_details: { firing: "\tb <i>" } };
  const links = [
    { href: "https://docs.example.com/A.md", text: "Runbook" },
    { href: "javascript:alert(1)", text: "No" },
  ];
  assert.equal(
    renderIncident({ payload, links }),
    '<div class="message"><b>P0 &lt;A&gt;</b>\n<table><tr><th>severity</th><td>critical</td></tr>' +
      "<tr><th>source</th><td>a:1</td></tr><tr><th>firing</th><td>b &lt;i&gt;</td></tr></table>" +
      '<a href="https://docs.example.com/A.md" rel="noreferrer">Runbook</a> · No</div>',
  );
  assert.equal(renderIncident({ event_action: "resolve" }), "");
});

test("another site's page cannot clear the list", async () => {
  const headers = { "sec-fetch-site": "cross-site" };
  assert.equal((await fetch(`${url}/notifications`, { method: "DELETE", headers })).status, 403);
});

test("no secret is in the list, on the page or in the log", async () => {
  const list = await (await fetch(`${url}/notifications`)).text();
  const page = await (await fetch(`${url}/notifications`, { headers: { accept: "text/html" } })).text();
  assert.ok(lines.length > 5);
  for (const line of lines) JSON.parse(line);
  for (const text of [list, page, lines.join("\n")]) assert.ok(!text.includes(canary));
});

test("clearing deletes all notifications, and IDs continue", async () => {
  const { id } = await last("heartbeat");
  await fetch(`${url}/notifications`, { method: "DELETE" });
  assert.deepEqual(await (await fetch(`${url}/notifications`)).json(), []);
  await fetch(`${url}/heartbeat`);
  assert.ok((await last("heartbeat")).id > id);
});
