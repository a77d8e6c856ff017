/** Alertmanager's counters of one receiver. */
export interface Counters {
  /** Requests accepted by the receiver. */
  readonly delivered: number;
  readonly failedAttempts: number;
  /** Notifications that failed permanently, by reason. */
  readonly givenUp: Readonly<Record<string, number>>;
}

export type CountersByReceiver = ReadonlyMap<string, Counters>;

const none: Counters = { delivered: 0, failedAttempts: 0, givenUp: {} };

const attempts = "alertmanager_notification_requests_total";
const failures = "alertmanager_notification_requests_failed_total";
const givenUp = "alertmanager_notifications_failed_total";

/**
 * Sums the counters per receiver from `/metrics` of one or more replicas. Throws if Alertmanager's metrics have no receiver
 * label.
 */
export function readCounters(...expositions: readonly string[]): CountersByReceiver {
  const counters = new Map<string, Counters>();
  const samples = expositions.flatMap((exposition) => [
    ...exposition.matchAll(/^(alertmanager_notif\w+)\{(.*)\} (\S+)$/gm),
  ]);
  for (const [, metric = "", labelText = "", value = "0"] of samples) {
    if (![attempts, failures, givenUp].includes(metric)) continue;
    const labels = Object.fromEntries(
      [...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text]),
    );
    const receiver: string | undefined = labels.receiver_name;
    if (receiver === undefined) {
      throw new Error(
        "Alertmanager's metrics have no receiver names; start it with --enable-feature=receiver-name-in-metrics",
      );
    }
    counters.set(receiver, add(counters.get(receiver) ?? none, metric, String(labels.reason), Number(value)));
  }
  return counters;
}

function add(counters: Counters, metric: string, reason: string, value: number): Counters {
  if (metric === attempts) return { ...counters, delivered: counters.delivered + value };
  if (metric === failures) {
    return {
      ...counters,
      delivered: counters.delivered - value,
      failedAttempts: counters.failedAttempts + value,
    };
  }
  return { ...counters, givenUp: { ...counters.givenUp, [reason]: (counters.givenUp[reason] ?? 0) + value } };
}

/** Difference of one receiver's counters between two readings. */
export function since(before: CountersByReceiver, now: CountersByReceiver, receiver: string): Counters {
  const old = before.get(receiver) ?? none;
  const { delivered, failedAttempts, givenUp: reasons } = now.get(receiver) ?? none;
  return {
    delivered: delivered - old.delivered,
    failedAttempts: failedAttempts - old.failedAttempts,
    givenUp: Object.fromEntries(
      Object.entries(reasons)
        .map(([reason, count]) => [reason, count - (old.givenUp[reason] ?? 0)] as const)
        .filter(([, count]) => count > 0),
    ),
  };
}
