import { createHash } from "node:crypto";

export const notificationKinds = [
  "slack-webhook",
  "slack-api",
  "pagerduty",
  "email",
  "webhook",
  "msteams",
  "heartbeat",
] as const;
export type NotificationKind = (typeof notificationKinds)[number];

/** A received notification. Fields that do not apply to its kind are unset. */
export interface Notification {
  readonly id: number;
  /** ISO 8601. */
  readonly time: string;
  readonly kind: NotificationKind;
  /** Slack. */
  readonly channel?: string;
  /** E-mail. */
  readonly recipients?: readonly string[];
  /** First 12 hex digits of the SHA-256 of the key, token or password that was used. */
  readonly key_fingerprint?: string;
  /** PagerDuty: trigger, acknowledge or resolve. */
  readonly action?: string;
  readonly dedup_key?: string;
  readonly severity?: string;
  /** One-line summary. */
  readonly summary: string;
  /** Full content, with secrets replaced by fingerprints. */
  readonly payload: unknown;
}

export type NewNotification = Omit<Notification, "id" | "time">;

const most = 1000;
// Heartbeats have a separate limit; at one per minute, they would otherwise displace everything else within a day.
const mostHeartbeats = 100;
const mostCharacters = 16_000_000;
const longestLogged = 1000;

/** Recent notifications, oldest first. */
export class Notifications {
  readonly #writeLine: (line: string) => void;
  #kept: { notification: Notification; characters: number }[] = [];
  #lastId = 0;

  /** `writeLine` receives each notification as a JSON line. */
  constructor(writeLine: (line: string) => void) {
    this.#writeLine = writeLine;
  }

  add(notification: NewNotification): Notification {
    this.#lastId += 1;
    const added = { id: this.#lastId, time: new Date().toISOString(), ...notification };
    this.#writeLine(JSON.stringify(added, shorten));
    this.#kept.push({ notification: added, characters: JSON.stringify(added).length });
    this.#forget();
    return added;
  }

  /** Notifications with an ID above `since`, optionally of one kind. */
  list(kind?: NotificationKind, since = 0): readonly Notification[] {
    return this.#kept
      .map(({ notification }) => notification)
      .filter((each) => each.id > since && (kind === undefined || each.kind === kind));
  }

  /** Deletes all notifications; IDs continue. */
  clear(): void {
    this.#kept = [];
  }

  #forget(): void {
    const heartbeats = this.#kept.filter(({ notification }) => notification.kind === "heartbeat");
    if (heartbeats.length > mostHeartbeats) this.#kept.splice(this.#kept.indexOf(heartbeats[0] as never), 1);
    let characters = this.#kept.reduce((sum, each) => sum + each.characters, 0);
    while (this.#kept.length > most || (characters > mostCharacters && this.#kept.length > 1)) {
      characters -= this.#kept.shift()?.characters ?? 0;
    }
  }
}

/** Docker splits log lines after 16 KiB, so the HTML of e-mails is truncated here but not in the list. */
function shorten(_key: string, value: unknown): unknown {
  if (typeof value !== "string" || value.length <= longestLogged) return value;
  return `${value.slice(0, longestLogged)}… (${value.length} characters)`;
}

/** Fingerprint of a secret, to identify which one was used. */
export function fingerprint(secret: string): string {
  return createHash("sha256").update(secret).digest("hex").slice(0, 12);
}

/** Whether a string is a notification kind. */
export function isNotificationKind(text: string): text is NotificationKind {
  return (notificationKinds as readonly string[]).includes(text);
}
