import { grafanaPath, publicHost } from "./links.ts";
import type { Settings } from "./schema.ts";
import { exporterName } from "./workload-names.ts";

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
  readonly scrapeInterval?: string | undefined;
  readonly metricsPath: string;
  readonly scheme: "http" | "https";
  /** Labels that the target itself sets win: what the collector counts belongs to the service that logged it. */
  readonly honorLabels?: true;
}

/** Every scrape job of a stack. A part that is off, or has no target, has none. */
export function scrapeJobs(settings: Settings): ScrapeJob[] {
  return [...ownParts(settings), ...applicationJobs(settings), ...exporterJobs(settings)].filter(
    ({ targets }) => targets.length > 0,
  );
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

function exporterJobs(settings: Settings): ScrapeJob[] {
  const { exporters } = settings;
  const jobs: ScrapeJob[] = [];
  const hostJob = (job: "node" | "cadvisor", service: string, workload: string, port: number) => {
    if (!exporters[job].enabled) return;
    const here = { address: `${workload}:${port}`, instance: `${publicHost(settings)}:${exporters[job].port}` };
    jobs.push({ job, service, targets: [here, ...exporters[job].targets.map((address) => ({ address }))], ...plain });
  };
  hostJob("node", "host", "node-exporter", 9100);
  hostJob("cadvisor", "cadvisor", "cadvisor", 8080);
  const serverJob = <T extends { name: string }>(
    job: "postgres" | "redis" | "nginx",
    port: number,
    targets: readonly T[],
    server: (target: T) => string,
  ) => {
    if (!exporters[job].enabled) return;
    const all = targets.map((target) => ({
      address: `${exporterName(job, target.name)}:${port}`,
      instance: server(target),
    }));
    jobs.push({ job, service: job, targets: all, ...plain });
  };
  serverJob("postgres", 9187, exporters.postgres.targets, ({ host, port }) => `${host}:${port}`);
  serverJob("redis", 9121, exporters.redis.targets, ({ host, port }) => `${host}:${port}`);
  serverJob("nginx", 9113, exporters.nginx.targets, ({ statusUrl }) => new URL(statusUrl).host);
  return jobs;
}
