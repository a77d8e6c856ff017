/**
 * All images of the stack with repository and tag. A digest is pinned only if it was looked up in the registry.
 */
export const images = {
  prometheus: { repository: "quay.io/prometheus/prometheus", tag: "v3.16.0" },
  alertmanager: { repository: "quay.io/prometheus/alertmanager", tag: "v0.35.1" },
  grafana: { repository: "docker.io/grafana/grafana", tag: "13.2.3" },
  thanos: { repository: "quay.io/thanos/thanos", tag: "v0.42.4" },
  loki: { repository: "docker.io/grafana/loki", tag: "3.7.8" },
  alloy: { repository: "docker.io/grafana/alloy", tag: "v1.21.2" },
  promtail: { repository: "docker.io/grafana/promtail", tag: "3.6.11" },
  nodeExporter: { repository: "quay.io/prometheus/node-exporter", tag: "v1.12.1" },
  cadvisor: { repository: "ghcr.io/google/cadvisor", tag: "0.60.6" },
  caddy: { repository: "docker.io/library/caddy", tag: "2.11-alpine" },
  haproxy: { repository: "docker.io/library/haproxy", tag: "3.2-alpine" },
  postgresExporter: { repository: "quay.io/prometheuscommunity/postgres-exporter", tag: "v0.20.1" },
  redisExporter: { repository: "docker.io/oliver006/redis_exporter", tag: "v1.93.0-alpine" },
  nginxExporter: { repository: "docker.io/nginx/nginx-prometheus-exporter", tag: "1.5.3" },
  blackboxExporter: { repository: "quay.io/prometheus/blackbox-exporter", tag: "v0.28.0" },
  jaeger: { repository: "docker.io/jaegertracing/jaeger", tag: "2.20.0" },
  kubeStateMetrics: { repository: "registry.k8s.io/kube-state-metrics/kube-state-metrics", tag: "v2.20.0" },
  configReloader: { repository: "quay.io/prometheus-operator/prometheus-config-reloader", tag: "v0.94.1" },
  node: { repository: "docker.io/library/node", tag: "26-alpine" },
  postgres: { repository: "docker.io/library/postgres", tag: "17-alpine" },
  redis: { repository: "docker.io/library/redis", tag: "8-alpine" },
  nginx: { repository: "docker.io/library/nginx", tag: "1.30-alpine" },
  // Built on the machine that runs it (scripts/offline/viewer.ts); the tag is the version of its Grafana packages.
  viewer: { repository: "white-room.invalid/viewer", tag: "13.2.3" },
} as const satisfies Record<string, { repository: string; tag: string; digest?: `sha256:${string}` }>;

export type ImageName = keyof typeof images;

/** Facts about an image that the stack relies on, verified by `npm run images -- probe`. */
export interface ImageFacts {
  /** The image's Dockerfile at the tag or commit that was reviewed; a path in this repository for our own images. */
  readonly source: string;
  /** "uid:gid" with which the stack runs the image. */
  readonly user: `${number}:${number}`;
  /** Another workload runs the image as root. */
  readonly alsoRoot?: true;
  /**
   * Programs that the stack calls, by path or by a name in the image's PATH. Of a list, it uses the first one that exists.
   */
  readonly programs: readonly (string | readonly string[])[];
  /** A command that prints the version; works without network, as `user`, on a read-only root. */
  readonly version: readonly [program: string, ...args: string[]];
  /** Directories writable by `user`. A new Docker volume mounted there inherits owner and mode. */
  readonly writable?: readonly string[];
  /** Paths that must not exist, so that a new Docker volume mounted there belongs to root. */
  readonly absent?: readonly string[];
  /** Files that programs read implicitly. */
  readonly files?: readonly string[];
  /** Name of `user` in /etc/passwd, for programs that look it up. */
  readonly account?: string;
}

/** Overrides of an image in the config. */
export interface ImageOverride {
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/**
 * The image reference, `repository:tag[@digest]`. A mirror replaces the registry host: `quay.io/prometheus/prometheus`
 * becomes `<mirror>/prometheus/prometheus`.
 */
export function imageReference(name: ImageName, override: ImageOverride = {}, mirror?: string): string {
  const known: ImageOverride & { repository: string; tag: string } = images[name];
  const repository = override.repository ?? known.repository;
  const source = mirror === undefined ? repository : `${mirror}/${repository.slice(repository.indexOf("/") + 1)}`;
  const moved = override.repository !== undefined || override.tag !== undefined;
  const digest = override.digest ?? (moved || isBuiltLocally(source) ? undefined : known.digest);
  return `${source}:${override.tag ?? known.tag}${digest === undefined ? "" : `@${digest}`}`;
}

/** Whether an image is built locally. Such images use the reserved domain .invalid (RFC 2606) and have no digest. */
export function isBuiltLocally(reference: string): boolean {
  return /^[^/]*\.invalid\//.test(reference);
}
