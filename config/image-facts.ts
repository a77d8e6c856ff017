import type { ImageName } from "./images.ts";

/** What the stack expects inside an image. Checked by `npm run images -- probe`. */
export interface ImageFacts {
  /** Dockerfile of the image at the tag or commit checked; a path in this repository for locally built images. */
  readonly source: string;
  /** "uid:gid" the stack runs the image as. */
  readonly user: `${number}:${number}`;
  /**
   * Programs the stack runs, by path or by a name on the image's PATH. From a nested list it uses the first one that
   * exists.
   */
  readonly programs: readonly (string | readonly string[])[];
  /** Command that prints the version. Must work without a network, as `user`, on a read-only root file system. */
  readonly version: readonly [program: string, ...args: string[]];
  /** Directories writable by `user`. A new Docker volume mounted there inherits owner and mode. */
  readonly writable?: readonly string[];
  /** Paths that must not exist, so that a new Docker volume mounted there belongs to root. */
  readonly absent?: readonly string[];
  /** Files that programs read by default. */
  readonly files?: readonly string[];
  /** Name of `user` in /etc/passwd, for programs that look it up. */
  readonly account?: string;
}

const nobody = "65534:65534";

/** Used by the gate in components/platform/docker-files.ts to replace files. */
const fileTools = ["/bin/sh", "cmp", "cp", "dirname", "find", "mkdir", "mv", "rm"] as const;

/** Used to trigger a reload over HTTP. */
const reloadTools = [["bash", "nc"], "cat", "sleep", "timeout"] as const;

/** CA certificates for TLS. */
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** The collector images are based on Ubuntu and have bash, but no HTTP client. */
const collector = {
  user: "0:0",
  // bash, grep and head are for the health check.
  programs: [...fileTools, ...reloadTools, "bash", "grep", "head"],
  absent: ["/var/lib/collector"],
} as const;

