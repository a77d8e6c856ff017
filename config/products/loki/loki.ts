import { type RenderedFile, toYaml } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { bytes, seconds } from "../../settings/units.ts";
import { grafanaUrl, prometheusUrl } from "../links.ts";
import type { Product } from "../product.ts";
import { alertmanagerAddresses, replicasService } from "../workload-names.ts";
import { deleteRequestStore, storage } from "./storage.ts";

/** Stores log lines and evaluates log rules. */
export const loki = {
  workload: "loki",
  image: "loki",
  job: "loki",
  configDirectory: "/etc/loki",
  dataDirectory: "/loki",
  port: 3100,
  readyPath: "/ready",
  /** Environment variable that holds a replica's own address, which it tells the others. */
  addressVariable: "POD_IP",
  grpcPort: 9095,
  gossipPort: 7946,
} as const satisfies Product & Record<string, unknown>;

/** Where Loki's program finds things; only tests, which run it outside a container, write others. */
export interface LokiPlaces {
  readonly listenAddress?: string;
  readonly port?: number;
  readonly grpcPort?: number;
  readonly dataDirectory?: string;
  readonly rulesDirectory?: string;
  readonly alertmanagerUrl?: string;
  readonly gossipPort?: number;
  readonly peers?: readonly string[];
}

/**
 * `loki.yml`: one process, or several alike that share streams, queries and rules; they keep streams in TSDB v13 on their
 * own volume or on object storage, delete what is past retention and evaluate the log rules.
 */
export function renderLoki(settings: Settings, places: LokiPlaces = {}): RenderedFile[] {
  const content = toYaml(lokiConfig(settings, places));
  return [{ path: "loki.yml", content: isReplicated(settings) ? withVariables(content) : content }];
}

/** Arguments beside the file's name. */
export function lokiArguments(settings: Settings): string[] {
  return isReplicated(settings) ? ["-config.expand-env=true"] : [];
}

function isReplicated({ logs }: Settings): boolean {
  return logs.replicas > 1;
}

const ownAddress = "<own address>";

/** The one thing that differs between replicas; `$` that is meant as it stands is written twice. */
function withVariables(content: string): string {
  return content.replaceAll("$", "$$$$").replaceAll(ownAddress, `\${${loki.addressVariable}}`);
}

/** Loki's main file as an object. */
export function lokiConfig(settings: Settings, places: LokiPlaces = {}) {
  const { dataDirectory: data = loki.dataDirectory } = places;
  const replicated = isReplicated(settings);
  const ring = { kvstore: { store: replicated ? "memberlist" : "inmemory" } };
  const listening = places.listenAddress ?? "0.0.0.0";
  return {
    auth_enabled: false,
    server: {
      http_listen_address: listening,
      http_listen_port: places.port ?? loki.port,
      grpc_listen_address: replicated ? listening : "127.0.0.1",
      grpc_listen_port: places.grpcPort ?? loki.grpcPort,
      log_level: "info",
    },
    common: {
      path_prefix: data,
      // Loki else asks the network interfaces which address to announce to itself.
      instance_addr: replicated ? ownAddress : "127.0.0.1",
      // Of three copies one may be missing, and lines are taken and found as ever.
      replication_factor: replicated ? 3 : 1,
      ring,
    },
    ...(replicated && { memberlist: memberlist(places) }),
    ...storage(settings.logs, data),
    ingester: {
      // One process waits for no other ingester to leave or join.
      lifecycler: { min_ready_duration: replicated ? "15s" : "0s", final_sleep: "0s" },
      wal: { enabled: true, dir: `${data}/wal`, replay_memory_ceiling: megabytes(settings, 0.4) },
      // A stream takes lines as old as half of this before its newest: room for a collector that catches up on rotated files.
      max_chunk_age: "12h",
      chunk_idle_period: "30m",
    },
    querier: { query_ingesters_within: "13h", max_concurrent: 4 },
    query_range: { results_cache: { cache: { embedded_cache: { enabled: true, max_size_mb: 32 } } } },
    chunk_store_config: { chunk_cache_config: { embedded_cache: { enabled: true, max_size_mb: 32 } } },
    compactor: {
      working_directory: `${data}/compactor`,
      retention_enabled: true,
      delete_request_store: deleteRequestStore(settings.logs),
      compaction_interval: "10m",
      retention_delete_delay: "1h",
      retention_delete_worker_count: 10,
    },
    limits_config: limits(settings),
    ruler_storage: {
      backend: "local",
      local: { directory: places.rulesDirectory ?? `${loki.configDirectory}/rules` },
    },
    ruler: { ...ruler(settings, data, places), ring, ...(replicated && { enable_sharding: true }) },
    frontend: {
      address: replicated ? ownAddress : "127.0.0.1",
      // Loki is ready once this has found the scheduler; sooner than 3 s after the start the scheduler says no, loudly.
      scheduler_dns_lookup_period: "4s",
    },
    analytics: { reporting_enabled: false },
  };
}

