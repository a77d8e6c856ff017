import { traitsOf } from "../../components/platform/traits.ts";
import { products } from "../products/all.ts";
import { allProbes } from "../products/blackbox/probes.ts";
import { probeJob } from "../products/blackbox/product.ts";
import { chosenCollector } from "../products/collector/chosen.ts";
import { logFilesOf } from "../products/collector/log-files.ts";
import { elsewherePool, hostExporterNames, hostExporters } from "../products/host-exporters.ts";
import { spanPorts } from "../products/jaeger/product.ts";
import { bindAddress, isBehindSignIn } from "../products/links.ts";
import { hasLoki } from "../products/loki/product.ts";
import { demoLogVolume, demoPorts, demoTargetsBefore } from "../white-room/demo.ts";
import { applicationsFit, externalLabelsFit } from "./application-checks.ts";
import { clusterChecks } from "./cluster-checks.ts";
import { connectionsAreComplete, logsAreSent } from "./destination-checks.ts";
import { gatewayWorks } from "./gateway-checks.ts";
import { isLoopback } from "./hosts.ts";
import { journeysAreComplete } from "./journey-checks.ts";
import { logFilesAreComplete } from "./log-file-checks.ts";
import { longTermChecks } from "./long-term-checks.ts";
import { objectiveChecks } from "./objective-checks.ts";
import { oidcIsComplete } from "./oidc-checks.ts";
import { logDirectory } from "./paths.ts";
import { probesAreComplete } from "./probe-checks.ts";
import { either, type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { pagesTeam } from "./secrets.ts";
import type { PublishedComponent } from "./sections/network.ts";
import { type StackConfig, secretRemoval } from "./stack-file.ts";
import { clientKeysMatch, internalTlsWorks } from "./tls-checks.ts";
import { tracingChecks } from "./tracing-checks.ts";
import { parseQuantity, parseSize, seconds } from "./units.ts";
import { dataSourcesFit, grafanaMailWorks, homeDashboardIsDeployed, pluginsDiffer } from "./visualization-checks.ts";

type Check = (settings: Settings, config: StackConfig) => Problem[];

/** Cross-field checks. Each takes valid settings and reports every conflict. */
export const checks: readonly Check[] = [
  retentionFitsVolume,
  scrapeTimeoutFitsInterval,
  oneSlackCredential,
  oneSecurityKey,
  emailCanBeSent,
  portsDiffer,
  openComponentsStayOnLoopback,
  innerPortsDiffer,
  demoLogsMountable,
  logFilesAreComplete,
  targetsDiffer,
  demoFitsPlatform,
  viewerReplacesGrafana,
  quietHoursHaveLength,
  intervalsRepeat,
  heartbeatRepeatsInTime,
  teamsHaveReceivers,
  teamsExist,
  windowsHoldSamples,
  jobsDiffer,
  authoritiesAreUsed,
  connectionsAreComplete,
  logsAreSent,
  applicationsFit,
  externalLabelsFit,
  internalTlsWorks,
  gatewayWorks,
  oidcIsComplete,
  dataSourcesFit,
  pluginsDiffer,
  grafanaMailWorks,
  homeDashboardIsDeployed,
  clientKeysMatch,
  ...objectiveChecks,
  probesAreComplete,
  journeysAreComplete,
  ...tracingChecks,
  endpointsHaveNoBucket,
  ...longTermChecks,
  ...clusterChecks,
];

function teamsExist({ alerting, probes, slos }: Settings): Problem[] {
  const known = Object.keys(alerting.teams);
  const named = [
    ...probes.targets.map(({ team }, index) => ({ team, path: `probes.targets[${index}].team` })),
    ...probes.journeys.map(({ team }, index) => ({ team, path: `probes.journeys[${index}].team` })),
    ...slos.map(({ team }, index) => ({ team, path: `slos[${index}].team` })),
  ];
  return named
    .filter(({ team }) => !known.includes(team))
    .map(({ team, path }) => ({
      path,
      message: `team ${show(team)} is not known; use ${either(known)}, or add it to alerting.teams`,
    }));
}

function retentionFitsVolume({ metrics }: Settings): Problem[] {
  const needed = Math.ceil(((parseSize(metrics.retentionSize) ?? 0) * 1.25) / 1024 ** 3);
  if ((parseQuantity(metrics.volumeSize) ?? 0) >= (parseSize(metrics.retentionSize) ?? 0) * 1.25) return [];
  return [
    {
      path: "metrics.volumeSize",
      message: `${show(metrics.volumeSize)} is too small for metrics.retentionSize ${show(metrics.retentionSize)}; use at least "${needed}Gi"`,
    },
  ];
}

/** The clients put the bucket before the host, or after it. */
function endpointsHaveNoBucket({ logs, metrics }: Settings): Problem[] {
  const storages = {
    "logs.objectStorage": logs.enabled ? logs.objectStorage : undefined,
    "metrics.longTerm.objectStorage": metrics.longTerm?.objectStorage,
  };
  return Object.entries(storages).flatMap(([path, storage]) => {
    const [first, ...rest] = storage?.endpoint.split(".") ?? [];
    if (storage === undefined || first !== storage.bucket) return [];
    const host = rest.join(".") || "s3.eu-central-1.amazonaws.com";
    return [
      {
        path: `${path}.endpoint`,
        message: `${show(storage.endpoint)} starts with the bucket name; use "${host}"`,
      },
    ];
  });
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
      message: `${show(metrics.scrapeTimeout)} is longer than ${path} ${show(interval)}; use at most ${show(interval)}`,
    }));
}

