import { traitsOf } from "../../components/platform/traits.ts";
import { products } from "../products/all.ts";
import { collectorOf } from "../products/collector/index.ts";
import { clusterChecks } from "./cluster-checks.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { demoTarget } from "./secrets.ts";
import { configCommand, type StackConfig } from "./stack-file.ts";
import { parseQuantity, parseSize, seconds } from "./units.ts";

type Check = (settings: Settings, config: StackConfig) => Problem[];

/** What one key alone cannot show: keys that must fit each other. Each check reads valid settings and reports every misfit. */
export const checks: readonly Check[] = [
  retentionFitsVolume,
  scrapeTimeoutFitsInterval,
  oneSlackWay,
  emailCanBeSent,
  portsDiffer,
  targetsDiffer,
  demoFitsPlatform,
  viewerTakesGrafanasPlace,
  quietHoursHaveLength,
  intervalsRepeat,
  heartbeatRepeats,
  teamsHaveReceivers,
  windowsHoldSamples,
  jobsDiffer,
  ...clusterChecks,
];

function retentionFitsVolume({ metrics }: Settings): Problem[] {
  const needed = Math.ceil(((parseSize(metrics.retentionSize) ?? 0) * 1.25) / 1024 ** 3);
  if ((parseQuantity(metrics.volumeSize) ?? 0) >= (parseSize(metrics.retentionSize) ?? 0) * 1.25) return [];
  return [
    {
      path: "metrics.volumeSize",
      message: `${show(metrics.volumeSize)} is too small for metrics.retentionSize ${show(metrics.retentionSize)}: write at least "${needed}Gi"`,
    },
  ];
}

function scrapeTimeoutFitsInterval({ metrics, applications }: Settings): Problem[] {
  const intervals: [string, string][] = [
    ["metrics.scrapeInterval", metrics.scrapeInterval],
    ...Object.entries(applications).flatMap(([job, { scrapeInterval }]): [string, string][] =>
      scrapeInterval === undefined ? [] : [[`applications.${job}.scrapeInterval`, scrapeInterval]],
    ),
  ];
  return intervals
    .filter(([, interval]) => seconds(metrics.scrapeTimeout) > seconds(interval))
    .map(([path, interval]) => ({
      path: "metrics.scrapeTimeout",
      message: `${show(metrics.scrapeTimeout)} is longer than ${path} ${show(interval)}: write at most ${show(interval)}`,
    }));
}

function oneSlackWay(_: Settings, config: StackConfig): Problem[] {
  const { secrets } = config;
  if (!secrets.has("slackBotToken") || !secrets.has("slackWebhookUrl")) return [];
  return [
    {
      path: "slackWebhookUrl",
      message: `is set beside slackBotToken, and only one can be used: keep the token, which reaches every channel, and write \`${configCommand(config, "rm slackWebhookUrl")}\``,
    },
  ];
}

function emailCanBeSent({ alerting }: Settings): Problem[] {
  if (!alerting.enabled || !alerting.email.enabled) return [];
  const problems: Problem[] = [];
  if (alerting.email.smarthost === undefined) {
    problems.push({
      path: "alerting.email.smarthost",
      message:
        'is missing: write the SMTP server as host and port, such as "smtp.example.com:587", or switch e-mail off with alerting.email.enabled: false',
    });
  }
  if (alerting.email.to.default.length === 0) {
    problems.push({
      path: "alerting.email.to.default",
      message:
        'is empty: write who is on call, such as ["oncall@example.com"], or switch e-mail off with alerting.email.enabled: false',
    });
  }
  return problems;
}

