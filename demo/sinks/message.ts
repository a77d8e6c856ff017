import { escapeHtml } from "../page.ts";

/** Renders a message similar to Slack: each attachment with its colour, title and text. */
export function renderSlackMessage(payload: unknown): string {
  const { text, attachments } = payload as { text?: unknown; attachments?: unknown };
  const parts = (Array.isArray(attachments) ? attachments : []).map((attachment: Record<string, unknown>) => {
    const color = /^#[0-9a-f]{6}$/i.test(String(attachment["color"])) ? String(attachment["color"]) : "currentColor";
    const title = typeof attachment["title"] === "string" ? `<b>${mrkdwn(attachment["title"])}</b>\n` : "";
    return `<div class="message" style="border-left: 4px solid ${color}">${title}${mrkdwn(attachment["text"])}</div>`;
  });
  const first = typeof text === "string" && text !== "" ? [`<div class="message">${mrkdwn(text)}</div>`] : [];
  return [...first, ...parts].join("");
}

/** Renders an incident similar to PagerDuty: summary, source, details and links. */
export function renderIncident(event: unknown): string {
  const { payload, links } = event as { payload?: Record<string, unknown>; links?: { href?: string; text?: string }[] };
  if (payload === undefined) return "";
  const { summary, severity, source, component, custom_details: details } = payload;
  const rows = Object.entries({ severity, source, component, ...(details as object | undefined) })
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(String(value).trim())}</td></tr>`);
  const anchors = (links ?? []).map(({ href = "", text = href }) => link(href, escapeHtml(text)));
  return `<div class="message"><b>${escapeHtml(String(summary))}</b>\n<table>${rows.join("")}</table>${anchors.join(" · ")}</div>`;
}

/**
 * Slack's markup: `<url|text>`, `*bold*`, and & < > as entities; everything else is plain text
 * (https://docs.slack.dev/messaging/formatting-message-text).
 */
function mrkdwn(text: unknown): string {
  return String(text ?? "")
    .split(/(<[^<>]*>)/)
    .map((part) => {
      if (!part.startsWith("<")) return plain(part).replaceAll(/(^|\s)\*([^*\n]+)\*/g, "$1<b>$2</b>");
      const [url = "", words = url] = part.slice(1, -1).split("|");
      return link(url.replaceAll("&amp;", "&"), plain(words));
    })
    .join("");
}

/** Slack uses HTML entities, so they must not be escaped again. */
function plain(text: string): string {
  return escapeHtml(text).replaceAll(/&amp;(amp|lt|gt);/g, "&$1;");
}

/** Links only http and https URLs; for others, shows the text. */
function link(url: string, words: string): string {
  return /^https?:\/\//.test(url) ? `<a href="${escapeHtml(url)}" rel="noreferrer">${words}</a>` : words;
}
