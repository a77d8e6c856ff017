import { recorded } from "../config/alerts/recording.ts";
import { allProbes } from "../config/products/blackbox/probes.ts";
import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { instant, mayBeEmpty, range, rows } from "./lib/query.ts";
import { chosenInstance } from "./lib/selectors.ts";
import { upOrDown, upOrDownTiles } from "./lib/states.ts";
import { table } from "./lib/table.ts";
import { cluster, instance, prometheusSource, service } from "./lib/variables.ts";
import { stat, timeline, timeSeries } from "./lib/visualizations.ts";

/** Endpoints as seen from outside. */
export function probes(settings: Settings): Dashboard {
  return {
    name: "probes",
    title: "Probes",
    description: "Endpoints as seen from outside: status, uptime, duration by phase, certificates.",
    from: "now-6h",
    variables: [prometheusSource, cluster, service(["probe"]), instance(["probe"])],
    annotations: annotations(settings),
    rows: [status, duration(settings), certificates],
  };
}

const chosen = `${chosenInstance}, job="probe"`;

const success = `min by (probe) (probe_success{${chosen}})`;
const uptime = (series: string) => `avg by (probe, instance) (${series}{${chosen}})`;

/** Uptime of 99.9 % is the objective of services. */
const uptimeSteps = [
  { value: null, color: "red" },
  { value: 0.99, color: "yellow" },
  { value: 0.999, color: "green" },
];

const status: Row = {
  title: "Status and uptime",
  panels: [
    stat(
      {
        title: "Status",
        description: "Green: the last probe succeeded. Red: there was no response, or not the expected one.",
        unit: "short",
        width: 12,
        ...upOrDownTiles,
        alerts: ["ProbeFailed"],
        queries: [instant(success, "{{probe}}")],
      },
      "tiles",
    ),
    table(
      {
        title: "Uptime",
        description:
          "Share of successful probes in the last 1, 7, 30 and 90 days, as far back as Prometheus keeps samples (metrics.retentionTime).",
        unit: "percentunit",
        decimals: 3,
        width: 12,
        thresholds: uptimeSteps,
        queries: [
          rows(uptime(recorded.probeUptime1d)),
          rows(uptime(recorded.probeUptime7d)),
          rows(uptime(recorded.probeUptime30d)),
          rows(uptime(recorded.probeUptime90d)),
        ],
      },
      [
        { of: "probe", title: "Probe", minWidth: 100 },
        { of: 0, title: "1 day", coloured: true },
        { of: 1, title: "7 days", coloured: true },
        { of: 2, title: "30 days", coloured: true },
        { of: 3, title: "90 days", coloured: true },
        { of: "instance", title: "Address", minWidth: 200 },
      ],
      { title: "1 day", descending: false },
    ),
    timeline({
      title: "Status over time",
      description: "When each probe succeeded, and when it failed.",
      unit: "short",
      width: 24,
      ...upOrDown,
      alerts: ["ProbeFailed"],
      queries: [range(success, "{{probe}}")],
    }),
  ],
};

/** Kinds report their phases in metrics of their own; tcp and tls report none. */
const phaseMetrics = {
  http: "probe_http_duration_seconds",
  dns: "probe_dns_duration_seconds",
  icmp: "probe_icmp_duration_seconds",
  grpc: "probe_grpc_duration_seconds",
} as const;

function duration(settings: Settings): Row {
  const kinds = new Set(allProbes(settings).map(({ kind }) => kind));
  const reported = Object.entries(phaseMetrics).flatMap(([kind, metric]) =>
    kinds.has(kind as keyof typeof phaseMetrics) ? [metric] : [],
  );
  const metrics = reported.length > 0 ? reported : [phaseMetrics.http];
  const noPhases = "Probes of kinds tcp and tls report no phases.";
  const total = timeSeries({
    title: "Duration",
    description: "Duration of each probe. The alert fires if the average of 5 minutes is above the line, or slowAfter.",
    unit: "s",
    min: 0,
    width: 12,
    alerts: ["ProbeSlow"],
    thresholds: { fires: "above", alerts: ["ProbeSlow"] },
    queries: [range(`max by (probe) (probe_duration_seconds{${chosen}})`, "{{probe}}")],
  });
  const phases = timeSeries(
    {
      title: "Duration by phase",
      description:
        "Average duration of each phase of the selected probes: for HTTP resolve (DNS), connect, tls (handshake), processing (until the first byte) and transfer. Select an instance to see its own.",
      unit: "s",
      min: 0,
      width: 12,
      onlySome: noPhases,
      queries: metrics
        .map((metric) =>
          range(
            `avg by (phase) (${metric}{${chosen}})`,
            metrics.length > 1 ? `{{phase}} (${metric.split("_")[1]})` : "{{phase}}",
          ),
        )
        .map((query) => (reported.length > 0 ? query : mayBeEmpty(noPhases, query))),
    },
    "stacked",
  );
  return { title: "Duration", panels: [total, phases] };
}

const daysLeft = `min by (probe, instance) (${recorded.certificateDays}{${chosen}})`;
const noCertificates = "The selected probes do not use TLS.";

const certificates: Row = {
  title: "Certificates",
  panels: [
    table(
      {
        title: "Certificates",
        description: "Days until the first certificate of each probed chain expires.",
        unit: "d",
        decimals: 1,
        width: 12,
        alerts: ["CertificateExpiring"],
        thresholds: { fires: "below", alerts: ["CertificateExpiring"] },
        queries: [mayBeEmpty(noCertificates, rows(daysLeft))],
      },
      [
        { of: "probe", title: "Probe" },
        { of: 0, title: "Days left", coloured: true },
        { of: "instance", title: "Address", minWidth: 250 },
      ],
      { title: "Days left", descending: false },
    ),
    timeSeries({
      title: "Days until certificates expire",
      description: "A renewal is a step up. The alert fires below the line, and is urgent below 3 days.",
      unit: "d",
      min: 0,
      width: 12,
      alerts: ["CertificateExpiring"],
      thresholds: { fires: "below", alerts: ["CertificateExpiring"] },
      queries: [mayBeEmpty(noCertificates, range(daysLeft, "{{probe}}"))],
    }),
  ],
};
