import * as pulumi from "@pulumi/pulumi";
import { allRules } from "../config/alerts/rule-files.ts";
import { alertmanager } from "../config/products/alertmanager/product.ts";
import { hostExporterNames } from "../config/products/host-exporters.ts";
import { tlsArguments } from "../config/products/internal-tls.ts";
import { prometheusUrl } from "../config/products/links.ts";
import { reach } from "../config/products/product.ts";
import { tokenFile, tokenPlaceholder } from "../config/products/prometheus/cluster-jobs.ts";
import { certificates, prometheusSecrets } from "../config/products/prometheus/connections.ts";
import { prometheus } from "../config/products/prometheus/product.ts";
import { renderPrometheus, replicaVariable } from "../config/products/prometheus/prometheus.ts";
import { uploadedBlocksFile } from "../config/products/thanos/arguments.ts";
import { longTermOf } from "../config/products/thanos/long-term.ts";
import { logDirectory } from "../config/settings/paths.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, httpPort, type StackContext, secretSet, tlsSet } from "./context.ts";
import { thanosSidecarOf } from "./long-term.ts";
import { addressPort, urlPort } from "./outside.ts";
import { traitsOf } from "./platform/traits.ts";
import type { ReachOutside, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Prometheus with its rules; reloads itself when a file changes. */
export class Metrics extends pulumi.ComponentResource {
  readonly url: string | undefined;

  constructor(name: string, { settings, secrets, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:metrics:Metrics", name, { retention: settings.metrics.retentionTime }, opts);
    const prometheus = platform.deploy(prometheusWorkload(settings, secrets), { parent: this });
    this.url = prometheus.url("http");
    this.registerOutputs({ url: this.url });
  }
}

function prometheusWorkload(settings: Settings, secrets: Secrets): Workload {
  const { metrics, tracing } = settings;
  const longTerm = longTermOf(settings);
  const rules = allRules(settings);
  const secretKeys = prometheusSecrets(settings);
  // Must precede the config, because its checker requires these files to exist. Read at each request.
  const before = [
    ...(secretKeys.length > 0 ? [secretSet(secrets, prometheus, "secrets", secretKeys)] : []),
    ...tlsSet(settings, secrets, prometheus),
  ];
  return {
    ...described(settings, prometheus),
    service: "monitoring",
    command: [
      "/bin/prometheus",
      "--config.file=/etc/prometheus/prometheus.yml",
      "--storage.tsdb.path=/prometheus",
      "--config.auto-reload-interval=15s",
      "--config.auto-reload",
      `--web.external-url=${prometheusUrl(settings)}`,
      // Otherwise the path of the external URL would prefix all pages and the API, also inside the stack.
      ...(new URL(prometheusUrl(settings)).pathname === "/" ? [] : ["--web.route-prefix=/"]),
      // By default, every website that a user visits can read the API.
      `--web.cors.origin=${escapeRegex(new URL(prometheusUrl(settings)).origin)}`,
      // Blocks that are not uploaded yet are not compacted, because compacted ones would not be uploaded.
      ...(longTerm === undefined ? [] : [`--storage.tsdb.delay-compact-file.path=${uploadedBlocksFile}`]),
      // Trace IDs next to samples.
      ...(tracing.enabled || metrics.remoteWrite.some(({ exemplars }) => exemplars)
        ? ["--enable-feature=exemplar-storage"]
        : []),
      ...tlsArguments(settings, prometheus),
    ],
    files: [
      ...before,
      {
        name: "config",
        directory: "/etc/prometheus",
        files: [
          renderPrometheus(
            settings,
            rules.map(({ path }) => path),
          ),
          ...rules,
          ...certificates(settings),
          ...(traitsOf(settings).discoversTargets
            ? [{ path: tokenFile, content: tokenPlaceholder, accountToken: true as const }]
            : []),
        ],
        secret: false,
        reload: { kind: "watches" },
        ...(before.length > 0 && { checkReads: before.map(({ name }) => name) }),
        check: ["/bin/promtool", "check", "config", "{directory}/prometheus.yml"],
      },
    ],
    hostPaths: targetDirectories(settings).map((directory) => ({ hostPath: directory, directory, readOnly: true })),
    volumes: [{ name: "data", directory: prometheus.dataDirectory, size: metrics.volumeSize, keep: true }],
    ports: [httpPort(settings, prometheus, metrics.port)],
    limits: metrics.limits,
    placement: "service",
    // Prometheus writes the head to disk on shutdown.
    stopGraceSeconds: 120,
    replicas: metrics.replicas,
    ...(longTerm && { sidecars: [thanosSidecarOf({ settings, secrets }, longTerm)] }),
    ownFacts: { [replicaVariable]: "replica name" },
    discovers: "scrape targets",
    scrapes: true,
    reaches: settings.alerting.enabled ? [reach(alertmanager)] : [],
    reachesOutside: [...configuredTargets(settings), ...remoteWriteEndpoints(settings)],
    openTo: [{ port: prometheus.port, who: "people" }],
  };
}

/** A regular expression that matches only this text. */
function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Directories of files with targets. */
function targetDirectories({ applications }: Settings): string[] {
  const files = Object.values(applications).flatMap(({ enabled, discovery }) => (enabled ? discovery.files : []));
  const directories = new Set(files.map(logDirectory));
  return [...directories].filter((each) => ![...directories].some((other) => each.startsWith(`${other}/`))).sort();
}

function remoteWriteEndpoints({ metrics, network }: Settings): ReachOutside[] {
  return metrics.remoteWrite.map(({ url, proxyUrl }) => ({
    what: "long-term store",
    ports: [urlPort(proxyUrl ?? url)],
    ranges: network.egress.remoteWrite,
  }));
}

/** Configured targets: applications, and exporters on other hosts. */
function configuredTargets({ applications, exporters, network }: Settings): ReachOutside[] {
  const elsewhere = hostExporterNames.map((name) => exporters[name]);
  const addresses = [...Object.values(applications), ...elsewhere].flatMap(({ enabled, targets }) =>
    enabled ? targets : [],
  );
  const ports = [...new Set(addresses.map(addressPort))];
  if (ports.length === 0) return [];
  return [{ what: "configured targets", ports: ports.sort((a, b) => a - b), ranges: network.egress.targets }];
}
