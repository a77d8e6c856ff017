import { traitsOf } from "../../../components/platform/traits.ts";
import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { allProbes, withPort } from "../blackbox/probes.ts";
import { blackbox, probeJob } from "../blackbox/product.ts";
import { chosenCollector } from "../collector/chosen.ts";
import { type HttpConfig, httpConfig } from "../connections.ts";
import { grafana } from "../grafana/product.ts";
import {
  deployedHostExporters,
  elsewherePool,
  type HostExporterName,
  hostExporterNames,
  hostExporters,
} from "../host-exporters.ts";
import { scrapedJaegerPorts, spanMetricLabels } from "../jaeger/metrics.ts";
import { jaeger } from "../jaeger/product.ts";
import { allJourneys } from "../journeys/journeys.ts";
import { journeyRunner } from "../journeys/product.ts";
import { bracketed, publicHost } from "../links.ts";
import { hasLoki, loki } from "../loki/product.ts";
import { addressOf, type Product } from "../product.ts";
import { type ServerKind, serverExporters } from "../server-exporters.ts";
import { signInGateway } from "../sign-in-gateway/product.ts";
import { socketProxy } from "../socket-proxy/product.ts";
import { hasSocketProxy } from "../socket-proxy/socket-proxy.ts";
import { longTermOf } from "../thanos/long-term.ts";
import { thanosCompactor, thanosQuery, thanosQueryFrontend, thanosSidecar, thanosStore } from "../thanos/product.ts";
import { storeShards } from "../thanos/store-shards.ts";
import { webGateway } from "../web-gateway/product.ts";
import { hasWebGateway } from "../web-gateway/web-gateway.ts";
import { exporterHost } from "../workload-names.ts";
import { annotated, annotatedJobs, clusterJobs, type Discovery, ownPods } from "./cluster-jobs.ts";
import { connectionPlaces, connectionTo, grafanaMetrics } from "./connections.ts";
import { hostExporterJob } from "./host-exporter-job.ts";
import { prometheus } from "./product.ts";
import { type RelabelConfig, set } from "./relabelling.ts";

export interface ScrapeTarget {
  /** host:port to scrape. */
  readonly address: string;
  /** Value of the instance label, if the address is that of an exporter. */
  readonly instance?: string;
  /** Other labels of this target. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A scrape job. */
export interface ScrapeJob {
  readonly job: string;
  readonly service: string;
  readonly targets: readonly ScrapeTarget[];
  /** Targets from service discovery. */
  readonly discovery?: Discovery;
  /** Other labels of all targets. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Query parameters. */
  readonly params?: Readonly<Record<string, readonly string[]>>;
  /** job_name, if it differs from the job label. */
  readonly pool?: string;
  readonly scrapeInterval?: string | undefined;
  readonly metricsPath: string;
  readonly scheme: "http" | "https";
  /** Keeps labels of the target: metrics from logs belong to the service that wrote them. */
  readonly honorLabels?: true;
  readonly honorTimestamps?: false;
  /** Authorization and TLS config. */
  readonly http?: HttpConfig;
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
        ...outsideCluster(settings),
        ...serverJobs(settings),
        ...probes(settings),
        ...annotated(settings),
      ]
    : [
        ...ownComponents(settings),
        ...applicationJobs(settings),
        ...hostJobs(settings),
        ...serverJobs(settings),
        ...probes(settings),
      ];
  return jobs.filter(({ targets, discovery }) => targets.length > 0 || discovery !== undefined);
}

/** Jobs with static names. */
export function namedJobs(settings: Settings): ScrapeJob[] {
  return scrapeJobs(settings).filter(({ job }) => !(annotatedJobs as readonly string[]).includes(job));
}

const plain = { metricsPath: "/metrics", scheme: "http" } as const;

