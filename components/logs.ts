import { dirname } from "node:path/posix";
import * as pulumi from "@pulumi/pulumi";
import { allLogRules } from "../config/alerts/rule-files.ts";
import { alertmanager } from "../config/products/alertmanager/product.ts";
import { collectorDataDirectory } from "../config/products/collector/collector.ts";
import { collectorOf } from "../config/products/collector/index.ts";
import { journalMounts } from "../config/products/collector/journal-places.ts";
import { logFilesOf } from "../config/products/collector/log-files.ts";
import { podLogDirectory } from "../config/products/collector/pipeline.ts";
import { collectorSecrets } from "../config/products/collector/remotes.ts";
import { collectsSpans } from "../config/products/collector/spans.ts";
import { syslogProtocols } from "../config/products/collector/stream-sources.ts";
import { collectsEvents } from "../config/products/events-collector/events.ts";
import { jaeger, jaegerPorts, spanPortNames } from "../config/products/jaeger/product.ts";
import { lokiArguments, renderLoki, renderLokiLimits } from "../config/products/loki/loki.ts";
import { hasLoki, loki } from "../config/products/loki/product.ts";
import { reach } from "../config/products/product.ts";
import { proxiedSockets } from "../config/products/socket-proxy/socket-proxy.ts";
import { logDirectory } from "../config/settings/paths.ts";
import type { Settings } from "../config/settings/schema.ts";
import { demoLogVolume } from "../config/white-room/demo.ts";
import { described, httpPort, type StackContext, secretSet, tlsSet } from "./context.ts";
import { eventsWorkload } from "./events-collector.ts";
import { storageAccess } from "./object-storage.ts";
import { logsRemoteEndpoints } from "./outside.ts";
import type { FileSet, HostPath, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Loki, the log collector, and the collector of a cluster's events. */
export class Logs extends pulumi.ComponentResource {
  readonly url: string | undefined;

  constructor(name: string, { settings, secrets, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:logs:Logs", name, { collector: collectorOf(settings).workload }, opts);
    const deployed = hasLoki(settings) ? platform.deploy(lokiWorkload(settings, secrets), { parent: this }) : undefined;
    platform.deploy(collectorWorkload(settings, secrets), { parent: this });
    if (collectsEvents(settings)) platform.deploy(eventsWorkload(settings, secrets), { parent: this });
    this.url = deployed?.url("http");
    this.registerOutputs({ url: this.url });
  }
}

function lokiWorkload(settings: Settings, secrets: Secrets): Workload {
  const { logs } = settings;
  const { objectStorage } = logs;
  const access =
    objectStorage &&
    storageAccess(settings, secrets, {
      storage: objectStorage,
      set: secretSet(secrets, loki, "secrets", []),
      keys: loki.secretFiles.secrets.keys,
      path: loki.credentialsFile,
    });
  const rules = allLogRules(settings);
  const ruleSet: FileSet = {
    name: "rules",
    directory: `${loki.configDirectory}/rules`,
    files: rules.map(({ path, content }) => ({ path: path.replace(/^rules\//, ""), content })),
    secret: false,
    reload: { kind: "watches" },
  };
  return {
    ...described(settings, loki),
    service: "monitoring",
    command: ["/usr/bin/loki", `-config.file=${loki.configFile}`, ...lokiArguments(settings)],
    ...access?.workload,
    files: [
      {
        name: "config",
        // Not a parent directory of the rules, because nothing can be mounted inside a read-only mount.
        directory: `${loki.configDirectory}/config`,
        files: renderLoki(settings),
        secret: false,
        reload: { kind: "restart" },
      },
      {
        name: "limits",
        directory: dirname(loki.limitsFile),
        files: [renderLokiLimits(settings)],
        secret: false,
        reload: { kind: "watches" },
      },
      ...(rules.length > 0 ? [ruleSet] : []),
      ...(access?.files ?? []),
      ...tlsSet(settings, secrets, loki),
    ],
    volumes: [{ name: "data", directory: loki.dataDirectory, size: logs.volumeSize, keep: true }],
    scratch: [{ directory: "/tmp", size: "16Mi" }],
    ports: [httpPort(settings, loki, logs.port)],
    limits: logs.limits,
    placement: "service",
    // Pushes from the collector.
    calledByAgents: true,
    stopGraceSeconds: 60,
    replicas: logs.replicas,
    ...(logs.replicas > 1 && { ownFacts: { [loki.addressVariable]: "address" } }),
    reaches: [
      reach(alertmanager),
      ...(logs.replicas > 1 ? [loki.gossipPort, loki.grpcPort].map((port) => ({ workload: loki.workload, port })) : []),
    ],
  };
}

function collectorWorkload(settings: Settings, secrets: Secrets): Workload {
  const { logs, tracing, demo } = settings;
  const { sources } = logs;
  const spans = collectsSpans(settings) ? (["otlpGrpc", "otlpHttp"] as const) : [];
  const collector = collectorOf(settings);
  const secretKeys = collectorSecrets(settings);
  const hostPaths: HostPath[] = [];
  if (sources.journal.enabled) {
    hostPaths.push(...journalMounts(settings).map((mount) => ({ ...mount, readOnly: true })));
  }
  if (sources.pods.enabled) {
    for (const directory of [podLogDirectory, sources.pods.dockerDirectory])
      hostPaths.push({ hostPath: directory, directory, readOnly: true });
  }
  for (const directory of logDirectories(logs)) {
    if (!demo.enabled || directory !== demoLogVolume.directory)
      hostPaths.push({ hostPath: directory, directory, readOnly: true });
  }
  return {
    slot: "collector",
    ...described(settings, collector),
    service: "monitoring",
    command: [collector.program, ...collector.args],
    files: [
      ...(secretKeys.length > 0 ? [secretSet(secrets, collector, "secrets", secretKeys)] : []),
      ...tlsSet(settings, secrets, collector),
      {
        name: "config",
        directory: collector.configDirectory,
        files: collector.render(settings),
        secret: false,
        reload: { kind: "http", port: collector.port, path: collector.reloadPath },
        check: collector.check,
      },
    ],
    ports: [
      { name: "http", port: collector.port, publishedPort: logs[collector.portKey], scraped: true },
      ...(sources.syslog.enabled
        ? syslogProtocols(sources.syslog).map((protocol) => ({
            name: protocol === "tcp" ? "syslog" : "syslog-udp",
            port: sources.syslog.port,
            publishedPort: sources.syslog.port,
            ...(protocol === "udp" && { protocol: "UDP" as const }),
          }))
        : []),
      ...spans.map((name) => ({
        name: spanPortNames[name],
        port: jaegerPorts[name],
        publishedPort: tracing.ports[name],
      })),
    ],
    // Not the capability DAC_READ_SEARCH, with which it could leave its mounts and read every file of the host.
    supplementaryGroups: logs.fileGroups.map(String),
    hostPaths: withoutNested(hostPaths),
    sharedVolumes: [
      ...(demo.enabled ? [{ ...demoLogVolume, readOnly: true }] : []),
      ...(sources.containers.enabled ? [{ ...proxiedSockets, readOnly: true }] : []),
    ],
    // Read positions. A path that exists in no image, so that the volume belongs to root.
    volumes: [{ name: "positions", directory: collectorDataDirectory, size: "1Gi", keep: true }],
    scratch: [{ directory: "/tmp", size: "16Mi" }],
    limits: logs.collectorLimits,
    placement: "every-node",
    stopGraceSeconds: 15,
    ...(sources.pods.enabled && {
      discovers: "pods" as const,
      ownFacts: { [collector.hostVariable]: "host name" as const },
    }),
    reaches: [reach(loki), ...(spans.length > 0 ? [{ workload: jaeger.workload, port: jaegerPorts.otlpGrpc }] : [])],
    reachesOutside: logsRemoteEndpoints(settings),
    openTo: [
      ...(sources.syslog.enabled
        ? syslogProtocols(sources.syslog).map((protocol) => ({
            port: sources.syslog.port,
            ...(protocol === "udp" && { protocol: "UDP" as const }),
            who: "everyone" as const,
          }))
        : []),
      ...spans.map((name) => ({ port: jaegerPorts[name], who: "everyone" as const })),
    ],
  };
}

/** Nothing can be mounted inside a read-only mount; it is visible there anyway. */
function withoutNested(hostPaths: readonly HostPath[]): HostPath[] {
  const inPlace = hostPaths.filter(({ hostPath, directory }) => hostPath === directory);
  return hostPaths.filter(
    ({ hostPath, directory }) =>
      hostPath !== directory || !inPlace.some((other) => directory.startsWith(`${other.directory}/`)),
  );
}

/** Directories of all log files: the fixed prefix of each path, without nested directories. */
function logDirectories({ sources }: Settings["logs"]): string[] {
  const fixed = logFilesOf(sources)
    .flatMap(({ paths }) => paths)
    .map((path) => (path.startsWith(`${demoLogVolume.directory}/`) ? demoLogVolume.directory : logDirectory(path)));
  return [...new Set(fixed)].filter((directory) => !fixed.some((other) => directory.startsWith(`${other}/`))).sort();
}