/** Every port the stack publishes on the host, with the key that sets it. */
export function publishedPorts(settings: Settings): { path: string; port: number }[] {
  const { metrics, logs, alerting, exporters, visualization, demo } = settings;
  const ports = [{ path: "metrics.port", port: metrics.port }];
  if (alerting.enabled) ports.push({ path: "alerting.port", port: alerting.port });
  if (visualization.enabled || visualization.viewer.enabled)
    ports.push({ path: "visualization.port", port: visualization.port });
  if (logs.enabled) {
    ports.push({ path: "logs.port", port: logs.port });
    const { portKey } = collectorOf(settings);
    ports.push({ path: `logs.${portKey}`, port: logs[portKey] });
    if (logs.sources.syslog.enabled) ports.push({ path: "logs.sources.syslog.port", port: logs.sources.syslog.port });
  }
  for (const part of ["node", "cadvisor"] as const) {
    if (exporters[part].enabled) ports.push({ path: `exporters.${part}.port`, port: exporters[part].port });
  }
  for (const part of ["postgres", "redis", "nginx"] as const) {
    if (!exporters[part].enabled) continue;
    exporters[part].targets.forEach(({ name, publishedPort }, index) => {
      if (publishedPort === undefined) return;
      const path = name === demoTarget ? `exporters.${part}.port` : `exporters.${part}.targets[${index}].publishedPort`;
      ports.push({ path, port: publishedPort });
    });
  }
  if (demo.enabled) {
    ports.push(
      { path: "demo.port", port: demo.port },
      { path: "demo.notificationsPort", port: demo.notificationsPort },
    );
  }
  return ports;
}

function portsDiffer(settings: Settings): Problem[] {
  if (!traitsOf(settings).publishesPorts) return [];
  const owners = new Map<number, string>();
  const problems: Problem[] = [];
  for (const { path, port } of publishedPorts(settings)) {
    const owner = owners.get(port);
    if (owner === undefined) owners.set(port, path);
    else problems.push({ path, message: `${port} is taken by ${owner}: write another port` });
  }
  return problems;
}

function targetsDiffer({ metrics, exporters, applications }: Settings): Problem[] {
  const lists: [string, readonly string[]][] = [
    ["metrics.remoteWrite", metrics.remoteWrite.map(({ url }) => url)],
    ...(["postgres", "redis", "nginx"] as const).map((part): [string, string[]] => [
      `exporters.${part}.targets`,
      exporters[part].targets.map(({ name }) => name),
    ]),
    ...(["node", "cadvisor"] as const).map((part): [string, readonly string[]] => [
      `exporters.${part}.targets`,
      exporters[part].targets,
    ]),
    ...Object.entries(applications).map(([job, { targets }]): [string, readonly string[]] => [
      `applications.${job}.targets`,
      targets,
    ]),
  ];
  return lists.flatMap(([path, targets]) =>
    targets.flatMap((target, index) =>
      targets.indexOf(target) === index
        ? []
        : [{ path: `${path}[${index}]`, message: `${show(target)} is there twice: remove one or rename it` }],
    ),
  );
}

/** Its programs read each other's logs from one directory in memory, which pods cannot share. */
function demoFitsPlatform(settings: Settings): Problem[] {
  if (traitsOf(settings).sharesMemory || !settings.demo.enabled) return [];
  return [
    {
      path: "demo.enabled",
      message: "true is for platform docker only: write false, or platform: docker",
    },
  ];
}

/** Both would publish the same port, and the viewer's image is on the machine that built it only. */
function viewerTakesGrafanasPlace(settings: Settings): Problem[] {
  const { visualization } = settings;
  if (!visualization.viewer.enabled) return [];
  const path = "visualization.viewer.enabled";
  const problems: Problem[] = [];
  if (visualization.enabled) {
    problems.push({
      path,
      message: "true is for stacks without Grafana: write false, or visualization.enabled: false",
    });
  }
  if (!traitsOf(settings).usesDockerEngine) {
    problems.push({ path, message: "true is for platform docker only: write false, or platform: docker" });
  }
  return problems;
}

