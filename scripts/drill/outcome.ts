import type { DrillAlert } from "./alerts.ts";
import type { Counters } from "./counters.ts";
import type { Delivery } from "./routing.ts";

/** Notifications that one receiver must get, one per alert. */
export interface Expectation {
  readonly receiver: string;
  readonly alerts: readonly string[];
  readonly notifications: number;
  /** When the last notification is due, in seconds after the alerts were fired. */
  readonly dueSeconds: number;
  /** Latest time at which Alertmanager gives up and reports the failure, in seconds. */
  readonly intervalSeconds: number;
}

/** Result of an expectation. */
export interface Outcome extends Expectation {
  readonly delivered: number;
  /** When the last notification arrived, in seconds after the alerts were fired. */
  readonly afterSeconds?: number;
  readonly whyNot?: string;
}

/** Expected notifications per receiver, from the deliveries of each alert. */
export function expectations(
  drills: readonly { readonly alert: DrillAlert["labels"]; readonly deliveries: readonly Delivery[] }[],
): Expectation[] {
  const byReceiver = new Map<string, Expectation>();
  for (const { alert, deliveries } of drills) {
    for (const delivery of deliveries) {
      const known = byReceiver.get(delivery.receiver);
      byReceiver.set(delivery.receiver, {
        receiver: delivery.receiver,
        alerts: [...(known?.alerts ?? []), alert.alertname],
        notifications: (known?.notifications ?? 0) + delivery.integrations.length,
        dueSeconds: Math.max(known?.dueSeconds ?? 0, delivery.groupWaitSeconds),
        intervalSeconds: Math.max(known?.intervalSeconds ?? 0, delivery.groupIntervalSeconds),
      });
    }
  }
  return [...byReceiver.values()];
}

/** Alert state in Alertmanager that can explain a missing notification. */
export interface AlertState {
  readonly alertname: string;
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly mutedBy: readonly string[];
}

/** Explains a missing notification: suppressed alerts, failed attempts, or the last error in the log. */
export function whyNot(
  expectation: Expectation,
  counters: Counters,
  states: readonly AlertState[],
  logLine: string | undefined,
): string {
  const held = states.filter(({ alertname }) => expectation.alerts.includes(alertname)).flatMap(heldBack);
  const reasons = Object.entries(counters.givenUp).map(([reason, count]) => `given up ${times(count)}: ${reason}`);
  const attempts =
    counters.failedAttempts > 0 && reasons.length === 0
      ? [`${counters.failedAttempts} failed ${counters.failedAttempts === 1 ? "attempt" : "attempts"}, still trying`]
      : [];
  const known = [...new Set(held), ...reasons, ...attempts, ...(logLine === undefined ? [] : [logLine])];
  return known.length > 0 ? known.join("; ") : "Alertmanager made no attempt; check its log and its Alerts page";
}

function heldBack({ alertname, silencedBy, inhibitedBy, mutedBy }: AlertState): string[] {
  return [
    ...silencedBy.map((silence) => `${alertname} is silenced by ${silence}`),
    ...(inhibitedBy.length > 0 ? [`${alertname} is inhibited by another alert`] : []),
    ...mutedBy.map((interval) => `${alertname} is muted by ${interval}`),
  ];
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** Formats the outcomes as a table. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [
    outcome.receiver,
    isDelivered(outcome) ? "yes" : outcome.delivered > 0 ? `${outcome.delivered} of ${outcome.notifications}` : "NO",
    outcome.afterSeconds === undefined ? "–" : `${outcome.afterSeconds.toFixed(0)} s`,
    outcome.alerts.join(", "),
    outcome.whyNot ?? "",
  ]);
  const all = [["receiver", "delivered", "after", "alerts", "reason"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function isDelivered({ delivered, notifications }: Outcome): boolean {
  return delivered >= notifications;
}
