import type { IncomingMessage } from "node:http";
import { fingerprint, type NewNotification } from "./notifications.ts";
import type { Reception } from "./receiver.ts";

/** An incoming webhook; as in Slack, the secret is the last part of the path. */
export function receiveSlackWebhook(path: string, body: Readonly<Record<string, unknown>>): Reception {
  const refuse = (reason: string) => ({ status: 400, contentType: "text/plain", answer: reason });
  if (summarise(body) === "") return refuse("no_text");
  const key = /^\/slack\/webhook\/(.+)$/.exec(path)?.[1];
  return {
    status: 200,
    contentType: "text/plain",
    answer: "ok",
    notification: {
      kind: "slack-webhook",
      ...(key === undefined ? {} : { key_fingerprint: fingerprint(key) }),
      ...describe(body),
    },
  };
}

/** `chat.postMessage` and `chat.update`; as in Slack, errors have status 200 and `ok: false`. */
export function receiveSlackMessage(request: IncomingMessage, body: Readonly<Record<string, unknown>>): Reception {
  const refuse = (error: string) => ({ status: 200, answer: { ok: false, error } });
  const token = /^Bearer\s+(\S+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return refuse("not_authed");
  if (typeof body.channel !== "string" || body.channel === "") return refuse("channel_not_found");
  if (summarise(body) === "") return refuse("no_text");
  const timestamp = typeof body.ts === "string" ? body.ts : nextTimestamp();
  return {
    status: 200,
    answer: { ok: true, channel: body.channel, ts: timestamp },
    notification: { kind: "slack-api", key_fingerprint: fingerprint(token), ...describe(body) },
  };
}

function describe(body: Readonly<Record<string, unknown>>): Omit<NewNotification, "kind"> {
  const channel = typeof body.channel === "string" && body.channel !== "" ? { channel: body.channel } : {};
  // Legacy apps send the token in the body, where it must be redacted too.
  const { token, ...payload } = body;
  const masked = typeof token === "string" ? { ...payload, token: `sha256:${fingerprint(token)}` } : payload;
  return { ...channel, summary: summarise(body), payload: masked };
}

function summarise(body: Readonly<Record<string, unknown>>): string {
  return firstText(body).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function firstText({ text, attachments, blocks }: Readonly<Record<string, unknown>>): string {
  if (typeof text === "string" && text !== "") return text;
  for (const attachment of Array.isArray(attachments) ? attachments : []) {
    const { title, fallback, text: body } = attachment as Record<string, unknown>;
    const found = [title, fallback, body].find((each) => typeof each === "string" && each !== "");
    if (found !== undefined) return String(found);
  }
  return Array.isArray(blocks) && blocks.length > 0 ? "(blocks)" : "";
}

let lastTimestamp = 0;

/** Slack message timestamps are IDs and must be unique and increasing. */
function nextTimestamp(): string {
  lastTimestamp = Math.max(Date.now() * 1000, lastTimestamp + 1);
  return (lastTimestamp / 1_000_000).toFixed(6);
}