function oneSlackCredential(_: Settings, config: StackConfig): Problem[] {
  const { secrets } = config;
  if (!secrets.has("slackBotToken") || !secrets.has("slackWebhookUrl")) return [];
  return [
    {
      path: "slackWebhookUrl",
      message: `cannot be set together with slackBotToken; keep the token, which can post to every channel, and ${secretRemoval(config, "slackWebhookUrl")}`,
    },
  ];
}

function oneSecurityKey(_: Settings, config: StackConfig): Problem[] {
  const [newKey, oldKey] = ["pagerdutyKey-security", "pagerdutySecurityKey"];
  if (!config.secrets.has(newKey) || !config.secrets.has(oldKey)) return [];
  return [
    {
      path: oldKey,
      message: `cannot be set together with ${newKey}, which replaces it; ${secretRemoval(config, oldKey)}`,
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
        'is required; set it to the host and port of the SMTP server, such as "smtp.example.com:587", or disable e-mail with alerting.email.enabled: false',
    });
  }
  if (alerting.email.to.default.length === 0) {
    problems.push({
      path: "alerting.email.to.default",
      message:
        'is empty; add the on-call addresses, such as ["oncall@example.com"], or disable e-mail with alerting.email.enabled: false',
    });
  }
  return problems;
}

/** A port that the stack publishes on the host, with the key that sets it. */
export interface PublishedPort {
  readonly path: string;
  readonly port: number;
  readonly component: PublishedComponent;
}

/** Every port the stack publishes on the host. */
export function publishedPorts(settings: Settings): PublishedPort[] {
  return configuredPorts(settings).filter(({ component }) => !isBehindSignIn(settings, component));
}

/** Those, and the ports that are not published because of `network.gateway`. */
export function configuredPorts(settings: Settings): PublishedPort[] {
  const { metrics, logs, alerting, exporters, network, tracing, visualization, demo } = settings;
  const ports: PublishedPort[] = [{ path: "metrics.port", port: metrics.port, component: "prometheus" }];
  if (alerting.enabled) ports.push({ path: "alerting.port", port: alerting.port, component: "alertmanager" });
  if (visualization.enabled || visualization.viewer.enabled)
    ports.push({
      path: "visualization.port",
      port: visualization.port,
      component: visualization.enabled ? "grafana" : "viewer",
    });
  if (logs.enabled) {
    if (hasLoki(settings)) ports.push({ path: "logs.port", port: logs.port, component: "loki" });
    const { portKey } = chosenCollector(settings);
    ports.push({ path: `logs.${portKey}`, port: logs[portKey], component: "collector" });
    if (logs.sources.syslog.enabled)
      ports.push({ path: "logs.sources.syslog.port", port: logs.sources.syslog.port, component: "syslog" });
  }
  for (const exporter of hostExporterNames) {
    if (exporters[exporter].enabled)
      ports.push({ path: `exporters.${exporter}.port`, port: exporters[exporter].port, component: "exporters" });
  }
  if (allProbes(settings).length > 0)
    ports.push({ path: "probes.port", port: settings.probes.port, component: "blackbox" });
  if (tracing.enabled) {
    ports.push({ path: "tracing.ports.ui", port: tracing.ports.ui, component: "jaeger" });
    for (const name of spanPorts)
      ports.push({ path: `tracing.ports.${name}`, port: tracing.ports[name], component: "spans" });
  }
  for (const exporter of ["postgres", "redis", "nginx"] as const) {
    if (!exporters[exporter].enabled) continue;
    exporters[exporter].targets.forEach(({ publishedPort }, index) => {
      if (publishedPort === undefined) return;
      const list = `exporters.${exporter}.targets`;
      const given = index - demoTargetsBefore(settings, list);
      const path = given < 0 ? `exporters.${exporter}.port` : `${list}[${given}].publishedPort`;
      ports.push({ path, port: publishedPort, component: "exporters" });
    });
  }
  if (network.gateway.enabled)
    ports.push({ path: "network.gateway.port", port: network.gateway.port, component: "gateway" });
  if (demo.enabled) {
    ports.push(
      { path: "demo.port", port: demo.port, component: "demo" },
      { path: "demo.notificationsPort", port: demo.notificationsPort, component: "demo" },
    );
  }
  return ports;
}

