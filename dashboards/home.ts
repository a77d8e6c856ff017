import { applicationJobs } from "../config/alerts/monitored.ts";
import { probeJob } from "../config/products/blackbox/product.ts";
import { namedJobs } from "../config/products/prometheus/scrape-jobs.ts";
import type { Settings } from "../config/settings/schema.ts";
import { anyService, bySeverity, countOf } from "./lib/alerts.ts";
import { type Dashboard, type Row, tag } from "./lib/dashboard.ts";
import type { Panel } from "./lib/panel.ts";
import { instant, mayBeEmpty, range } from "./lib/query.ts";
import { chosenCluster, job } from "./lib/selectors.ts";
import { answers, upOrDownTiles } from "./lib/states.ts";
import { anyIs, bad, severityColours } from "./lib/thresholds.ts";
import { cluster, prometheusSource } from "./lib/variables.ts";
import { dashboardList, stat, timeSeries } from "./lib/visualizations.ts";

/** Overview: status of all components, firing alerts, links to all dashboards. */
export function home(settings: Settings): Dashboard {
  return {
    name: "home",
    title: "White Room",
    description: "Status of all components, firing alerts, and links to all dashboards.",
    from: "now-1h",
    variables: [prometheusSource, cluster],
    annotations: [],
    rows: [now(settings), components(settings), lately(settings)],
  };
}

function now(settings: Settings): Row {
  const down = stat({
    title: "Targets down",
    description: "Scrape targets whose last scrape failed. ServiceDown fires if a target stays down.",
    unit: "short",
    width: settings.alerting.enabled ? 6 : 24,
    height: 5,
    thresholds: anyIs(bad),
    alerts: ["ServiceDown", "ServiceAbsent"],
    queries: [instant(`count(up{${chosenCluster}, job=~".+"} == 0) or vector(0)`, "down")],
  });
  return { title: "Now", panels: settings.alerting.enabled ? [down, firingNow()] : [down] };
}

function firingNow(): Panel {
  return stat({
    title: "Alerts firing",
    description: "Firing alerts by priority. P0 needs immediate action, P3 is informational.",
    unit: "short",
    width: 18,
    height: 5,
    thresholdsByName: Object.fromEntries(
      bySeverity.map(([severity, priority]) => [priority, anyIs(severityColours[severity])]),
    ),
    queries: bySeverity.map(([, priority]) => instant(countOf(priority, anyService), priority)),
  });
}

/** One tile per target, grouped by owner. A job without targets is a red tile too. */
function components(settings: Settings): Row {
  const applications = applicationJobs(settings).map(({ job: name }) => name);
  // Probes have a dashboard.
  const all = namedJobs(settings).filter(({ job: name }) => name !== probeJob);
  const own = all.filter(({ service }) => service === "monitoring").map(({ job: name }) => name);
  const exporters = all.map(({ job: name }) => name).filter((name) => ![...applications, ...own].includes(name));
  return {
    title: "Is every part up?",
    panels: [
      tiles(settings, "Applications", "White Room services.", applications),
      tiles(
        settings,
        "Hosts and servers",
        "Hosts, containers, PostgreSQL, Redis and Nginx, as monitored by exporters.",
        exporters,
      ),
      tiles(settings, "Monitoring", "Components of this stack.", own),
    ].flat(),
  };
}

function tiles(settings: Settings, title: string, what: string, jobs: readonly string[]): Panel[] {
  if (jobs.length === 0) return [];
  const missing = jobs.map((name) => `absent(up{${job(name)}}) - 1`);
  return [
    stat(
      {
        title,
        description: `${what} Green: the last scrape succeeded. Red: it failed, or the target is missing.`,
        unit: "short",
        width: 8,
        height: 9,
        ...upOrDownTiles,
        alerts: ["ServiceDown"],
        queries: [
          instant(
            `label_replace(${[`min by (job, instance) (${answers(settings, job(...jobs))})`, ...missing].join(" or ")}, "host", "$1", "instance", "(.*?)(:[0-9]+)?")`,
            "{{job}} {{host}}",
          ),
        ],
      },
      "tiles",
    ),
  ];
}

function lately(settings: Settings): Row {
  const width = settings.logs.enabled ? 8 : 12;
  const down = timeSeries(
    {
      title: "Targets down over time",
      description: "Number of targets that are down, by service. A short bar is a restart, a long one an outage.",
      unit: "short",
      decimals: 0,
      min: 0,
      width,
      height: 9,
      leadsToLogs: true,
      queries: [range(`sum by (service) (up{${chosenCluster}, job=~".+"} == bool 0)`, "{{service}}")],
    },
    "bars",
  );
  const errors = timeSeries(
    {
      title: "Error lines in logs",
      description: "Log lines with level error or critical, by service.",
      unit: "short",
      decimals: 0,
      width,
      height: 9,
      leadsToLogs: true,
      queries: [
        mayBeEmpty(
          "No errors were logged in this time range.",
          range(
            `sum by (service) (increase(whiteroom_log_lines_total{${job("collector")}, level=~"error|critical"}[$__rate_interval])) > 0`,
            "{{service}}",
          ),
        ),
      ],
    },
    "bars",
  );
  const ways = dashboardList(
    {
      title: "Dashboards",
      description: "All White Room dashboards, and added dashboards with the same tag.",
      unit: "none",
      width,
      height: 9,
      queries: [],
    },
    tag,
  );
  return { title: "Lately", panels: settings.logs.enabled ? [down, errors, ways] : [down, ways] };
}
