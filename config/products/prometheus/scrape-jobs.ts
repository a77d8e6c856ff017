import { traitsOf } from "../../../components/platform/traits.ts";
import type { Settings } from "../../settings/schema.ts";
import { grafanaPath, publicHost } from "../links.ts";
import { exporterHost, type ServerKind } from "../workload-names.ts";
import { annotated, annotatedJobs, clusterJobs, type Discovery, ownPods } from "./cluster-jobs.ts";
import type { RelabelConfig } from "./relabelling.ts";

export interface ScrapeTarget {
  /** host:port to scrape. */
  readonly address: string;
  /** Value of the instance label, if the address is that of an exporter. */
  readonly instance?: string;
}

/** A scrape job. */
export interface ScrapeJob {
  readonly job: string;
  readonly service: string;
  readonly targets: readonly ScrapeTarget[];
  /** Targets from Kubernetes service discovery. */
  readonly discovery?: Discovery;
  /** job_name, if it differs from the job label. */
  readonly pool?: string;
  readonly scrapeInterval?: string | undefined;
  readonly metricsPath: string;
  readonly scheme: "http" | "https";
  /** Keeps labels of the target: metrics from logs belong to the service that wrote them. */
  readonly honorLabels?: true;
  readonly honorTimestamps?: false;
  /** Authorization and TLS config. */
  readonly http?: Readonly<Record<string, unknown>>;
  /** Metric relabelling rules. */
  readonly metricRelabel?: readonly RelabelConfig[];
}

/** All scrape jobs of a stack. Disabled components and components without targets have none. */
export function scrapeJobs(settings: Settings): ScrapeJob[] {
  const jobs = traitsOf(settings).discoversTargets
    ? [
        ...ownPods(settings),
        ...applicationJobs(settings),
        ...clusterJobs(settings),
        ...elsewhere(settings),
        ...serverJobs(settings),
        ...annotated(settings),
      ]
    : [...ownParts(settings), ...applicationJobs(settings), ...hostJobs(settings), ...serverJobs(settings)];
  return jobs.filter(({ targets, discovery }) => targets.length > 0 || discovery !== undefined);
}

/** Jobs with static names. */
export function namedJobs(settings: Settings): ScrapeJob[] {
  return scrapeJobs(settings).filter(({ job }) => !(annotatedJobs as readonly string[]).includes(job));
}

const plain = { metricsPath: "/metrics", scheme: "http" } as const;

function ownParts(settings: Settings): ScrapeJob[] {
  const { alerting, visualization, logs } = settings;
  const part = (job: string, address: string): ScrapeJob => ({
    job,
    service: "monitoring",
    targets: [{ address }],
    ...plain,
  });
  const jobs = [part("prometheus", "localhost:9090")];
  if (alerting.enabled) jobs.push(part("alertmanager", "alertmanager:9093"));
  if (visualization.enabled) {
    jobs.push({ ...part("grafana", "grafana:3000"), metricsPath: `${grafanaPath(settings)}/metrics` });
  }
  if (logs.enabled) {
    const collector = part("collector", logs.collector === "alloy" ? "alloy:12345" : "promtail:9080");
    jobs.push(part("loki", "loki:3100"), { ...collector, honorLabels: true });
  }
  return jobs;
}

function applicationJobs({ applications }: Settings): ScrapeJob[] {
  return Object.entries(applications)
    .filter(([, { enabled }]) => enabled)
    .map(([job, { targets, service, scrapeInterval, metricsPath, scheme }]) => ({
      job,
      service: service ?? job,
      targets: targets.map((address) => ({ address })),
      scrapeInterval,
      metricsPath,
      scheme,
    }));
}

function hostJobs(settings: Settings): ScrapeJob[] {
  const { exporters } = settings;
  const hostJob = (job: "node" | "cadvisor", service: string, workload: string, port: number): ScrapeJob[] => {
    if (!exporters[job].enabled) return [];
    const here = { address: `${workload}:${port}`, instance: `${publicHost(settings)}:${exporters[job].port}` };
    return [{ job, service, targets: [here, ...exporters[job].targets.map((address) => ({ address }))], ...plain }];
  };
  return [...hostJob("node", "host", "node-exporter", 9100), ...hostJob("cadvisor", "cadvisor", "cadvisor", 8080)];
}

/** Exporters on hosts outside the cluster. */
function elsewhere({ exporters }: Settings): ScrapeJob[] {
  return (
    [
      ["node", "host"],
      ["cadvisor", "cadvisor"],
    ] as const
  )
    .filter(([job]) => exporters[job].enabled)
    .map(([job, service]) => ({
      job,
      pool: `${job}-elsewhere`,
      service,
      targets: exporters[job].targets.map((address) => ({ address })),
      ...plain,
    }));
}

function serverJobs({ exporters, platform }: Settings): ScrapeJob[] {
  const jobs: ScrapeJob[] = [];
  const serverJob = <T extends { name: string }>(
    job: ServerKind,
    port: number,
    targets: readonly T[],
    server: (target: T) => string,
  ) => {
    if (!exporters[job].enabled) return;
    const all = targets.map((target) => ({
      address: `${exporterHost(job, target.name, platform)}:${port}`,
      instance: server(target),
    }));
    jobs.push({ job, service: job, targets: all, ...plain });
  };
  serverJob("postgres", 9187, exporters.postgres.targets, ({ host, port }) => `${host}:${port}`);
  serverJob("redis", 9121, exporters.redis.targets, ({ host, port }) => `${host}:${port}`);
  serverJob("nginx", 9113, exporters.nginx.targets, ({ statusUrl }) => new URL(statusUrl).host);
  return jobs;
}