function ownComponents(settings: Settings): ScrapeJob[] {
  const { alerting, visualization, logs, tracing } = settings;
  const jobFor = (
    { job, ...product }: Product & { readonly job: string },
    address = addressOf(product),
  ): ScrapeJob => ({
    job,
    service: "monitoring",
    targets: [{ address }],
    ...plain,
    ...connectionTo(settings, product),
  });
  const jobs = [jobFor(prometheus, `localhost:${prometheus.port}`)];
  const longTerm = longTermOf(settings);
  if (longTerm !== undefined) {
    jobs.push(...[thanosSidecar, thanosQuery, thanosQueryFrontend, thanosCompactor].map((product) => jobFor(product)));
    const targets = storeShards(longTerm).map(({ workload }) => ({ address: addressOf({ ...thanosStore, workload }) }));
    jobs.push({ ...jobFor(thanosStore), targets });
  }
  if (alerting.enabled) jobs.push(jobFor(alertmanager));
  if (visualization.enabled) jobs.push({ ...jobFor(grafana), ...grafanaMetrics(settings) });
  if (hasLoki(settings)) jobs.push(jobFor(loki));
  if (logs.enabled) jobs.push({ ...jobFor(chosenCollector(settings)), honorLabels: true });
  if (hasSocketProxy(settings)) jobs.push(jobFor(socketProxy));
  if (hasWebGateway(settings)) jobs.push(jobFor(webGateway));
  if (settings.network.gateway.enabled) jobs.push(jobFor(signInGateway));
  if (allProbes(settings).length > 0) jobs.push(jobFor(blackbox));
  // Journeys set their own service and team labels.
  if (allJourneys(settings).length > 0) jobs.push({ ...jobFor(journeyRunner), honorLabels: true });
  if (tracing.enabled) {
    const targets = scrapedJaegerPorts.map((port) => ({ address: `${jaeger.workload}:${port}` }));
    jobs.push({ job: jaeger.job, service: "monitoring", targets, ...plain, metricRelabel: spanMetricLabels });
  }
  return jobs;
}

function applicationJobs({ applications }: Settings): ScrapeJob[] {
  return Object.entries(applications)
    .filter(([, { enabled }]) => enabled)
    .map(([job, application]) => {
      const { targets, service, scrapeInterval, metricsPath, scheme, labels, params, ...connection } = application;
      return {
        job,
        service: service ?? job,
        targets: targets.map((address) => ({ address })),
        scrapeInterval,
        metricsPath,
        scheme,
        labels,
        params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, [value].flat()])),
        ...discovered(job, application.discovery),
        http: httpConfig("application", job, connection, connectionPlaces),
      };
    });
}

function discovered(
  job: string,
  { files, srv }: Settings["applications"][string]["discovery"],
): Pick<ScrapeJob, "discovery"> {
  if (files.length + srv.length === 0) return {};
  return {
    discovery: {
      ...(files.length > 0 && { file_sd_configs: [{ files }] }),
      ...(srv.length > 0 && { dns_sd_configs: [{ names: srv, type: "SRV" }] }),
      // Overrides a job label from a file.
      relabel_configs: [set("job", job)],
    },
  };
}

function hostJobs(settings: Settings): ScrapeJob[] {
  return deployedHostExporters(settings).flatMap((name): ScrapeJob[] => {
    const own = hostExporterJob(settings, name);
    const { port, targets } = settings.exporters[name];
    const here = { address: addressOf(hostExporters[name]), instance: `${publicHost(settings)}:${port}` };
    const others = targets.map((address) => ({ address }));
    if (own.scheme === plain.scheme) return [{ ...own, targets: [here, ...others] }];
    return [{ ...own, targets: [here] }, elsewhere(settings, name)];
  });
}

/** Exporters on hosts outside the cluster. */
function outsideCluster(settings: Settings): ScrapeJob[] {
  return hostExporterNames.filter((name) => settings.exporters[name].enabled).map((name) => elsewhere(settings, name));
}

/** Exporters that the stack does not run, in a pool of their own, because they are not part of its TLS. */
function elsewhere({ exporters }: Settings, name: HostExporterName): ScrapeJob {
  const { job, service } = hostExporters[name];
  const targets = exporters[name].targets.map((address) => ({ address }));
  return { job, pool: elsewherePool(job), service, targets, ...plain };
}

function serverJobs(settings: Settings): ScrapeJob[] {
  const { exporters, platform } = settings;
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
    jobs.push({ job, service: kind, targets: all, ...plain, ...connectionTo(settings, serverExporters[kind]) });
  };
  serverJob("postgres", exporters.postgres.targets, ({ host, port }) => `${bracketed(host)}:${port}`);
  serverJob("redis", exporters.redis.targets, ({ host, port }) => `${bracketed(host)}:${port}`);
  serverJob("nginx", exporters.nginx.targets, ({ statusUrl }) => new URL(statusUrl).host);
  return jobs;
}

/** One target per probe, which blackbox_exporter runs when it is scraped. */
function probes(settings: Settings): ScrapeJob[] {
  const targets = allProbes(settings).map((probe) => ({
    address: addressOf(blackbox),
    instance: probe.address,
    labels: {
      probe: probe.name,
      service: probe.service,
      team: probe.team,
      __param_module: probe.name,
      __param_target: withPort(probe),
      __scrape_interval__: probe.every,
      // The probe's own timeout expires first.
      __scrape_timeout__: probe.every,
    },
  }));
  return [
    {
      job: probeJob,
      service: probeJob,
      targets,
      scrapeInterval: settings.probes.interval,
      ...plain,
      ...connectionTo(settings, blackbox),
      metricsPath: "/probe",
    },
  ];
}
