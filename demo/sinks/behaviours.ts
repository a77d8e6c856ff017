import { setTimeout as wait } from "node:timers/promises";
import { durationForm, formatDuration, parseDuration } from "../duration.ts";
import { isNotificationKind, type NotificationKind, notificationKinds } from "./notifications.ts";

/** A configured misbehaviour of a receiver. */
export interface Behaviour {
  /** HTTP status of the rejection; e-mail always uses 451 (temporary failure). If unset, requests are only delayed. */
  readonly status?: number;
  /** Delay of the response in milliseconds. */
  readonly delay: number;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

const defaultDuration = "60s";

/** Configured misbehaviours by receiver. */
export class Behaviours {
  readonly #active = new Map<NotificationKind, Behaviour & { refused: number }>();

  set(kind: NotificationKind, behaviour: Behaviour): void {
    this.#active.set(kind, { ...behaviour, refused: 0 });
  }

  end(kind: NotificationKind): boolean {
    return this.#active.delete(kind);
  }

  endAll(): void {
    this.#active.clear();
  }

  /** Waits for the configured delay. Returns the status to reject the notification with; undefined to accept it. */
  async apply(kind: NotificationKind): Promise<number | undefined> {
    const behaviour = this.#current(kind);
    if (behaviour === undefined) return undefined;
    if (behaviour.delay > 0) await wait(behaviour.delay, undefined, { ref: false });
    if (behaviour.status !== undefined) behaviour.refused += 1;
    return behaviour.status;
  }

  list() {
    return notificationKinds.flatMap((kind) => {
      const behaviour = this.#current(kind);
      if (behaviour === undefined) return [];
      const { status, delay, endsAt, refused } = behaviour;
      const remaining = formatDuration(endsAt - Date.now());
      return [{ kind, ...(status === undefined ? {} : { status }), delay: formatDuration(delay), remaining, refused }];
    });
  }

  #current(kind: NotificationKind): (Behaviour & { refused: number }) | undefined {
    const behaviour = this.#active.get(kind);
    if (behaviour !== undefined && behaviour.endsAt <= Date.now()) {
      this.#active.delete(kind);
      return undefined;
    }
    return behaviour;
  }
}

/** A parsed behaviour request, or all its problems. */
export function parseBehaviour(
  kind: string,
  body: unknown,
): { readonly kind: NotificationKind; readonly behaviour: Behaviour } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const given = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const { status, delay, duration = defaultDuration, ...others } = given;
  const milliseconds = (name: string, value: unknown) => {
    const parsed = typeof value === "string" ? parseDuration(value) : undefined;
    if (parsed === undefined) problems.push(`${name}: ${JSON.stringify(value)} is not valid; use ${durationForm}`);
    return parsed ?? 0;
  };
  if (!isNotificationKind(kind)) {
    problems.push(`kind: ${JSON.stringify(kind)} is not a known receiver; use ${notificationKinds.join(", ")}`);
  }
  const code =
    typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
  if (status !== undefined && code === undefined) {
    problems.push(`status: ${JSON.stringify(status)} is not valid; use a number from 400 to 599`);
  }
  if (status === undefined && delay === undefined) problems.push("status, delay: at least one is required");
  const behaviour = {
    ...(code === undefined ? {} : { status: code }),
    delay: delay === undefined ? 0 : milliseconds("delay", delay),
    endsAt: Date.now() + milliseconds("duration", duration),
  };
  for (const key of Object.keys(others)) problems.push(`${key}: is not a known key; use status, delay or duration`);
  return problems.length > 0 || !isNotificationKind(kind) ? { problems } : { kind, behaviour };
}