function limits({ logs }: Settings) {
  return {
    retention_period: logs.retention,
    ...(logs.retentionStreams.length > 0 && { retention_stream: retentionStreams(logs) }),
    // Lines that the compactor would delete at once are refused; the rest of their batch is stored.
    reject_old_samples: true,
    reject_old_samples_max_age: seconds(logs.retention) < seconds("7d") ? logs.retention : "7d",
    ingestion_rate_mb: logs.ingestionRateMb,
    ingestion_burst_size_mb: logs.ingestionRateMb * 2,
    per_stream_rate_limit: `${Math.round(logs.ingestionRateMb * 1024)}KB`,
    per_stream_rate_limit_burst: `${Math.round(logs.ingestionRateMb * 2 * 1024)}KB`,
    // One ingester has nobody to share a stream with.
    shard_streams: { enabled: logs.replicas > 1 },
    max_global_streams_per_user: logs.maxStreams,
    max_label_names_per_series: 15,
    max_line_size: "256KB",
    max_line_size_truncate: true,
    allow_structured_metadata: true,
    // Both would add a label or a field that the collector has already set as level and service.
    discover_service_name: [],
    discover_log_levels: false,
    // A request to delete, which needs no password, only hides lines. "disabled" would write an error at every query.
    deletion_mode: "filter-only",
    volume_enabled: true,
  };
}

/** Loki takes the highest priority of those that fit; config has the first one. */
function retentionStreams({ retentionStreams: streams }: Settings["logs"]) {
  return streams.map(({ selector, period }, index) => ({ selector, priority: streams.length - index, period }));
}

function ruler(settings: Settings, data: string, places: LokiPlaces) {
  const { environment, cluster, metrics, alerting, visualization } = settings;
  return {
    rule_path: `${data}/rules-temp`,
    wal: { dir: `${data}/ruler-wal` },
    enable_api: true,
    evaluation_interval: "30s",
    external_url: visualization.enabled ? grafanaUrl(settings) : prometheusUrl(settings),
    external_labels: { ...metrics.externalLabels, cluster, env: environment },
    ...(alerting.enabled && { alertmanager_url: places.alertmanagerUrl ?? alertmanagerUrls(settings) }),
  };
}

/** Each Alertmanager, as the ruler takes them. */
function alertmanagerUrls({ alerting }: Settings): string {
  return alertmanagerAddresses(alerting)
    .map((address) => `http://${address}`)
    .join(",");
}

/** How replicas find each other: by the addresses behind one name, asked again while they come and go. */
function memberlist(places: LokiPlaces) {
  return {
    bind_port: places.gossipPort ?? loki.gossipPort,
    join_members: places.peers ?? [`dns+${replicasService("loki")}:${loki.gossipPort}`],
    rejoin_interval: "1m",
  };
}

/** A share of the memory limit, as Loki writes sizes. */
function megabytes({ logs }: Settings, share: number): string {
  return `${Math.floor((bytes(logs.limits.memory) * share) / 1024 ** 2)}MB`;
}
