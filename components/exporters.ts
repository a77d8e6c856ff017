import * as pulumi from "@pulumi/pulumi";
import { deployedHostExporters, type HostExporterName, hostExporters } from "../config/products/host-exporters.ts";
import { internalUrl, tlsArguments } from "../config/products/internal-tls.ts";
import { stateResources } from "../config/products/kube-state-metrics/kube-state-metrics.ts";
import { kubeStateMetrics } from "../config/products/kube-state-metrics/product.ts";
import { bracketed } from "../config/products/links.ts";
import type { HostExporter, Product } from "../config/products/product.ts";
import { clusterMetrics } from "../config/products/prometheus/cluster-metrics.ts";
import { type ServerKind, serverExporters } from "../config/products/server-exporters.ts";
import { socketProxy } from "../config/products/socket-proxy/product.ts";
import { proxiedContainerd, proxiedDocker, proxiedSockets } from "../config/products/socket-proxy/socket-proxy.ts";
import { exporterFamily, exporterName } from "../config/products/workload-names.ts";
import type { ExportersSettings, Settings } from "../config/settings/schema.ts";
import { usualDocker } from "../config/settings/sections/docker.ts";
import { described, type StackContext, secretSet, tlsSet } from "./context.ts";
import { urlPort } from "./outside.ts";
import type { FileSet, ReachOutside, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Exporters for the host, its containers, and each configured PostgreSQL, Redis and Nginx server. */
export class Exporters extends pulumi.ComponentResource {
  constructor(name: string, { settings, secrets, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:exporters:Exporters", name, {}, opts);
    const { kubeStateMetrics: states, postgres, redis, nginx } = settings.exporters;
    const workloads = [
      ...deployedHostExporters(settings).map((exporter) => {
        const workload = hostExporter(exporter, settings, secrets);
        return { ...workload, ...additions[exporter]?.(settings, workload) };
      }),
      ...(states.enabled ? [stateMetrics(settings, secrets)] : []),
      ...(postgres.enabled ? postgres.targets.map((target) => postgresExporter(settings, secrets, target)) : []),
      ...(redis.enabled ? redis.targets.map((target) => redisExporter(settings, secrets, target)) : []),
      ...(nginx.enabled ? nginx.targets.map((target) => nginxExporter(settings, secrets, target)) : []),
    ];
    for (const workload of workloads) platform.deploy(workload, { parent: this });
    this.registerOutputs({});
  }
}

/** The workload of a host exporter, from its descriptor alone. */
function hostExporter(name: HostExporterName, settings: Settings, secrets: Secrets): Workload {
  const product: HostExporter = hostExporters[name];
  const { port, limits } = settings.exporters[name];
  return {
    ...described(settings, product),
    service: "monitoring",
    command: [...product.command, ...tlsArguments(settings, product)],
    files: tlsSet(settings, secrets, product),
    ports: [{ name: "http", port: product.port, publishedPort: port, scraped: true }],
    limits,
    placement: product.placement,
    stopGraceSeconds: 5,
  };
}

/** Arguments that depend on the settings, and access to the host, for the exporters that need them. */
const additions: Partial<Record<HostExporterName, (settings: Settings, workload: Workload) => Partial<Workload>>> = {
  node: nodeAdditions,
  cadvisor: cadvisorAdditions,
};

function nodeAdditions({ docker, exporters }: Settings, { command }: Workload): Partial<Workload> {
  const directories = [...new Set([docker.dataDirectory, usualDocker.dataDirectory, "/var/lib/containerd"])];
  const ofContainers = directories.map((directory) => `${directory.slice(1).replaceAll(".", "[.]")}/.+`);
  return {
    command: [
      ...command,
      "--path.rootfs=/host",
      "--path.procfs=/host/proc",
      "--path.sysfs=/host/sys",
      // These would report the container's network; cAdvisor reports the host's.
      "--no-collector.netclass",
      "--no-collector.netdev",
      `--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys|etc/(hostname|hosts|resolv.conf)|${ofContainers.join("|")}|(.+/)?kubelet/(pods|plugins)/.+)($|/)`,
    ],
    // It reports the host's filesystems and devices. Mount options are only visible through the host's init process: inside
    // the container, the host's root is read-only.
    hostPid: true,
    hostPaths: [
      {
        hostPath: "/",
        directory: "/host",
        readOnly: true,
        ...(exporters.node.rslave && { propagation: "rslave" as const }),
      },
    ],
  };
}

function cadvisorAdditions(settings: Settings, { command }: Workload): Partial<Workload> {
  const { dataDirectory } = settings.docker;
  return {
    command: [
      "/bin/sh",
      "-c",
      // cAdvisor looks for Docker only once, when it starts.
      `until wget -q -T 3 -O /dev/null ${internalUrl(settings, socketProxy)}${socketProxy.probe.path}; do sleep 1; done; exec ${command.join(" ")} "$@"`,
      "cadvisor",
      `--port=${hostExporters.cadvisor.port}`,
      "--logtostderr",
      "--docker_only=true",
      `--docker=unix://${proxiedDocker}`,
      // With the containerd image store, cAdvisor discovers containers only through this socket; /healthz returns 200 either
      // way.
      `--containerd=${proxiedContainerd}`,
      "--housekeeping_interval=10s",
      "--store_container_labels=false",
      "--whitelisted_container_labels=white-room.service,white-room.workload",
      "--disable_metrics=advtcp,cpu_topology,cpuset,hugetlb,memory_numa,percpu,process,referenced_memory,resctrl,sched,tcp,udp",
    ],
    sharedVolumes: [{ ...proxiedSockets, readOnly: true }],
    // Not "/" and "/var/run", which contain the sockets of Docker and containerd. It looks for processes and for the sizes of
    // containers below /rootfs.
    hostPaths: [
      { hostPath: "/proc", directory: "/rootfs/proc", readOnly: true },
      { hostPath: "/sys", directory: "/sys", readOnly: true },
      { hostPath: dataDirectory, directory: dataDirectory, readOnly: true },
      { hostPath: dataDirectory, directory: `/rootfs${dataDirectory}`, readOnly: true },
    ],
  };
}

/** kube-state-metrics. A single replica: two would duplicate every series, and a new one is complete within seconds. */
function stateMetrics(settings: Settings, secrets: Secrets): Workload {
  const { port, telemetryPort } = kubeStateMetrics;
  return {
    ...described(settings, { ...kubeStateMetrics, port: telemetryPort }),
    service: "monitoring",
    command: [
      "/kube-state-metrics",
      `--port=${port}`,
      `--telemetry-port=${telemetryPort}`,
      // Label with the service of a pod.
      "--metric-labels-allowlist=pods=[app.kubernetes.io/name]",
      // Other metrics would be dropped after the scrape, but count towards its size limit.
      `--metric-allowlist=${clusterMetrics.kubeStateMetrics.join(",")}`,
      `--resources=${Object.values(stateResources).flat().sort().join(",")}`,
      ...tlsArguments(settings, kubeStateMetrics),
    ],
    files: tlsSet(settings, secrets, kubeStateMetrics),
    ports: [
      { name: "http", port, scraped: true },
      { name: "telemetry", port: telemetryPort, scraped: true },
    ],
    limits: settings.exporters.kubeStateMetrics.limits,
    placement: "service",
    stopGraceSeconds: 10,
    discovers: "cluster state",
  };
}

type Target<Kind extends ServerKind> = ExportersSettings[Kind]["targets"][number];

/** Common parts of the server exporters. */
function serverExporter(
  kind: ServerKind,
  settings: Settings,
  { name, publishedPort }: { readonly name: string; readonly publishedPort?: number | undefined },
) {
  const { limits } = settings.exporters[kind];
  const product: Product = serverExporters[kind];
  return {
    ...described(settings, product),
    name: exporterName(kind, name),
    family: exporterFamily(kind),
    service: "monitoring",
    ports: [{ name: "http", port: product.port, scraped: true, ...(publishedPort !== undefined && { publishedPort }) }],
    limits,
    placement: "service",
    stopGraceSeconds: 5,
  } as const;
}

/** The server that an exporter connects to. */
function server(
  { network }: Settings,
  kind: string,
  { name }: { readonly name: string },
  port: number,
): ReachOutside[] {
  return [{ what: `${kind} ${name}`, ports: [port], ranges: network.egress.targets }];
}

const caDirectory = "/etc/exporter/tls";
const caFile = `${caDirectory}/ca.pem`;

/** The authorities that a server's certificate is verified with. */
function authorities(ca: string | undefined): FileSet[] {
  if (ca === undefined) return [];
  const files = [{ path: "ca.pem", content: ca }];
  return [{ name: "tls", directory: caDirectory, files, secret: false, reload: { kind: "restart" } }];
}

function postgresExporter(settings: Settings, secrets: Secrets, target: Target<"postgres">): Workload {
  const product = serverExporters.postgres;
  const password = `postgresPassword-${target.name}`;
  return {
    ...serverExporter("postgres", settings, target),
    command: ["/bin/postgres_exporter", "--collector.stat_checkpointer", ...tlsArguments(settings, product)],
    environment: {
      DATA_SOURCE_URI: `${bracketed(target.host)}:${target.port}/${encodeURIComponent(target.database)}?sslmode=${target.sslMode}${target.ca === undefined ? "" : `&sslrootcert=${caFile}`}`,
      DATA_SOURCE_USER: target.user,
      DATA_SOURCE_PASS_FILE: `${product.secretFiles.secrets.directory}/${password}`,
    },
    files: [
      secretSet(secrets, product, "secrets", [password]),
      ...authorities(target.ca),
      ...tlsSet(settings, secrets, product),
    ],
    reachesOutside: server(settings, "postgres", target, target.port),
  };
}

function redisExporter(settings: Settings, secrets: Secrets, target: Target<"redis">): Workload {
  const product = serverExporters.redis;
  const password = `redisPassword-${target.name}`;
  const scheme = target.tls ? "rediss" : "redis";
  const address = `${bracketed(target.host)}:${target.port}`;
  // The exporter looks up the password by the address, including the user.
  const key = `${scheme}://${target.user === undefined ? "" : `${target.user}@`}${address}`;
  return {
    ...serverExporter("redis", settings, target),
    command: ["/redis_exporter", ...tlsArguments(settings, product)],
    environment: {
      REDIS_ADDR: `${scheme}://${address}`,
      ...(target.user !== undefined && { REDIS_USER: target.user }),
      ...(target.ca !== undefined && { REDIS_EXPORTER_TLS_CA_CERT_FILE: caFile }),
      ...(target.authenticated && {
        REDIS_PASSWORD_FILE: `${product.secretFiles.secrets.directory}/${password}`,
      }),
    },
    files: [
      ...authorities(target.ca),
      ...tlsSet(settings, secrets, product),
      ...(target.authenticated
        ? [
            {
              ...secretSet(secrets, product, "secrets", [password]),
              files: [
                { path: password, content: secrets.get(password).apply((value) => JSON.stringify({ [key]: value })) },
              ],
            },
          ]
        : []),
    ],
    reachesOutside: server(settings, "redis", target, target.port),
  };
}

function nginxExporter(settings: Settings, secrets: Secrets, target: Target<"nginx">): Workload {
  return {
    ...serverExporter("nginx", settings, target),
    command: [
      "/usr/bin/nginx-prometheus-exporter",
      `--nginx.scrape-uri=${target.statusUrl}`,
      ...tlsArguments(settings, serverExporters.nginx),
    ],
    files: tlsSet(settings, secrets, serverExporters.nginx),
    reachesOutside: server(settings, "nginx", target, urlPort(target.statusUrl)),
  };
}
