import { demoPrograms } from "../white-room/demo-programs.ts";
import { alertmanager } from "./alertmanager/product.ts";
import { blackbox } from "./blackbox/product.ts";
import { collectorUser } from "./collector/collector.ts";
import { eventsCollector } from "./events-collector/product.ts";
import { grafana } from "./grafana/product.ts";
import { haproxy } from "./haproxy.ts";
import { hostExporters } from "./host-exporters.ts";
import type { ImageFacts, ImageName } from "./images.ts";
import { jaeger } from "./jaeger/product.ts";
import { kubeStateMetrics } from "./kube-state-metrics/product.ts";
import { loki } from "./loki/product.ts";
import type { HostExporter } from "./product.ts";
import { prometheus } from "./prometheus/product.ts";
import { serverExporters } from "./server-exporters.ts";
import { gatewayDirectories, signInGateway } from "./sign-in-gateway/product.ts";
import { thanosDataDirectory, thanosStore } from "./thanos/product.ts";
import { viewer } from "./viewer/product.ts";
import { webGateway } from "./web-gateway/product.ts";

/** Programs used by the gate in components/platform/docker-files.ts to replace files. */
const fileTools = ["/bin/sh", "cmp", "cp", "dirname", "find", "mkdir", "mv", "rm"] as const;

/** Programs that send HTTP reload requests. */
const reloadTools = [["bash", "nc"], "cat", "sleep", "timeout"] as const;

/** CA certificates for TLS connections. */
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** The collector images are based on Ubuntu, with bash but no HTTP client. */
const collector = {
  user: collectorUser,
  // bash, grep and head are used by the probe.
  programs: [...fileTools, ...reloadTools, "bash", "grep", "head"],
  absent: ["/var/lib/collector"],
} as const;

type HostExporterImage = (typeof hostExporters)[keyof typeof hostExporters]["image"];

const ofHostExporters = Object.fromEntries(
  Object.values<HostExporter>(hostExporters).map(({ image, user, imageFacts }) => [image, { user, ...imageFacts }]),
) as Record<HostExporterImage, ImageFacts>;

