import { fingerprint } from "./notifications.ts";
import type { Reception } from "./receiver.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Alertmanager's own JSON. The path after `/webhook/` is the key. */
export function receiveWebhook(path: string, body: Fields): Reception {
  const { status, commonLabels } = body;
  const { alertname } = (typeof commonLabels === "object" && commonLabels !== null ? commonLabels : {}) as Fields;
  if (typeof status !== "string") return { status: 400, answer: { error: "status is missing" } };
  const summary = `[${status.toUpperCase()}] ${typeof alertname === "string" ? alertname : "several alerts"}`;
  return {
    status: 200,
    answer: { status: "ok" },
    notification: { kind: "webhook", key_fingerprint: keyOf(path), summary, payload: body },
  };
}

/** A Microsoft Teams workflow, which accepts a message with one Adaptive Card. */
export function receiveTeamsMessage(path: string, body: Fields): Reception {
  const card = (Array.isArray(body.attachments) ? body.attachments[0] : undefined) as
    | { contentType?: unknown; content?: { body?: unknown } }
    | undefined;
  const blocks = Array.isArray(card?.content?.body) ? (card.content.body as { text?: unknown }[]) : [];
  const summary = blocks.map(({ text }) => text).find((text) => typeof text === "string" && text !== "");
  if (card?.contentType !== "application/vnd.microsoft.card.adaptive" || typeof summary !== "string") {
    return { status: 400, answer: { error: { code: "InvalidBotResponse", message: "no Adaptive Card with text" } } };
  }
  return {
    status: 202,
    contentType: "text/plain",
    answer: "",
    notification: { kind: "msteams", key_fingerprint: keyOf(path), summary, payload: body },
  };
}

function keyOf(path: string): string {
  return fingerprint(path.split("/").slice(2).join("/"));
}