function quietHoursHaveLength({ alerting }: Settings): Problem[] {
  const quiet = alerting.quietHours;
  if (quiet === undefined || quiet.start !== quiet.end) return [];
  return [
    {
      path: "alerting.quietHours.end",
      message: `${show(quiet.end)} equals the start: write another time, or leave quietHours out`,
    },
  ];
}

/** Alertmanager repeats at the first group interval after the repeat interval has passed: one it never reaches is an error. */
function intervalsRepeat({ alerting }: Settings): Problem[] {
  return Object.entries(alerting.waits).flatMap(([severity, { groupInterval, repeatInterval }]) =>
    severity === "heartbeat" || seconds(repeatInterval) >= seconds(groupInterval)
      ? []
      : [
          {
            path: `alerting.waits.${severity}.repeatInterval`,
            message: `${show(repeatInterval)} is shorter than groupInterval ${show(groupInterval)}: write at least ${show(groupInterval)}`,
          },
        ],
  );
}

/** Alertmanager looks at a group once a group interval: with a repeat interval as long it beats every second time only. */
function heartbeatRepeats({ alerting }: Settings): Problem[] {
  const { groupInterval, repeatInterval } = alerting.waits.heartbeat;
  if (seconds(repeatInterval) < seconds(groupInterval)) return [];
  return [
    {
      path: "alerting.waits.heartbeat.repeatInterval",
      message: `${show(repeatInterval)} is not shorter than groupInterval ${show(groupInterval)}, and every second beat would be missing: write less than ${show(groupInterval)}`,
    },
  ];
}

/** A team that is told nowhere would not notice its own alerts. */
function teamsHaveReceivers({ alerting }: Settings): Problem[] {
  if (!alerting.enabled || alerting.slack.enabled || !alerting.email.enabled) return [];
  return (["security", "database"] as const)
    .filter((team) => alerting.email.to[team].length === 0 && !(team === "security" && alerting.pagerduty.enabled))
    .map((team) => ({
      path: `alerting.email.to.${team}`,
      message: `is empty, and with Slack off nothing reaches team ${team}: write its addresses, or switch Slack on`,
    }));
}

const ownJobs = products.flatMap(({ job }) => job ?? []);

/** Further ones of a cluster. */
const clusterJobs = [
  "kubelet",
  "apiserver",
  "kube-state-metrics",
  "kubernetes-pods",
  "kubernetes-services",
  "node-elsewhere",
  "cadvisor-elsewhere",
];

/** Prometheus takes no two jobs of one name. */
function jobsDiffer(settings: Settings): Problem[] {
  const taken = traitsOf(settings).discoversTargets ? [...ownJobs, ...clusterJobs] : ownJobs;
  return Object.keys(settings.applications)
    .filter((job) => taken.includes(job))
    .map((job) => ({
      path: `applications.${job}`,
      message: `is the name of one of the stack's own scrape jobs: write another, such as "my-${job}"`,
    }));
}

/** The range that recording rules take rates over. */
const recordedWindow = "5m";

/** A rate needs four samples in its range to outlive one missed scrape, and half a minute to mean anything. */
function windowsHoldSamples({ metrics, alerting }: Settings): Problem[] {
  const shortest = 4 * seconds(metrics.scrapeInterval);
  const least = Math.max(30, shortest);
  const problems = Object.entries(alerting.rules).flatMap(([name, { enabled, window }]) =>
    !enabled || window === undefined || seconds(window) >= least
      ? []
      : [
          {
            path: `alerting.rules.${name}.window`,
            message: `${show(window)} is ${least === shortest ? `shorter than four times metrics.scrapeInterval ${show(metrics.scrapeInterval)}` : "too short"}: write at least "${least}s"`,
          },
        ],
  );
  if (seconds(recordedWindow) < shortest) {
    problems.push({
      path: "metrics.scrapeInterval",
      message: `${show(metrics.scrapeInterval)} is too long for the recording rules, which look back over ${recordedWindow}: write at most "75s"`,
    });
  }
  return alerting.enabled ? problems : [];
}
