import { escapeHtml, renderPage } from "../page.ts";
import { attempt } from "./attempt.ts";
import { renderIncident, renderSlackMessage } from "./message.ts";
import { type Notification, type NotificationKind, notificationKinds } from "./notifications.ts";

const shown = 200;

/** The notifications page, newest first, with full contents. */
export function renderNotificationsPage(
  notifications: readonly Notification[],
  kind: NotificationKind | undefined,
  links: readonly { readonly title: string; readonly url: string }[],
): string {
  // Hidden by default, because one per minute would hide everything else.
  const listed = kind === undefined ? notifications.filter((each) => each.kind !== "heartbeat") : notifications;
  const newest = listed.toReversed().slice(0, shown);
  const left = listed.length - newest.length;
  return renderPage({
    title: "Notifications",
    subtitle: "Notifications received by the demo's PagerDuty, Slack, e-mail and heartbeat endpoints, newest first.",
    links,
    content: `
<div class="bar"><div class="kinds">${[undefined, ...notificationKinds].map((each) => renderFilter(each, kind)).join("")}</div>
<button type="button" id="clear">Clear</button></div>
<div id="list" data-newest="${notifications.at(-1)?.id ?? 0}">
${kind === undefined ? renderPulse(notifications) : ""}${newest.length === 0 ? empty : newest.map(renderNotification).join("")}
${left > 0 ? `<p>${left} older notifications: <a href="/notifications?format=json">all as JSON</a></p>` : ""}</div>`,
    style,
    script,
  });
}

const empty = `<p class="card empty">No notifications yet. This page refreshes every five seconds.</p>`;

/** Time of the last heartbeat. */
function renderPulse(notifications: readonly Notification[]): string {
  const last = notifications.findLast(({ kind }) => kind === "heartbeat");
  if (last === undefined) return `<p class="pulse">No heartbeat yet.</p>`;
  return `<p class="pulse">Last heartbeat <time datetime="${last.time}" title="${last.time}">${clock(last.time)}</time> UTC</p>`;
}

const clock = (time: string) => time.slice(11, 19);

function renderFilter(kind: NotificationKind | undefined, current: NotificationKind | undefined): string {
  const active = kind === current ? ` aria-current="page"` : "";
  return `<a href="/notifications${kind === undefined ? "" : `?kind=${kind}`}"${active}>${kind ?? "all"}</a>`;
}

function renderNotification(notification: Notification): string {
  const { id, time, kind, summary, payload } = notification;
  // Senders can send anything. A notification that cannot be rendered must not hide the others.
  const state = attempt(() => stateOf(notification)) ?? "firing";
  const message = attempt(() => renderPayload(kind, payload)) ?? renderJson(payload);
  return `<details class="card ${state}" data-id="${id}"><summary>
<span class="kind">${kind}</span><span class="summary">${escapeHtml(summary)}</span>
<time datetime="${time}" title="${time}">${clock(time)}</time>
<span class="facts">${facts(notification)}</span></summary>
${message}</details>`;
}

/** Red for firing, green for resolved; for Slack, derived from the attachment colour. */
function stateOf({ kind, action, severity, payload, summary }: Notification): string {
  if (kind === "heartbeat") return "quiet";
  if (action === "resolve" || /\bresolved\b/i.test(summary)) return "resolved";
  const attachments = (payload as { attachments?: { color?: string }[] } | null)?.attachments;
  if (attachments?.[0]?.color === "good") return "resolved";
  return severity === "warning" || severity === "info" || attachments?.[0]?.color === "warning" ? "warned" : "firing";
}

function facts({ channel, recipients, action, severity, dedup_key, key_fingerprint }: Notification): string {
  const entries = [
    action,
    severity,
    channel,
    recipients?.join(", "),
    key_fingerprint === undefined ? undefined : `key ${key_fingerprint}`,
    dedup_key === undefined ? undefined : `dedup ${dedup_key.slice(0, 12)}`,
  ];
  return entries
    .filter((entry) => entry !== undefined)
    .map((entry) => `<span>${escapeHtml(entry)}</span>`)
    .join("");
}

