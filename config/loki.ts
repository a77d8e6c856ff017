import { type RenderedFile, toYaml } from "./file.ts";
import { grafanaUrl, prometheusUrl } from "./links.ts";
import type { Settings } from "./schema.ts";
import { bytes, seconds } from "./units.ts";

/** Where Loki's files lie in its container, and where it answers. */
export const loki = {
  configDirectory: "/etc/loki",
  dataDirectory: "/loki",
  port: 3100,
  readyPath: "/ready",
} as const;

/** Where Loki's program finds things; only tests, which run it outside a container, write others. */
export interface LokiPlaces {
  readonly listenAddress?: string;
  readonly port?: number;
  readonly grpcPort?: number;
  readonly dataDirectory?: string;
  readonly rulesDirectory?: string;
  readonly alertmanagerUrl?: string;
}

/** `loki.yml`: one process that keeps streams in TSDB v13 on its own volume, deletes what is past retention and evaluates the log rules. */
export function renderLoki(settings: Settings, places: LokiPlaces = {}): RenderedFile[] {
  return [{ path: "loki.yml", content: toYaml(lokiConfig(settings, places)) }];
}

/** Loki's main file as an object. */
export function lokiConfig(settings: Settings, places: LokiPlaces = {}) {
  const { dataDirectory: data = loki.dataDirectory } = places;
  return {
    auth_enabled: false,
    server: {
      http_listen_address: places.listenAddress ?? "0.0.0.0",
      http_listen_port: places.port ?? loki.port,
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: places.grpcPort ?? 9095,
      log_level: "info",
    },
    common: {
      path_prefix: data,
      // Loki else asks the network interfaces which address to announce to itself.
      instance_addr: "127.0.0.1",
      replication_factor: 1,
      ring: { kvstore: { store: "inmemory" } },
    },
    schema_config: {
      configs: [
        {
          from: "2024-01-01",
          store: "tsdb",
          object_store: "filesystem",
          schema: "v13",
          index: { prefix: "index_", period: "24h" },
        },
      ],
    },
    storage_config: {
      // The only way to store from Loki 4.0 on.
      use_thanos_objstore: true,
      object_store: { filesystem: { dir: `${data}/chunks` } },
      tsdb_shipper: { active_index_directory: `${data}/tsdb-index`, cache_location: `${data}/tsdb-cache` },
    },
    ingester: {
      // One process waits for no other ingester to leave or join.
      lifecycler: { min_ready_duration: "0s", final_sleep: "0s" },
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
      delete_request_store: "filesystem",
      compaction_interval: "10m",
      retention_delete_delay: "1h",
      retention_delete_worker_count: 10,
    },
    limits_config: limits(settings),
    ruler_storage: {
      backend: "local",
      local: { directory: places.rulesDirectory ?? `${loki.configDirectory}/rules` },
    },
    ruler: ruler(settings, data, places),
    frontend: {
      address: "127.0.0.1",
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
    // There is one ingester: nothing to share a stream with.
    shard_streams: { enabled: false },
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
    ring: { kvstore: { store: "inmemory" } },
    enable_api: true,
    evaluation_interval: "30s",
    external_url: visualization.enabled ? grafanaUrl(settings) : prometheusUrl(settings),
    external_labels: { ...metrics.externalLabels, cluster, env: environment },
    ...(alerting.enabled && { alertmanager_url: places.alertmanagerUrl ?? "http://alertmanager:9093" }),
  };
}

/** A share of the memory limit, as Loki writes sizes. */
function megabytes({ logs }: Settings, share: number): string {
  return `${Math.floor((bytes(logs.limits.memory) * share) / 1024 ** 2)}MB`;
}
