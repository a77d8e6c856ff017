import { createHash } from "node:crypto";
import type { Notification, RunningStack } from "../running-stack.ts";
import { news } from "./quick.ts";

/** A notification about a group of alerts, as received. */
export interface Received {
  readonly id: number;
  /** Receiver and key, channel or address. */
  readonly way: string;
  readonly alert: string;
  readonly service: string;
  readonly state: "firing" | "resolved";
  /** Number of alerts in the message. */
  readonly alerts: number;
  /** PagerDuty's incident. */
  readonly incident?: string;
}

const keys = new Map(
  ["critical", "high", "security"].map((name) => [fingerprint(`demo-pagerduty-${name}-key`), name] as const),
);

/** Notifications after `since`, except those in the demo's own channel about alerts that always fire. */
export async function received(stack: RunningStack, since: number): Promise<Received[]> {
  const all = await Promise.all(["pagerduty", "slack-api", "email"].map((kind) => stack.notifications(kind, since)));
  return all
    .flat()
    .sort((a, b) => a.id - b.id)
    .map(read)
    .filter(({ way, alert }) => !(news.includes(alert) && way === "slack #notifications"));
}

function read(notification: Notification): Received {
  const { id, kind, summary, action, dedup_key: incident } = notification;
  if (kind === "pagerduty") {
    const { payload } = notification.payload as { payload: { class: string; component: string } };
    return {
      id,
      way: `pagerduty ${keys.get(notification.key_fingerprint ?? "")}`,
      alert: payload.class,
      service: payload.component,
      state: action === "resolve" ? "resolved" : "firing",
      alerts: count(summary),
      ...(incident !== undefined && { incident }),
    };
  }
  const title = /^\[P\d (FIRING|RESOLVED)\] (\S+) on (\S+)/.exec(summary);
  return {
    id,
    way: kind === "email" ? `email ${notification.recipients?.join(" ")}` : `slack ${notification.channel}`,
    alert: title?.[2] ?? summary,
    service: title?.[3] ?? "",
    state: title?.[1] === "RESOLVED" ? "resolved" : "firing",
    alerts: count(summary),
  };
}

function count(title: string): number {
  return Number(/\((\d+) alerts\)/.exec(title)?.[1] ?? 1);
}

function fingerprint(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 12);
}