/** Docker's rules for published ports come before those of the host's firewall. */
function openComponentsStayOnLoopback(settings: Settings): Problem[] {
  const { network } = settings;
  if (!traitsOf(settings).publishesPorts) return [];
  const components = [...new Set(publishedPorts(settings).map(({ component }) => component))];
  const open = components.filter(
    (component) =>
      component !== "grafana" &&
      component !== "gateway" &&
      !network.allowUnauthenticated.includes(component) &&
      !isLoopback(bindAddress(settings, component)),
  );
  const apart = open.filter((component) => network.bindAddresses[component] !== undefined);
  const together = open.filter((component) => network.bindAddresses[component] === undefined);
  const allowed = (added: readonly string[]) =>
    `[${[...new Set([...network.allowUnauthenticated, ...added])].join(", ")}]`;
  const apartExample = network.gateway.enabled ? "gateway" : "grafana";
  const why = "without a sign-in, bypassing the host's firewall";
  return [
    ...apart.map((component) => ({
      path: `network.bindAddresses.${component}`,
      message: `${show(network.bindAddresses[component])} publishes ${component} ${why}; use "127.0.0.1", or set network.allowUnauthenticated: ${allowed(open)} if only trusted machines can reach this address`,
    })),
    ...(together.length === 0
      ? []
      : [
          {
            path: "network.bindAddress",
            message: `${show(network.bindAddress)} publishes ${together.join(", ")} ${why}; use "127.0.0.1" here and network.bindAddresses for individual components, such as ${apartExample}: ${show(network.bindAddress)}, or set network.allowUnauthenticated: ${allowed(open)} if only trusted machines can reach this address`,
          },
        ]),
  ];
}

function portsDiffer(settings: Settings): Problem[] {
  if (!traitsOf(settings).publishesPorts) return [];
  const owners = new Map<number, string>();
  const problems: Problem[] = [];
  for (const { path, port } of configuredPorts(settings)) {
    const owner = owners.get(port);
    if (owner === undefined) owners.set(port, path);
    else problems.push({ path, message: `${port} is already used by ${owner}; use another port` });
  }
  return problems;
}

/** Ports that are the same inside and outside a container must also differ from its fixed ports. */
function innerPortsDiffer(settings: Settings): Problem[] {
  const { logs, demo } = settings;
  const problems: Problem[] = [];
  const differ = (path: string, port: number, fixed: Readonly<Record<string, number>>) => {
    const owner = Object.entries(fixed).find(([, taken]) => taken === port)?.[0];
    if (owner !== undefined)
      problems.push({ path, message: `${port} is used by ${owner} in the same container; use another port` });
  };
  if (logs.enabled && logs.sources.syslog.enabled) {
    const collector = chosenCollector(settings);
    differ("logs.sources.syslog.port", logs.sources.syslog.port, { [`${collector.workload}'s UI`]: collector.port });
  }
  if (demo.enabled) {
    const { "juce-backend": backend, "swift-frontend": frontend, "audio-engine": engine, api, smtp } = demoPorts;
    const simulator = { "the demo's backend": backend, "the demo's frontend": frontend, "the demo's engine": engine };
    differ("demo.port", demo.port, { ...simulator, "the demo's API": api });
    differ("demo.notificationsPort", demo.notificationsPort, { "the demo's mail server": smtp });
  }
  return problems;
}

