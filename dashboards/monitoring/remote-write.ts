import { unsentSamples } from "../../config/alerts/remote-write.ts";
import type { Row } from "../lib/dashboard.ts";
import { range } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { timeSeries } from "../lib/visualizations.ts";

const prometheus = job("prometheus");

/** Samples per second, by endpoint. */
const rateOf = (metric: string) => `sum by (remote_name) (rate(${metric}{${prometheus}}[5m]))`;

/** Endpoints of metrics.remoteWrite. */
export const remoteWrite: Row = {
  title: "Remote write",
  panels: [
    timeSeries({
      title: "Samples not sent",
      description:
        "Samples per second, over 5 minutes, that an endpoint of metrics.remoteWrite rejected, or that Prometheus retries because it did not respond.",
      unit: "short",
      min: 0,
      width: 8,
      thresholds: { fires: "above", alerts: ["RemoteWriteFailing"] },
      alerts: ["RemoteWriteFailing"],
      queries: Object.entries(unsentSamples).map(([reason, metric]) =>
        range(rateOf(metric), `{{remote_name}}: ${reason}`),
      ),
    }),
    timeSeries({
      title: "Samples sent",
      description:
        "Samples per second, over 5 minutes, that Prometheus sends, by endpoint, including those sent again.",
      unit: "short",
      min: 0,
      width: 8,
      queries: [range(rateOf("prometheus_remote_storage_samples_total"), "{{remote_name}}")],
    }),
    timeSeries({
      title: "Samples waiting",
      description:
        "Samples waiting in the queue of an endpoint. More are kept in the write-ahead log, for about two hours.",
      unit: "short",
      min: 0,
      width: 8,
      queries: [
        range(`sum by (remote_name) (prometheus_remote_storage_samples_pending{${prometheus}})`, "{{remote_name}}"),
      ],
    }),
  ],
};
