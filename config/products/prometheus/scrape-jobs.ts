import { traitsOf } from "../../../components/platform/traits.ts";
import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { cadvisor } from "../cadvisor/product.ts";
import { collectorOf } from "../collector/index.ts";
import { grafana } from "../grafana/product.ts";
import { grafanaPath, publicHost } from "../links.ts";
import { loki } from "../loki/loki.ts";
import { nodeExporter } from "../node-exporter/product.ts";
import { addressOf, type Product } from "../product.ts";
import { type ServerKind, serverExporters } from "../server-exporters.ts";
import { exporterHost } from "../workload-names.ts";
import { annotated, annotatedJobs, clusterJobs, type Discovery, ownPods } from "./cluster-jobs.ts";
import { prometheus } from "./product.ts";
import type { RelabelConfig } from "./relabelling.ts";

export interface ScrapeTarget {
  /** host:port that Prometheus asks. */
  readonly address: string;
  /** Label instance, where the address would name the exporter and not what it watches. */
  readonly instance?: string;
}

/** One job of Prometheus: what it asks, how often, and the label service of all it brings. */
export interface ScrapeJob {
  readonly job: string;
  readonly service: string;
  readonly targets: readonly ScrapeTarget[];
  /** Targets that a cluster's API names. */
  readonly discovery?: Discovery;
  /** Prometheus' own name of the job, where its label job is another's. */
  readonly pool?: string;
  readonly scrapeInterval?: string | undefined;
  readonly metricsPath: string;
  readonly scheme: "http" | "https";
  /** Labels that the target itself sets win: what the collector counts belongs to the service that logged it. */
  readonly honorLabels?: true;
  readonly honorTimestamps?: false;
  /** How Prometheus shows who it is, and whom it believes. */
  readonly http?: Readonly<Record<string, unknown>>;
  /** What is stored of what a target brings. */
  readonly metricRelabel?: readonly RelabelConfig[];
}

/** Every scrape job of a stack. A part that is off, or has no target, has none. */
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

/** Jobs that are known by their name before anything is found. */
export function namedJobs(settings: Settings): ScrapeJob[] {
  return scrapeJobs(settings).filter(({ job }) => !(annotatedJobs as readonly string[]).includes(job));
}

const plain = { metricsPath: "/metrics", scheme: "http" } as const;

function ownParts(settings: Settings): ScrapeJob[] {
  const { alerting, visualization, logs } = settings;
  const part = ({ job, ...product }: Product & { readonly job: string }, address = addressOf(product)): ScrapeJob => ({
    job,
    service: "monitoring",
    targets: [{ address }],
    ...plain,
  });
  const jobs = [part(prometheus, `localhost:${prometheus.port}`)];
  if (alerting.enabled) jobs.push(part(alertmanager));
  if (visualization.enabled) jobs.push({ ...part(grafana), metricsPath: `${grafanaPath(settings)}/metrics` });
  if (logs.enabled) jobs.push(part(loki), { ...part(collectorOf(settings)), honorLabels: true });
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
  const hostJob = (part: "node" | "cadvisor", service: string, product: typeof nodeExporter | typeof cadvisor) => {
    if (!exporters[part].enabled) return [];
    const here = { address: addressOf(product), instance: `${publicHost(settings)}:${exporters[part].port}` };
    const targets = [here, ...exporters[part].targets.map((address) => ({ address }))];
    return [{ job: product.job, service, targets, ...plain }];
  };
  return [...hostJob("node", "host", nodeExporter), ...hostJob("cadvisor", "cadvisor", cadvisor)];
}

/** Hosts outside of the cluster that have exporters of their own. */
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
    kind: ServerKind,
    targets: readonly T[],
    server: (target: T) => string,
  ) => {
    if (!exporters[kind].enabled) return;
    const { job, port } = serverExporters[kind];
    const all = targets.map((target) => ({
      address: `${exporterHost(kind, target.name, platform)}:${port}`,
      instance: server(target),
    }));
    jobs.push({ job, service: kind, targets: all, ...plain });
  };
  serverJob("postgres", exporters.postgres.targets, ({ host, port }) => `${host}:${port}`);
  serverJob("redis", exporters.redis.targets, ({ host, port }) => `${host}:${port}`);
  serverJob("nginx", exporters.nginx.targets, ({ statusUrl }) => new URL(statusUrl).host);
  return jobs;
}
