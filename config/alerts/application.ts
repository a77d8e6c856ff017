import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import type { AlertName } from "./catalogue.ts";
import { percent, promql, time } from "./expression.ts";
import { watchesApplications } from "./parts.ts";
import { quantile, recorded, recordedWindow, requestFailures, requests } from "./recording.ts";

/** Share of requests that may fail: the service level objective is 99.9 % of requests answered without a server error. */
export const errorBudget = 0.001;

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
      summary: "{{ $labels.service }} answers {{ $value | humanizePercentage }} of requests with a server error",
      description: `Over the last ${window} {{ $value | humanizePercentage }} of the requests to {{ $labels.service }} on {{ $labels.instance }} ended in a 5xx, above ${percent(threshold)}. Users see these as failures.`,
      dashboard: "applicationPerformance",
    })),
    ...alert(settings, "HighLatencyP95", ({ threshold, window }) => ({
      expression:
        window === recordedWindow
          ? `${recorded.requestP95} > ${threshold}`
          : `(${quantile(0.95, "whiteroom_http_request_duration_seconds", window)}) > ${threshold}`,
      summary: "{{ $labels.service }} is slow: P95 is {{ $value | humanizeDuration }}",
      description: `Over the last ${window} one request in twenty to {{ $labels.service }} on {{ $labels.instance }} took {{ $value | humanizeDuration }} or longer, above ${time(threshold)}. Users wait.`,
      dashboard: "applicationPerformance",
    })),
    ...budgetBurn(settings, "ErrorBudgetBurnFast", {
      long: ["1h", recorded.requestFailureRatio1h],
      short: recorded.requestFailureRatio,
      left: "At this pace the budget of 30 days is gone in two days or sooner.",
    }),
    ...budgetBurn(settings, "ErrorBudgetBurnSlow", {
      long: ["6h", recorded.requestFailureRatio6h],
      short: recorded.requestFailureRatio30m,
      left: "At this pace the budget of 30 days is gone in five days or sooner.",
    }),
    ...budgetBurn(settings, "ErrorBudgetBurnTicket", {
      long: ["3d", recorded.requestFailureRatio3d],
      short: recorded.requestFailureRatio6h,
      left: "At this pace nothing of the budget is left after 30 days. It is not urgent, but does not go away.",
    }),
    ...alert(settings, "DeploymentCompleted", ({ threshold }) => ({
      expression: `time() - max by (service, cluster, env) (whiteroom_deployment_timestamp_seconds) < ${threshold}`,
      summary: "{{ $labels.service }} was deployed",
      description:
        "A deployment of {{ $labels.service }} ended {{ $value | humanizeDuration }} ago. Nothing to do; if another alert began since then, suspect it first.",
      dashboard: "applicationPerformance",
    })),
  ];
}

interface BurnWindows {
  readonly long: readonly [window: string, ratio: string];
  /** A shorter range beside the long one, so that the alert ends soon after the errors do. */
  readonly short: string;
  readonly left: string;
}

type BudgetAlert = Extract<AlertName, `ErrorBudgetBurn${string}`>;

function budgetBurn(settings: Settings, name: BudgetAlert, { long: [window, ratio], short, left }: BurnWindows) {
  return alert(settings, name, ({ threshold }) => ({
    expression: promql`
      ${ratio} / ${errorBudget} > ${threshold}
        and ${short} / ${errorBudget} > ${threshold}`,
    summary: "{{ $labels.service }} burns its error budget {{ $value | humanize }} times too fast",
    description: `Over the last ${window} {{ $labels.service }} on {{ $labels.instance }} failed requests {{ $value | humanize }} times as often as the 99.9 % objective allows (limit ${threshold}). ${left}`,
    dashboard: "applicationPerformance",
  }));
}
