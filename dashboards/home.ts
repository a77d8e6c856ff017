import { applicationJobs } from "../config/alerts/parts.ts";
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

/** The first page: whether every part is up, what is firing, and the way to everything else. */
export function home(settings: Settings): Dashboard {
  return {
    name: "home",
    title: "White Room",
    description: "Whether every part is up, what is firing, and where to look next.",
    from: "now-1h",
    variables: [prometheusSource, cluster],
    annotations: [],
    rows: [now(settings), parts(settings), lately(settings)],
  };
}

function now(settings: Settings): Row {
  const down = stat({
    title: "Targets down",
    description:
      "Scrape targets that did not answer the last time they were asked. ServiceDown fires when one stays so.",
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
    description: "Alerts that fire now, by priority: P0 needs somebody at once, P3 is for information.",
    unit: "short",
    width: 18,
    height: 5,
    thresholdsByName: Object.fromEntries(
      bySeverity.map(([severity, priority]) => [priority, anyIs(severityColours[severity])]),
    ),
    queries: bySeverity.map(([, priority]) => instant(countOf(priority, anyService), priority)),
  });
}

/** One tile a target, by who it belongs to; a job that has no target at all is a red tile as well. */
function parts(settings: Settings): Row {
  const applications = applicationJobs(settings).map(({ job: name }) => name);
  const all = namedJobs(settings);
  const own = all.filter(({ service }) => service === "monitoring").map(({ job: name }) => name);
  const exporters = all.map(({ job: name }) => name).filter((name) => ![...applications, ...own].includes(name));
  return {
    title: "Is every part up?",
    panels: [
      tiles(settings, "Applications", "White Room's own programs.", applications),
      tiles(
        settings,
        "Hosts and servers",
        "What the exporters watch: hosts, containers, PostgreSQL, Redis, Nginx.",
        exporters,
      ),
      tiles(settings, "Monitoring", "The parts of this stack.", own),
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
        description: `${what} Green: it answered the last time it was asked. Red: it did not, or is not there at all.`,
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
      description: "How many targets of each service did not answer. A short bar is a restart, a long one an outage.",
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
      description: "Log lines of level error and critical, by service, as the collector counts them.",
      unit: "short",
      decimals: 0,
      width,
      height: 9,
      leadsToLogs: true,
      queries: [
        mayBeEmpty(
          "No service logged an error in this time.",
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
      description: "Every dashboard of White Room, and those that config adds with the same tag.",
      unit: "none",
      width,
      height: 9,
      queries: [],
    },
    tag,
  );
  return { title: "Lately", panels: settings.logs.enabled ? [down, errors, ways] : [down, ways] };
}
