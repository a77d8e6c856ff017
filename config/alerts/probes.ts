import { allProbes } from "../products/blackbox/probes.ts";
import { either } from "../settings/problems.ts";
import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql, time } from "./expression.ts";
import { agreeing, orHeld, upAgain } from "./held.ts";
import { watchesJourneys, watchesProbes } from "./monitored.ts";
import { certificateDays } from "./recording.ts";

/** Days left at which an expiring certificate becomes urgent. */
export const urgentDays = 3;

/** Probes and journeys from outside. Their series have the labels probe, service and team. */
export function probeAlerts(settings: Settings): AlertingRule[] {
  return [
    ...(watchesProbes(settings)
      ? [...probeFailed(settings), ...probeSlow(settings), ...certificateExpiring(settings)]
      : []),
    ...(watchesJourneys(settings) ? journeyFailed(settings) : []),
  ];
}

const series = (metric: string) => `${metric}{job="probe"}`;

function probeFailed(settings: Settings): AlertingRule[] {
  // A probe without a result fails as well, unless blackbox_exporter itself is down.
  const failed = promql`
    (
      ${series("probe_success")} == 0
        or ${series("up")} == 0 unless on (cluster, env) up{job="blackbox"} == 0
    )`;
  const agrees = promql`
    on (service, cluster, env) (
      ${agreement(settings)}
    )`;
  const summary = "Probe {{ $labels.probe }} fails";
  const what = "The probe {{ $labels.probe }} of {{ $labels.instance }} fails";
  const dashboard = "probes";
  return [
    ...alert(settings, "ProbeFailed", () => ({
      expression: promql`
        ${failed}
          unless ${agrees}
          ${orHeldProbe(settings, "high")}`,
      summary,
      description: `${what}: there is no response, or not the expected one. Users probably see the same, although no alert on {{ $labels.service }}'s own metrics agrees; the cause may lie between users and the service, such as DNS, a proxy or a certificate.`,
      dashboard,
    })),
    ...alert(settings, "ProbeFailed", () => ({
      expression: promql`
        ${failed}
          and ${agrees}
          ${orHeldProbe(settings, "critical")}`,
      summary: `${summary}, and {{ $labels.service }} has other alerts firing`,
      description: `${what}, and ${either(agreeing)} fires for {{ $labels.service }}: it is unavailable to users. This alert replaces their pages.`,
      dashboard,
      isWorse: true,
      isImmediate: true,
    })),
  ];
}

/**
 * A journey stays failed until its next run. The service's own alerts, which only P0 inhibits, fire until their window has
 * passed.
 */
function orHeldProbe(settings: Settings, severity: "high" | "critical"): string {
  const ofService = "service, cluster, env";
  const names = [
    ...(severity === "critical" ? agreeing : []),
    ...(watchesJourneys(settings) ? (["JourneyFailed"] as const) : []),
  ];
  return orHeld(settings, {
    name: "ProbeFailed",
    matchers: `, severity="${severity}"`,
    waits: severity === "high",
    ended: upAgain(series("probe_success")),
    identity: `probe, instance, ${ofService}`,
    inhibited: names.length > 0 ? [{ names, equal: ofService }] : [],
  });
}

/**
 * Alerts of the service itself, from the last evaluation before they fire: the probe's alert must fire first, so that there is
 * only one page.
 */
function agreement({ alerting, metrics }: Settings): string {
  return agreeing
    .map((name) => {
      const wait = Math.max(0, seconds(alerting.rules[name].for) - seconds(metrics.evaluationInterval));
      return `ALERTS_FOR_STATE{alertname="${name}"} <= time() - ${wait}`;
    })
    .join("\n  or ");
}

function probeSlow(settings: Settings): AlertingRule[] {
  const own = allProbes(settings).filter(({ slowAfter }) => slowAfter !== undefined);
  return alert(settings, "ProbeSlow", ({ threshold, window }) => {
    const slow = (matcher: string, limit: number) =>
      `avg_over_time(probe_duration_seconds{job="probe"${matcher}}[${window}]) > ${limit}`;
    const others = own.length === 0 ? "" : `, probe!~"${own.map(({ name }) => name).join("|")}"`;
    return {
      expression: [
        slow(others, threshold),
        ...own.map(({ name, slowAfter }) => slow(`, probe="${name}"`, seconds(slowAfter ?? ""))),
      ].join("\n  or "),
      summary: "Probe {{ $labels.probe }} is slow: {{ $value | humanizeDuration }}",
      description: `Over the last ${window}, the probe {{ $labels.probe }} of {{ $labels.instance }} took {{ $value | humanizeDuration }} on average, above its threshold (${time(threshold)} unless slowAfter is set). Users of {{ $labels.service }} probably wait at least as long.`,
      dashboard: "probes",
    };
  });
}

function journeyFailed(settings: Settings): AlertingRule[] {
  return alert(settings, "JourneyFailed", () => ({
    // Only the step that failed has this value: the ones after it did not run.
    expression: 'journey_step_success{job="journey"} == 0',
    summary: "Journey {{ $labels.probe }} fails at step {{ $labels.step }}",
    description:
      "The journey {{ $labels.probe }} fails at its step {{ $labels.step }}: users of {{ $labels.service }} who do the same probably fail at this point. The journey runner's log has the reason, the response and the trace ID.",
    dashboard: "probes",
  }));
}

function certificateExpiring(settings: Settings): AlertingRule[] {
  return ([undefined, true] as const).flatMap((isWorse) =>
    alert(settings, "CertificateExpiring", ({ threshold }) => {
      return {
        expression: `${certificateDays} < ${threshold} ${isWorse ? "<" : ">="} ${urgentDays}`,
        summary:
          "Certificate of {{ $labels.instance }} {{ if lt $value 0.0 }}has expired{{ else }}expires soon{{ end }}",
        description: `The certificate that probe {{ $labels.probe }} received from {{ $labels.instance }}, or one in its chain, {{ if lt $value 0.0 }}has expired{{ else }}is about to expire{{ end }}: {{ $value | printf "%.1f" }} days left, below the threshold of ${isWorse ? Math.min(urgentDays, threshold) : threshold}. When it expires, clients refuse to connect to {{ $labels.service }}.`,
        dashboard: "probes",
        ...(isWorse && { isWorse }),
      };
    }),
  );
}
