import type { DrillAlert } from "./alerts.ts";
import type { Counters } from "./counters.ts";
import type { Way } from "./routing.ts";

/** What one receiver must get: one notification of each of these alerts. */
export interface Expectation {
  readonly receiver: string;
  readonly alerts: readonly string[];
  readonly notifications: number;
  /** When the last of them is due, after the alerts were fired. */
  readonly dueSeconds: number;
  /** When Alertmanager gives an attempt up, at the latest, and says so. */
  readonly intervalSeconds: number;
}

/** What became of an expectation. */
export interface Outcome extends Expectation {
  readonly delivered: number;
  /** When the last one arrived, after the alerts were fired. */
  readonly afterSeconds?: number;
  readonly whyNot?: string;
}

/** What every receiver must get, given the ways of each alert. */
export function expectations(
  drills: readonly { readonly alert: DrillAlert["labels"]; readonly ways: readonly Way[] }[],
): Expectation[] {
  const byReceiver = new Map<string, Expectation>();
  for (const { alert, ways } of drills) {
    for (const way of ways) {
      const known = byReceiver.get(way.receiver);
      byReceiver.set(way.receiver, {
        receiver: way.receiver,
        alerts: [...(known?.alerts ?? []), alert.alertname],
        notifications: (known?.notifications ?? 0) + way.integrations.length,
        dueSeconds: Math.max(known?.dueSeconds ?? 0, way.groupWaitSeconds),
        intervalSeconds: Math.max(known?.intervalSeconds ?? 0, way.groupIntervalSeconds),
      });
    }
  }
  return [...byReceiver.values()];
}

/** Alertmanager's view of an alert, as far as it explains silence. */
export interface AlertState {
  readonly alertname: string;
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly mutedBy: readonly string[];
}

/** Why a receiver did not get what it should: what holds the alerts back, else what the attempts met, else nothing known. */
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
  return known.length > 0 ? known.join("; ") : "Alertmanager made no attempt: look at its log and at its alerts page";
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

/** The outcomes as a table for a terminal, in the order given. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [
    outcome.receiver,
    isDelivered(outcome) ? "yes" : outcome.delivered > 0 ? `${outcome.delivered} of ${outcome.notifications}` : "NO",
    outcome.afterSeconds === undefined ? "–" : `${outcome.afterSeconds.toFixed(0)} s`,
    outcome.alerts.join(", "),
    outcome.whyNot ?? "",
  ]);
  const all = [["receiver", "delivered", "after", "alerts", "why not"], ...rows];
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