export const imageFacts: Readonly<Record<ImageName, ImageFacts>> = {
  ...ofHostExporters,
  prometheus: {
    source: "https://github.com/prometheus/prometheus/blob/v3.14.0/Dockerfile",
    user: prometheus.user,
    programs: ["/bin/prometheus", "/bin/promtool", "wget", ...fileTools],
    version: ["/bin/prometheus", "--version"],
    writable: ["/prometheus"],
    files: [certificates],
  },
  alertmanager: {
    source: "https://github.com/prometheus/alertmanager/blob/v0.34.0/Dockerfile",
    user: alertmanager.user,
    programs: ["/bin/alertmanager", "/bin/amtool", "wget", ...fileTools, ...reloadTools, "cksum"],
    version: ["/bin/alertmanager", "--version"],
    writable: ["/alertmanager"],
    files: [certificates],
  },
  // Reviewed on the main branch in August 2026, because the file at the tag was not available.
  grafana: {
    source: "https://github.com/grafana/grafana/blob/main/Dockerfile",
    user: grafana.user,
    programs: [
      ...["/run.sh", "/usr/share/grafana/bin/grafana", "wget", ...fileTools],
      ...["cat", "sha256sum", "sleep", "test", "touch"],
    ],
    version: ["/usr/share/grafana/bin/grafana", "server", "-v", "--homepath", "/usr/share/grafana"],
    writable: ["/var/lib/grafana"],
    files: ["/usr/share/grafana/conf/defaults.ini"],
  },
  thanos: {
    source: "https://github.com/thanos-io/thanos/blob/v0.42.4/Dockerfile",
    user: thanosStore.user,
    programs: ["/bin/thanos", "nc", "wget"],
    version: ["/bin/thanos", "--version"],
    writable: [thanosDataDirectory],
    files: [certificates],
  },
  // Distroless: Loki is the only program.
  loki: {
    source: "https://github.com/grafana/loki/blob/v3.7.6/cmd/loki/Dockerfile",
    user: loki.user,
    programs: ["/usr/bin/loki"],
    version: ["/usr/bin/loki", "-version"],
    writable: ["/loki"],
    files: [certificates],
  },
  alloy: {
    source: "https://github.com/grafana/alloy/blob/v1.18.0/Dockerfile",
    ...collector,
    user: eventsCollector.user,
    alsoRoot: true,
    programs: ["/bin/alloy", ...collector.programs],
    version: ["/bin/alloy", "--version"],
  },
  promtail: {
    source: "https://github.com/grafana/loki/blob/v3.6.11/clients/cmd/promtail/Dockerfile",
    ...collector,
    programs: ["/usr/bin/promtail", ...collector.programs],
    version: ["/usr/bin/promtail", "-version"],
  },
  haproxy: {
    source:
      "https://github.com/docker-library/haproxy/blob/ec437dd2a3656610b10a42c08763d8fa1c591efe/3.2/alpine/Dockerfile",
    user: webGateway.user,
    alsoRoot: true,
    programs: [haproxy.program, "wget"],
    version: [haproxy.program, "-v"],
  },
  caddy: {
    source:
      "https://github.com/caddyserver/caddy-docker/blob/62d1326421cc6d6245f5178d3c277b0e69fb8fb6/2.11/alpine/Dockerfile",
    user: signInGateway.user,
    programs: [...fileTools, "/usr/bin/caddy", "wget"],
    version: ["/usr/bin/caddy", "version"],
    writable: [gatewayDirectories.data],
  },
  postgresExporter: {
    source: "https://github.com/prometheus-community/postgres_exporter/blob/v0.20.1/Dockerfile",
    user: serverExporters.postgres.user,
    programs: ["/bin/postgres_exporter", "nc", "wget"],
    version: ["/bin/postgres_exporter", "--version"],
  },
  // The -alpine variant; the default one has no program for the probe.
  redisExporter: {
    source: "https://github.com/oliver006/redis_exporter/blob/v1.88.0/Dockerfile",
    user: serverExporters.redis.user,
    programs: ["/redis_exporter", "nc", "wget"],
    version: ["/redis_exporter", "--version"],
  },
  nginxExporter: {
    source: "https://github.com/nginx/nginx-prometheus-exporter/blob/v1.5.3/build/Dockerfile",
    user: serverExporters.nginx.user,
    programs: ["/usr/bin/nginx-prometheus-exporter"],
    version: ["/usr/bin/nginx-prometheus-exporter", "--version"],
  },
  blackboxExporter: {
    source: "https://github.com/prometheus/blackbox_exporter/blob/v0.28.0/Dockerfile",
    user: blackbox.user,
    programs: ["/bin/blackbox_exporter", "wget", "nc", ...fileTools],
    version: ["/bin/blackbox_exporter", "--version"],
    files: [certificates],
  },
  jaeger: {
    source: "https://github.com/jaegertracing/jaeger/blob/v2.13.0/cmd/jaeger/Dockerfile",
    user: jaeger.user,
    programs: [jaeger.program, "wget"],
    version: [jaeger.program, "version"],
    writable: [jaeger.dataDirectory],
    files: [certificates],
  },
  kubeStateMetrics: {
    source: "https://github.com/kubernetes/kube-state-metrics/blob/v2.20.0/Dockerfile",
    user: kubeStateMetrics.user,
    programs: ["/kube-state-metrics"],
    version: ["/kube-state-metrics", "version"],
  },
  // Runs as the user of its pod.
  configReloader: {
    source:
      "https://github.com/prometheus-operator/prometheus-operator/blob/v0.93.0/cmd/prometheus-config-reloader/Dockerfile",
    user: "65534:65534",
    programs: ["/bin/prometheus-config-reloader"],
    version: ["/bin/prometheus-config-reloader", "--version"],
  },
  node: {
    source:
      "https://github.com/nodejs/docker-node/blob/f27d936f7d7ccdeec25cd2de33584c1a841f561d/26/alpine3.23/Dockerfile",
    user: demoPrograms.simulator.user,
    programs: ["/usr/local/bin/node", "nc", "wget", ...fileTools],
    version: ["/usr/local/bin/node", "--version"],
  },
  postgres: {
    source:
      "https://github.com/docker-library/postgres/blob/6edb0a8c4def40c371514b34aef9037ec82d9110/17/alpine3.23/Dockerfile",
    user: demoPrograms.postgres.user,
    programs: ["/bin/sh", "chmod", "docker-entrypoint.sh", "mkdir", "pg_isready", "postgres"],
    version: ["postgres", "--version"],
    // The second one contains the server's Unix socket.
    writable: ["/var/lib/postgresql/data", "/var/run/postgresql"],
    // initdb requires a user with a name.
    account: "postgres",
  },
  redis: {
    source:
      "https://github.com/redis/docker-library-redis/blob/393ca74cc1024291a97687fbaa3f62638637215d/alpine/Dockerfile",
    user: demoPrograms.redis.user,
    programs: ["redis-cli", "redis-server"],
    version: ["redis-server", "--version"],
  },
  nginx: {
    source:
      "https://github.com/nginx/docker-nginx/blob/0d7f4380c735af5009aa364e27fafecd958fd4fa/stable/alpine-slim/Dockerfile",
    user: demoPrograms.nginx.user,
    programs: ["/bin/sh", "mkdir", "nginx", "wget"],
    version: ["nginx", "-v"],
  },
  viewer: {
    source: "scripts/offline/images/Dockerfile.program",
    user: viewer.user,
    programs: ["/usr/local/bin/node", "wget", ...fileTools],
    version: ["/usr/local/bin/node", "--version"],
    files: ["/opt/viewer/server.mjs"],
  },
};