function renderPayload(kind: NotificationKind, payload: unknown): string {
  if (kind === "heartbeat") return renderJson(payload);
  if (kind === "pagerduty") return renderIncident(payload) + renderRaw(payload);
  if (kind !== "email") return renderSlackMessage(payload) + renderRaw(payload);
  const { html, text, ...rest } = payload as { html: string; text: string };
  // The sandboxed frame runs no scripts and, due to the CSP, loads no resources.
  const frame = html === "" ? "" : `<iframe sandbox title="The e-mail" srcdoc="${escapeHtml(html)}"></iframe>`;
  return `${frame}<pre>${escapeHtml(text.trimEnd())}</pre>${renderRaw(rest)}`;
}

const renderRaw = (value: unknown) => `<details class="raw"><summary>Raw data</summary>${renderJson(value)}</details>`;

const renderJson = (value: unknown) => `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;

const style = `
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: space-between; align-items: center; margin-bottom: 1rem; }
.kinds { display: flex; flex-wrap: wrap; gap: .25rem; }
.kinds a { color: var(--quiet); text-decoration: none; padding: .3rem .7rem; border-radius: 999px; border: 1px solid transparent; }
.kinds a:hover { color: var(--text); }
.kinds a[aria-current] { color: var(--text); background: var(--card); border-color: var(--line); }
details.card { margin-bottom: .5rem; border-left: 3px solid var(--line); overflow: hidden; }
details.card.firing { border-left-color: var(--bad); } details.card.resolved { border-left-color: var(--good); }
details.card.warned { border-left-color: var(--warn); }
.pulse { margin: 0 0 .75rem; }
summary { display: grid; grid-template-columns: 7.5rem 1fr auto; gap: .15rem 1rem; padding: .7rem 1rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
.kind { color: var(--quiet); }
.summary { font-weight: 600; overflow-wrap: anywhere; }
time { color: var(--quiet); font-variant-numeric: tabular-nums; }
.facts { grid-column: 2 / -1; display: flex; flex-wrap: wrap; gap: .1rem 1rem; color: var(--quiet); font-size: .875rem; }
.facts:empty { display: none; }
.facts span { overflow-wrap: anywhere; }
.quiet .summary { font-weight: 400; color: var(--quiet); }
pre { margin: 0; padding: .9rem 1rem; border-top: 1px solid var(--line); font: .8125rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.message { padding: .9rem 1rem; border-top: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
.message table { border-collapse: collapse; white-space: normal; margin: .5rem 0; }
.message th { color: var(--quiet); font-weight: 400; white-space: nowrap; text-align: left; vertical-align: top; padding: .1rem 1rem .1rem 0; }
.message td { white-space: pre-wrap; overflow-wrap: anywhere; }
.raw > summary { display: block; color: var(--quiet); border-top: 1px solid var(--line); font-size: .875rem; }
iframe { display: block; width: 100%; height: 26rem; border: 0; border-top: 1px solid var(--line); background: #fff; }
.empty { padding: 2rem 1rem; text-align: center; }
@media (max-width: 40rem) {
  summary { grid-template-columns: 1fr auto; }
  .summary { grid-column: 1 / -1; order: 2; } .facts { grid-column: 1 / -1; order: 3; }
}
`;

// Replace the list only if there is something new, and keep opened entries open.
const script = `
async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => undefined);
  if (answer === undefined || !answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("list");
  const list = document.getElementById("list");
  if (next.dataset.newest === list.dataset.newest) return;
  for (const open of list.querySelectorAll("details[data-id][open]")) {
    next.querySelector('details[data-id="' + open.dataset.id + '"]')?.setAttribute("open", "");
  }
  list.replaceWith(document.adoptNode(next));
}
document.getElementById("clear").addEventListener("click", async () => {
  await fetch("/notifications", { method: "DELETE" }).catch(() => undefined);
  await refresh();
});
setInterval(refresh, 5000);
`;
