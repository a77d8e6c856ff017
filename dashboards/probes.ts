import { probesAndJourneys, watchesJourneys, watchesProbes } from "../config/alerts/monitored.ts";
import { recorded } from "../config/alerts/recording.ts";
import { allProbes } from "../config/products/blackbox/probes.ts";
import { probeJob } from "../config/products/blackbox/product.ts";
import { journeyRunner } from "../config/products/journeys/product.ts";
import { hasLoki } from "../config/products/loki/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { instant, logLines, mayBeEmpty, range, rows } from "./lib/query.ts";
import { chosenCluster, chosenInstance } from "./lib/selectors.ts";
import { upOrDown, upOrDownTiles } from "./lib/states.ts";
import { table } from "./lib/table.ts";
import { cluster, lokiSource, prometheusSource, seriesLabel } from "./lib/variables.ts";
import { lines, stat, timeline, timeSeries } from "./lib/visualizations.ts";

/** Endpoints as seen from outside. */
export function probes(settings: Settings): Dashboard {
  return {
    name: "probes",
    title: "Probes",
    description: "Endpoints as seen from outside: status, uptime, duration by phase, certificates, journeys by step.",
    from: "now-6h",
    variables: [
      prometheusSource,
      ...(logsJourneys(settings) ? [lokiSource] : []),
      cluster,
      seriesLabel("service", "Service", `probe_success{cluster=~"$cluster", ${probesAndJourneys}}`, ".+"),
      seriesLabel(
        "instance",
        "Instance",
        `probe_success{cluster=~"$cluster", service=~"$service", ${probesAndJourneys}}`,
        ".*",
      ),
    ],
    annotations: annotations(settings),
    rows: [
      status(settings),
      ...(watchesProbes(settings) ? [duration(settings), certificates] : []),
      ...(watchesJourneys(settings) ? [journeys(settings)] : []),
    ],
  };
}

const chosen = `${chosenInstance}, job="${probeJob}"`;
const both = `${chosenInstance}, ${probesAndJourneys}`;

const success = `min by (probe) (probe_success{${both}})`;
const uptime = (series: string) => `avg by (probe, instance) (${series}{${both}})`;

/** Uptime of 99.9 % is the objective of services. */
const uptimeSteps = [
  { value: null, color: "red" },
  { value: 0.99, color: "yellow" },
  { value: 0.999, color: "green" },
];

function status(settings: Settings): Row {
  const alerts = [
    ...(watchesProbes(settings) ? ["ProbeFailed" as const] : []),
    ...(watchesJourneys(settings) ? ["JourneyFailed" as const] : []),
  ];
  return {
    title: "Status and uptime",
    panels: [
      stat(
        {
          title: "Status",
          description:
            "Green: the last probe or journey succeeded. Red: there was no response, or not the expected one.",
          unit: "short",
          width: 12,
          ...upOrDownTiles,
          alerts,
          queries: [instant(success, "{{probe}}")],
        },
        "tiles",
      ),
      table(
        {
          title: "Uptime",
          description:
            "Share of successful probes in the last 1, 7, 30 and 90 days, as far back as Prometheus keeps samples (metrics.retentionTime). A failure counts after at most 10 minutes in the first column, an hour in the second, and 6 hours in the others.",
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
        description: "When each probe and journey succeeded, and when it failed.",
        unit: "short",
        width: 24,
        ...upOrDown,
        alerts,
        queries: [range(success, "{{probe}}")],
      }),
    ],
  };
}

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
    onlySome: "The selected service has only journeys.",
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

const ofJourneys = `${chosenInstance}, job="${journeyRunner.job}"`;
const noJourneys = "The selected service has no journeys.";

/** Whether the dashboard shows the log of the journeys. */
function logsJourneys(settings: Settings): boolean {
  return watchesJourneys(settings) && hasLoki(settings) && settings.logs.sources.containers.enabled;
}

function journeys(settings: Settings): Row {
  const steps = [
    timeline({
      title: "Journeys by step",
      description: "When each step succeeded, and when it failed. A gap: an earlier step of the journey failed.",
      unit: "short",
      width: 12,
      ...upOrDown,
      alerts: ["JourneyFailed"],
      onlySome: noJourneys,
      queries: [range(`min by (probe, step) (journey_step_success{${ofJourneys}})`, "{{probe}} {{step}}")],
    }),
    timeSeries(
      {
        title: "Duration by step",
        description: "Duration of each step of the last run. The sum is the duration of the journey.",
        unit: "s",
        min: 0,
        width: 12,
        onlySome: noJourneys,
        queries: [range(`max by (probe, step) (journey_step_duration_seconds{${ofJourneys}})`, "{{probe}} {{step}}")],
      },
      "stacked",
    ),
  ];
  const failures = lines({
    title: "Failed journeys",
    description: `Step, reason and response of each failure. The trace ID leads to ${settings.tracing.enabled ? "the trace and " : ""}the log lines of the requests.`,
    unit: "none",
    width: 24,
    alerts: ["JourneyFailed"],
    queries: [
      mayBeEmpty(
        "No journey failed in this time range.",
        logLines(`{service="monitoring", ${chosenCluster}} |= "journey failed" | json | msg="journey failed"`, 100),
      ),
    ],
  });
  return { title: "Journeys", panels: [...steps, ...(logsJourneys(settings) ? [failures] : [])] };
}