/** The demo's logs are mounted inside the directory of its services, which must not be read-only itself. */
function demoLogsMountable({ logs, demo }: Settings): Problem[] {
  if (!logs.enabled || !demo.enabled) return [];
  return logFilesOf(logs.sources).flatMap(({ key, paths }) =>
    paths.flatMap((path, index) =>
      demoLogVolume.directory.startsWith(`${logDirectory(path)}/`)
        ? [
            {
              path: `logs.sources.${key}.paths[${index}]`,
              message: `${show(path)} is in a directory that contains the demo's ${demoLogVolume.directory}; move the logs to another directory, or disable the demo`,
            },
          ]
        : [],
    ),
  );
}

/** Without verification, a CA would have no effect. */
function authoritiesAreUsed({ exporters }: Settings): Problem[] {
  const { postgres, redis } = exporters;
  return [
    ...postgres.targets.flatMap(({ ca, sslMode }, index) =>
      ca === undefined || sslMode.startsWith("verify-")
        ? []
        : [
            {
              path: `exporters.postgres.targets[${index}].sslMode`,
              message: `${show(sslMode)} does not verify the server with ca; use "verify-full", or remove ca`,
            },
          ],
    ),
    ...redis.targets.flatMap(({ ca, tls }, index) =>
      ca === undefined || tls
        ? []
        : [
            {
              path: `exporters.redis.targets[${index}].tls`,
              message: "false does not use ca; use true, or remove ca",
            },
          ],
    ),
  ];
}

function targetsDiffer(settings: Settings): Problem[] {
  const { alerting, metrics, logs, exporters, applications, probes } = settings;
  const lists: [string, readonly string[]][] = [
    ["metrics.remoteWrite", metrics.remoteWrite.map(({ name, url }) => name ?? url)],
    ["logs.remote", logs.remote.map(({ name }) => name)],
    ["probes.targets", probes.targets.map(({ name }) => name)],
    ["alerting.email.to.default", alerting.email.to.default],
    ...Object.entries(alerting.teams).map(([team, { email }]): [string, readonly string[]] => [
      `alerting.teams.${team}.email`,
      email,
    ]),
    ...(["postgres", "redis", "nginx"] as const).map((exporter): [string, string[]] => [
      `exporters.${exporter}.targets`,
      exporters[exporter].targets.map(({ name }) => name),
    ]),
    ...hostExporterNames.map((exporter): [string, readonly string[]] => [
      `exporters.${exporter}.targets`,
      exporters[exporter].targets,
    ]),
    ...Object.entries(applications).map(([job, { targets }]): [string, readonly string[]] => [
      `applications.${job}.targets`,
      targets,
    ]),
  ];
  return lists.flatMap(([path, targets]) => {
    const before = demoTargetsBefore(settings, path);
    const known = new Set<string>();
    return targets.flatMap((target, index) => {
      const isDuplicate = known.has(target);
      known.add(target);
      return isDuplicate
        ? [{ path: `${path}[${index - before}]`, message: `${show(target)} is a duplicate; remove or rename it` }]
        : [];
    });
  });
}

/** The demo's containers share logs through an in-memory volume, which pods cannot do. */
function demoFitsPlatform(settings: Settings): Problem[] {
  if (traitsOf(settings).sharesMemory || !settings.demo.enabled) return [];
  return [
    {
      path: "demo.enabled",
      message: "true is supported only with platform: docker; use false",
    },
  ];
}

/** Both use the same port, and the viewer's image exists only on the machine that built it. */
function viewerReplacesGrafana(settings: Settings): Problem[] {
  const { visualization } = settings;
  if (!visualization.viewer.enabled) return [];
  const path = "visualization.viewer.enabled";
  const problems: Problem[] = [];
  if (visualization.enabled) {
    problems.push({
      path,
      message:
        "true requires visualization.enabled: false, because the viewer replaces Grafana; use false, or disable Grafana",
    });
  }
  if (!traitsOf(settings).usesDockerEngine) {
    problems.push({ path, message: "true is supported only with platform: docker; use false" });
  }
  return problems;
}

