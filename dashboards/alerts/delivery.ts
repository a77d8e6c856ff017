import { priorities, type Severity } from "../../config/alerts/catalogue.ts";
import { recorded } from "../../config/alerts/recording.ts";
import { destinations } from "../../config/products/alertmanager/destinations.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { fired, timeFiring } from "../lib/alerts.ts";
import type { Row } from "../lib/dashboard.ts";
import { instant, mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { anyIs, bad } from "../lib/thresholds.ts";
import { bars, stat, timeSeries } from "../lib/visualizations.ts";

const alertmanager = job("alertmanager");
const perReceiver = "by (receiver_name, integration)";
const sent = `sum ${perReceiver} (increase(alertmanager_notifications_total{${alertmanager}}[1h]))`;
const failed = `sum ${perReceiver} (increase(alertmanager_notifications_failed_total{${alertmanager}}[1h]))`;

const noReceiver = "No receiver is configured.";

function hasReceivers({ alerting }: Settings): boolean {
  return alerting.heartbeat.enabled || destinations(alerting, "bot").length > 0;
}

/** Notification delivery and latency. */
export function delivery(settings: Settings): Row {
  const { alerting } = settings;
  const waits = (Object.keys(priorities) as Severity[])
    .map((severity) => `${priorities[severity]} ${alerting.waits[severity].groupWait}`)
    .join(", ");
  return {
    title: "Delivery and response",
    panels: [
      timeSeries({
        title: "Response times: first delivery",
        description: `P95 of the delivery time of notifications over the last hour. Excludes the group wait before sending: ${waits}.`,
        unit: "s",
        min: 0,
        width: 8,
        queries: [
          mayBeEmpty(
            "No notifications were sent in the last hour.",
            range(`max by (integration) (${recorded.notificationP95}{${alertmanager}})`, "{{integration}}"),
          ),
        ],
      }),
      bars({
        title: "Response times: time to resolve",
        description:
          "Average time that each alert was firing in the selected time range. Alerts that are still firing count up to now.",
        unit: "s",
        decimals: 1,
        min: 0,
        width: 8,
        queries: [
          mayBeEmpty(
            "No alerts fired in this time range.",
            instant(`sort_desc(${timeFiring(settings)} / ${fired})`, "{{alertname}}"),
          ),
        ],
      }),
      stat({
        title: "Silenced and inhibited",
        description: "Active silences, and alerts that are suppressed by silences or inhibition.",
        unit: "short",
        width: 8,
        queries: [
          instant(`sum(alertmanager_silences{${alertmanager}, state="active"})`, "active silences"),
          instant(`sum(alertmanager_alerts{${alertmanager}, state="suppressed"})`, "suppressed alerts"),
        ],
      }),
      timeSeries({
        title: "Silences",
        description:
          "Active and pending silences. A silence that nobody expects may hide alerts; Alertmanager's log has the author of each one.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 24,
        height: 6,
        queries: [range(`max by (state) (alertmanager_silences{${alertmanager}, state!="expired"})`, "{{state}}")],
      }),
      table(
        {
          title: "Delivery by receiver",
          description:
            "Notifications of the last hour. Failed attempts are retried, so a few failures do not mean that a notification was lost.",
          unit: "short",
          width: 12,
          thresholds: anyIs(bad),
          alerts: ["NotificationsFailing"],
          queries: hasReceivers(settings)
            ? [rows(sent), rows(failed)]
            : [mayBeEmpty(noReceiver, rows(sent)), mayBeEmpty(noReceiver, rows(failed))],
        },
        [
          { of: "receiver_name", title: "Receiver" },
          { of: "integration", title: "By" },
          { of: 0, title: "Sent", decimals: 0 },
          { of: 1, title: "Failed", decimals: 0, coloured: true },
        ],
        { title: "Failed", descending: true },
      ),
      timeSeries(
        {
          title: "Failed notifications",
          description: "Notifications that could not be delivered, by receiver and reason.",
          unit: "short",
          decimals: 0,
          min: 0,
          width: 12,
          alerts: ["NotificationsFailing"],
          queries: [
            mayBeEmpty(
              "All notifications were delivered.",
              range(
                `sum by (receiver_name, integration, reason) (increase(alertmanager_notifications_failed_total{${alertmanager}}[$__rate_interval])) > 0`,
                "{{receiver_name}} {{integration}}: {{reason}}",
              ),
            ),
          ],
        },
        "bars",
      ),
    ],
  };
}