export const imageFacts = {
  prometheus: {
    source: "https://github.com/prometheus/prometheus/blob/v3.14.0/Dockerfile",
    user: nobody,
    programs: ["/bin/prometheus", "/bin/promtool", "wget", ...fileTools],
    version: ["/bin/prometheus", "--version"],
    writable: ["/prometheus"],
    files: [certificates],
  },
  alertmanager: {
    source: "https://github.com/prometheus/alertmanager/blob/v0.34.0/Dockerfile",
    user: nobody,
    programs: ["/bin/alertmanager", "/bin/amtool", "wget", ...fileTools, ...reloadTools],
    version: ["/bin/alertmanager", "--version"],
    writable: ["/alertmanager"],
    files: [certificates],
  },
  // From the main branch in August 2026; the tagged Dockerfile was not available.
  grafana: {
    source: "https://github.com/grafana/grafana/blob/main/Dockerfile",
    user: "472:0",
    programs: [
      ...["/run.sh", "/usr/share/grafana/bin/grafana", "wget", ...fileTools],
      ...["cat", "sha256sum", "sleep", "test", "touch"],
    ],
    version: ["/usr/share/grafana/bin/grafana", "server", "-v", "--homepath", "/usr/share/grafana"],
    writable: ["/var/lib/grafana"],
    files: ["/usr/share/grafana/conf/defaults.ini"],
  },
  // Distroless: contains no program except Loki.
  loki: {
    source: "https://github.com/grafana/loki/blob/v3.7.6/cmd/loki/Dockerfile",
    user: "10001:10001",
    programs: ["/usr/bin/loki"],
    version: ["/usr/bin/loki", "-version"],
    writable: ["/loki"],
    files: [certificates],
  },
  alloy: {
    source: "https://github.com/grafana/alloy/blob/v1.18.0/Dockerfile",
    ...collector,
    programs: ["/bin/alloy", ...collector.programs],
    version: ["/bin/alloy", "--version"],
  },
  promtail: {
    source: "https://github.com/grafana/loki/blob/v3.6.11/clients/cmd/promtail/Dockerfile",
    ...collector,
    programs: ["/usr/bin/promtail", ...collector.programs],
    version: ["/usr/bin/promtail", "-version"],
  },
  nodeExporter: {
    source: "https://github.com/prometheus/node_exporter/blob/v1.12.1/Dockerfile",
    user: nobody,
    programs: ["/bin/node_exporter", "wget"],
    version: ["/bin/node_exporter", "--version"],
  },
  cadvisor: {
    source: "https://github.com/google/cadvisor/blob/v0.60.5/deploy/Dockerfile",
    user: "0:0",
    programs: ["/usr/bin/cadvisor", "wget"],
    version: ["/usr/bin/cadvisor", "--version"],
  },
  postgresExporter: {
    source: "https://github.com/prometheus-community/postgres_exporter/blob/v0.20.1/Dockerfile",
    user: nobody,
    programs: ["/bin/postgres_exporter", "wget"],
    version: ["/bin/postgres_exporter", "--version"],
  },
  // The -alpine variant: the default image has no program to run a health check with.
  redisExporter: {
    source: "https://github.com/oliver006/redis_exporter/blob/v1.88.0/Dockerfile",
    user: nobody,
    programs: ["/redis_exporter", "wget"],
    version: ["/redis_exporter", "--version"],
  },
  nginxExporter: {
    source: "https://github.com/nginx/nginx-prometheus-exporter/blob/v1.5.3/build/Dockerfile",
    user: nobody,
    programs: ["/usr/bin/nginx-prometheus-exporter"],
    version: ["/usr/bin/nginx-prometheus-exporter", "--version"],
  },
  kubeStateMetrics: {
    source: "https://github.com/kubernetes/kube-state-metrics/blob/v2.20.0/Dockerfile",
    user: nobody,
    programs: ["/kube-state-metrics"],
    version: ["/kube-state-metrics", "version"],
  },
  // Runs as the user of its pod.
  configReloader: {
    source:
      "https://github.com/prometheus-operator/prometheus-operator/blob/v0.93.0/cmd/prometheus-config-reloader/Dockerfile",
    user: nobody,
    programs: ["/bin/prometheus-config-reloader"],
    version: ["/bin/prometheus-config-reloader", "--version"],
  },
  node: {
    source:
      "https://github.com/nodejs/docker-node/blob/f27d936f7d7ccdeec25cd2de33584c1a841f561d/26/alpine3.23/Dockerfile",
    user: "1000:1000",
    programs: ["/usr/local/bin/node", "wget"],
    version: ["/usr/local/bin/node", "--version"],
  },
  postgres: {
    source:
      "https://github.com/docker-library/postgres/blob/6edb0a8c4def40c371514b34aef9037ec82d9110/17/alpine3.23/Dockerfile",
    user: "70:70",
    programs: ["docker-entrypoint.sh", "pg_isready", "postgres"],
    version: ["postgres", "--version"],
    // /var/run/postgresql holds the server's Unix socket.
    writable: ["/var/lib/postgresql/data", "/var/run/postgresql"],
    // initdb fails for a user without a name.
    account: "postgres",
  },
  redis: {
    source:
      "https://github.com/redis/docker-library-redis/blob/393ca74cc1024291a97687fbaa3f62638637215d/alpine/Dockerfile",
    user: "999:1000",
    programs: ["redis-cli", "redis-server"],
    version: ["redis-server", "--version"],
  },
  nginx: {
    source:
      "https://github.com/nginx/docker-nginx/blob/0d7f4380c735af5009aa364e27fafecd958fd4fa/stable/alpine-slim/Dockerfile",
    user: "1000:1000",
    programs: ["/bin/sh", "mkdir", "nginx", "wget"],
    version: ["nginx", "-v"],
  },
  viewer: {
    source: "scripts/sandbox/images/Dockerfile.program",
    user: "1000:1000",
    programs: ["/usr/local/bin/node", "wget", ...fileTools],
    version: ["/usr/local/bin/node", "--version"],
    files: ["/opt/viewer/server.mjs"],
  },
} as const satisfies Record<ImageName, ImageFacts>;