function quietHoursHaveLength({ alerting }: Settings): Problem[] {
  const quiet = alerting.quietHours;
  if (quiet === undefined || quiet.start !== quiet.end) return [];
  return [
    {
      path: "alerting.quietHours.end",
      message: `${show(quiet.end)} is the same as the start; use another time, or remove quietHours`,
    },
  ];
}

/** Alertmanager repeats a notification at the first group interval after the repeat interval, so a shorter repeat interval has no effect. */
function intervalsRepeat({ alerting }: Settings): Problem[] {
  return Object.entries(alerting.waits).flatMap(([severity, { groupInterval, repeatInterval }]) =>
    severity === "heartbeat" || seconds(repeatInterval) >= seconds(groupInterval)
      ? []
      : [
          {
            path: `alerting.waits.${severity}.repeatInterval`,
            message: `${show(repeatInterval)} is shorter than groupInterval ${show(groupInterval)}; use at least ${show(groupInterval)}`,
          },
        ],
  );
}

/** Alertmanager flushes a group once per group interval. With an equal repeat interval, it would send only every second heartbeat. */
function heartbeatRepeatsInTime({ alerting }: Settings): Problem[] {
  const { groupInterval, repeatInterval } = alerting.waits.heartbeat;
  if (seconds(repeatInterval) < seconds(groupInterval)) return [];
  return [
    {
      path: "alerting.waits.heartbeat.repeatInterval",
      message: `${show(repeatInterval)} is not shorter than groupInterval ${show(groupInterval)}, so every second heartbeat would be skipped; use less than ${show(groupInterval)}`,
    },
  ];
}

/** Without a receiver, a team with its own channel would miss its alerts. */
function teamsHaveReceivers({ alerting }: Settings): Problem[] {
  if (!alerting.enabled || alerting.slack.enabled || !alerting.email.enabled) return [];
  return Object.entries(alerting.teams)
    .filter(
      ([team, { slackChannel, email, webhook, msteams }]) =>
        slackChannel !== undefined && email.length === 0 && !webhook && !msteams && !pagesTeam(alerting, team),
    )
    .map(([team]) => ({
      path: `alerting.teams.${team}.email`,
      message: `is empty and Slack is disabled, so team ${team} would get no notifications; add its addresses, or enable Slack`,
    }));
}

const builtInJobs = [...products.flatMap(({ job }) => job ?? []), probeJob];

/** Additional jobs on Kubernetes. */
const clusterJobs = [
  "kubelet",
  "apiserver",
  "kube-state-metrics",
  "kubernetes-pods",
  "kubernetes-services",
  ...Object.values(hostExporters).map(({ job }) => elsewherePool(job)),
];

/** Prometheus rejects duplicate job names. */
function jobsDiffer(settings: Settings): Problem[] {
  const taken = traitsOf(settings).discoversTargets ? [...builtInJobs, ...clusterJobs] : builtInJobs;
  return Object.keys(settings.applications)
    .filter((job) => taken.includes(job))
    .map((job) => ({
      path: `applications.${job}`,
      message: `is the name of a built-in scrape job; use another name, such as "my-${job}"`,
    }));
}

/** Range of the rates in recording rules. */
const recordedWindow = "5m";

/** A rate needs four samples in its range to survive a missed scrape, and at least 30s to be meaningful. */
function windowsHoldSamples({ metrics, alerting }: Settings): Problem[] {
  const shortest = 4 * seconds(metrics.scrapeInterval);
  const least = Math.max(30, shortest);
  const problems = Object.entries(alerting.rules).flatMap(([name, { enabled, window }]) =>
    !enabled || window === undefined || seconds(window) >= least
      ? []
      : [
          {
            path: `alerting.rules.${name}.window`,
            message: `${show(window)} is ${least === shortest ? `shorter than four times metrics.scrapeInterval ${show(metrics.scrapeInterval)}` : "too short"}; use at least "${least}s"`,
          },
        ],
  );
  if (seconds(recordedWindow) < shortest) {
    problems.push({
      path: "metrics.scrapeInterval",
      message: `${show(metrics.scrapeInterval)} is too long for the recording rules, which use a ${recordedWindow} range; use at most "75s"`,
    });
  }
  return alerting.enabled ? problems : [];
}
