import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, time } from "./expression.ts";
import { watchesApplications } from "./monitored.ts";
import { type BurnAlert, burnRanges } from "./objective-alerts.ts";
import { defaultMinimum, errorBudget, servicesWithOwn } from "./objectives.ts";
import { quantile, recordedWindow } from "./rates.ts";
import { recorded, requestFailures, requests } from "./recording.ts";

/** HTTP errors, latency, the error budget, deployments. */
export function applicationAlerts(settings: Settings): AlertingRule[] {
  if (!watchesApplications(settings)) return [];
  return [
    ...alert(settings, "HighErrorRate", ({ threshold, window }) => ({
      expression:
        window === recordedWindow
          ? `${recorded.requestFailureRatio} > ${threshold}`
          : promql`
              (${requestFailures(window)})
                / (${requests(window)} > 0)
                > ${threshold}`,
      summary: "{{ $labels.service }} returns server errors for {{ $value | humanizePercentage }} of requests",
      description: `Over the last ${window}, {{ $value | humanizePercentage }} of the requests to {{ $labels.service }} on {{ $labels.instance }} returned a 5xx status, above the threshold of ${percent(threshold)}. Users see these as failures.`,
      dashboard: "applicationPerformance",
    })),
    ...alert(settings, "HighLatencyP95", ({ threshold, window }) => ({
      expression:
        window === recordedWindow
          ? `${recorded.requestP95} > ${threshold}`
          : `(${quantile(0.95, "whiteroom_http_request_duration_seconds", window)}) > ${threshold}`,
      summary: "{{ $labels.service }} is slow: P95 is {{ $value | humanizeDuration }}",
      description: `Over the last ${window}, 5 % of the requests to {{ $labels.service }} on {{ $labels.instance }} took {{ $value | humanizeDuration }} or longer, above the threshold of ${time(threshold)}. Users experience slow responses.`,
      dashboard: "applicationPerformance",
    })),
    ...budgetBurn(settings, "ErrorBudgetBurnFast", {
      long: recorded.requestFailureRatio1h,
      short: recorded.requestFailureRatio,
      left: "At this rate, the 30-day error budget is exhausted within two days.",
    }),
    ...budgetBurn(settings, "ErrorBudgetBurnSlow", {
      long: recorded.requestFailureRatio6h,
      short: recorded.requestFailureRatio30m,
      left: "At this rate, the 30-day error budget is exhausted within five days.",
    }),
    ...budgetBurn(settings, "ErrorBudgetBurnTicket", {
      long: recorded.requestFailureRatio3d,
      short: recorded.requestFailureRatio6h,
      left: "At this rate, the 30-day error budget is used up completely within the 30 days. Not urgent, but it needs attention.",
    }),
    ...alert(settings, "DeploymentCompleted", ({ threshold }) => ({
      // A time in the future, from a wrong clock or in milliseconds, would fire until then and hide real deployments.
      expression: `time() - max by (service, cluster, env) (whiteroom_deployment_timestamp_seconds <= time()) < ${threshold}`,
      summary: "{{ $labels.service }} was deployed",
      description:
        "{{ $labels.service }} was deployed {{ $value | humanizeDuration }} ago. No action required. If another alert started since then, suspect this deployment first.",
      dashboard: "applicationPerformance",
    })),
  ];
}

interface BurnWindows {
  readonly long: string;
  /** A second, shorter range, so that the alert resolves soon after the errors stop. */
  readonly short: string;
  readonly left: string;
}

/** Burn rate of the default objective, for each instance of services without their own objective on requests. */
function budgetBurn(settings: Settings, name: BurnAlert, { long, short, left }: BurnWindows) {
  const { long: window } = burnRanges[name];
  const own = servicesWithOwn(settings);
  const others = own.length === 0 ? "" : `{service!~"${own.join("|")}"}`;
  const perSecond = window === "1h" ? recorded.requests : recorded.requests1h;
  return alert(settings, name, ({ threshold }) => ({
    expression: promql`
      ${long}${others} / ${errorBudget} > ${threshold}
        and ${short}${others} / ${errorBudget} > ${threshold}
        and avg_over_time(${perSecond}[${window}]) * ${seconds(window)} >= ${defaultMinimum.requests}`,
    summary: "{{ $labels.service }} burns its error budget {{ $value | humanize }} times too fast",
    description: `Over the last ${window}, the error rate of {{ $labels.service }} on {{ $labels.instance }} was {{ $value | humanize }} times what the 99.9 % objective allows (threshold ${threshold}). ${left}`,
    dashboard: "applicationPerformance",
  }));
}
