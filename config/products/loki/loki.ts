import { basename } from "node:path/posix";
import { type RenderedFile, toYaml } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { bytes, seconds } from "../../settings/units.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { clientOf, type PartClient, schemeOf, serverTlsConfig, servesTls, tlsDirectory } from "../internal-tls.ts";
import { grafanaUrl, prometheusUrl } from "../links.ts";
import { alertmanagerAddresses, replicasService } from "../workload-names.ts";
import { loki } from "./product.ts";
import { deleteRequestStore, storage, storageCaFile } from "./storage.ts";

/** Paths and addresses of Loki. Overridden only by tests that run it outside a container. */
export interface LokiPlaces {
  readonly listenAddress?: string;
  readonly port?: number;
  readonly grpcPort?: number;
  readonly dataDirectory?: string;
  readonly rulesDirectory?: string;
  readonly limitsFile?: string;
  readonly alertmanagerUrl?: string;
  readonly healthPort?: number;
  readonly tlsDirectory?: string;
  readonly gossipPort?: number;
  readonly peers?: readonly string[];
}

/**
 * `loki.yml`: a single process or several identical replicas, with TSDB v13 on a volume or object storage, retention and the
 * ruler.
 */
export function renderLoki(settings: Settings, places: LokiPlaces = {}): RenderedFile[] {
  const content = toYaml(lokiConfig(settings, places));
  const ca = settings.logs.objectStorage?.tls.ca;
  return [
    { path: "loki.yml", content: isReplicated(settings) ? withVariables(content, ownAddress(settings)) : content },
    ...(ca === undefined ? [] : [{ path: storageCaFile, content: ca }]),
  ];
}

/** Additional arguments. */
export function lokiArguments(settings: Settings): string[] {
  return [
    // Not in the config file, which a changed memory limit would then change as well.
    `-ingester.wal-replay-memory-ceiling=${megabytes(settings, 0.4)}`,
    ...(isReplicated(settings) ? ["-config.expand-env=true"] : []),
  ];
}

function isReplicated({ logs }: Settings): boolean {
  return logs.replicas > 1;
}

/** Placeholder for the replica's address: a text that the config does not contain. */
function ownAddress(settings: Settings): string {
  const config = JSON.stringify(settings);
  let marker = "<own address>";
  while (config.includes(marker)) marker = `<${marker}>`;
  return marker;
}

/** The only difference between replicas; a literal `$` is written `$$`, and a backslash twice. */
function withVariables(content: string, address: string): string {
  return content.replaceAll("\\", "\\\\").replaceAll("$", "$$$$").replaceAll(address, `\${${loki.addressVariable}}`);
}

/** Loki's config as an object. */
export function lokiConfig(settings: Settings, places: LokiPlaces = {}) {
  const { dataDirectory: data = loki.dataDirectory } = places;
  const replicated = isReplicated(settings);
  const address = replicated ? ownAddress(settings) : "127.0.0.1";
  const ring = { kvstore: { store: replicated ? "memberlist" : "inmemory" } };
  // Without an address, it listens on IPv4 and IPv6.
  const listening = places.listenAddress ?? "";
  const tls = servesTls(settings, loki);
  const { tlsDirectory: tlsFolder = tlsDirectory(loki) } = places;
  const replica = replicated ? clientOf(settings, loki, tlsFolder) : undefined;
  // TLS of connections between replicas.
  const grpc = replica && { tls_enabled: true, ...dskitClient(replica) };
  return {
    auth_enabled: false,
    server: {
      http_listen_address: listening,
      http_listen_port: places.port ?? loki.port,
      grpc_listen_address: replicated ? listening : "127.0.0.1",
      grpc_listen_port: places.grpcPort ?? loki.grpcPort,
      ...(tls && { http_tls_config: serverTlsConfig(tlsFolder) }),
      ...(grpc && { grpc_tls_config: serverTlsConfig(tlsFolder) }),
      log_level: "info",
    },
    // Answers health checks without TLS, and serves nothing else.
    ...(tls && {
      internal_server: {
        enable: true,
        http_listen_address: listening,
        http_listen_port: places.healthPort ?? loki.healthPort,
        grpc_listen_address: "127.0.0.1",
        grpc_listen_port: 0,
      },
    }),
    common: {
      path_prefix: data,
      // By default, Loki picks an address from the network interfaces.
      instance_addr: address,
      // With three copies, reads and writes tolerate one missing replica.
      replication_factor: replicated ? 3 : 1,
      ring,
    },
    ...(grpc && {
      compactor_grpc_client: grpc,
      ingester_client: { grpc_client_config: grpc },
      frontend_worker: { query_frontend_grpc_client: grpc, query_scheduler_grpc_client: grpc },
      query_scheduler: { grpc_client_config: grpc },
    }),
    ...(replicated && { memberlist: { ...memberlist(address, places), ...grpc } }),
    ...storage(settings.logs, data),
    ingester: {
      // A single process need not wait for other ingesters.
      lifecycler: { min_ready_duration: replicated ? "15s" : "0s", final_sleep: "0s" },
      wal: { enabled: true, dir: `${data}/wal` },
      // Out-of-order lines are accepted up to half of this age, for collectors that catch up on rotated files.
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
    runtime_config: { file: places.limitsFile ?? loki.limitsFile },
    ruler_storage: {
      backend: "local",
      local: { directory: places.rulesDirectory ?? `${loki.configDirectory}/rules` },
    },
    ruler: {
      ...ruler(settings, data, places),
      ring,
      ...(replicated && { enable_sharding: true }),
      ...(grpc && { ruler_client: grpc }),
    },
    frontend: {
      ...(grpc && { grpc_client_config: grpc }),
      address,
      // Loki becomes ready once the scheduler is found. Earlier than 3 s after the start, the scheduler rejects requests and
      // logs errors.
      scheduler_dns_lookup_period: "4s",
    },
    analytics: { reporting_enabled: false },
  };
}

/** Age above which Loki refuses a line, because the compactor would delete it immediately. The collectors apply it too. */
export function oldestLine({ retention }: Settings["logs"]): string {
  return seconds(retention) < seconds("7d") ? retention : "7d";
}

function limits({ logs }: Settings) {
  return {
    retention_period: logs.retention,
    ...(logs.retentionStreams.length > 0 && { retention_stream: retentionStreams(logs) }),
    // Rejects lines that the compactor would delete immediately; the rest of the batch is stored.
    reject_old_samples: true,
    reject_old_samples_max_age: oldestLine(logs),
    // Sharding is useless with a single ingester.
    shard_streams: { enabled: logs.replicas > 1 },
    max_label_names_per_series: 15,
    max_line_size: "256KB",
    max_line_size_truncate: true,
    allow_structured_metadata: true,
    // Disabled, because the collector already sets level and service.
    discover_service_name: [],
    discover_log_levels: false,
    // Delete requests are unauthenticated, so they only hide lines, until they are cancelled. Retention needs the store for
    // them, and "disabled" logs about ten errors and ten warnings per query (Loki 3.7).
    deletion_mode: "filter-only",
    volume_enabled: true,
  };
}

/** `limits.yml`: limits to raise when Loki rejects lines. Loki rereads the file every 10 seconds. */
export function renderLokiLimits(settings: Settings): RenderedFile {
  // "fake" is the tenant of all lines without multi-tenancy.
  return { path: basename(loki.limitsFile), content: toYaml({ overrides: { fake: runtimeLimits(settings) } }) };
}

function runtimeLimits({ logs }: Settings) {
  return {
    ingestion_rate_mb: logs.ingestionRateMb,
    ingestion_burst_size_mb: logs.ingestionRateMb * 2,
    // Half of the limit for all, so that a single stream cannot use it up.
    per_stream_rate_limit: `${Math.round(logs.ingestionRateMb * 512)}KB`,
    per_stream_rate_limit_burst: `${Math.round(logs.ingestionRateMb * 1024)}KB`,
    max_global_streams_per_user: logs.maxStreams,
  };
}

/** In Loki, the highest priority wins; in the config, the first entry. */
function retentionStreams({ retentionStreams: streams }: Settings["logs"]) {
  return streams.map(({ selector, period }, index) => ({ selector, priority: streams.length - index, period }));
}

function ruler(settings: Settings, data: string, places: LokiPlaces) {
  const { environment, cluster, metrics, alerting, visualization } = settings;
  const client = clientOf(settings, alertmanager, places.tlsDirectory ?? tlsDirectory(loki));
  return {
    rule_path: `${data}/rules-temp`,
    wal: { dir: `${data}/ruler-wal` },
    enable_api: true,
    evaluation_interval: "30s",
    external_url: visualization.enabled ? grafanaUrl(settings) : prometheusUrl(settings),
    external_labels: { ...metrics.externalLabels, cluster, env: environment },
    ...(alerting.enabled && { alertmanager_url: places.alertmanagerUrl ?? alertmanagerUrls(settings) }),
    ...(alerting.enabled && client && { alertmanager_client: dskitClient(client) }),
  };
}

/** A client in the format of Loki. */
function dskitClient({ caFile, certFile, keyFile, serverName }: PartClient) {
  return { tls_ca_path: caFile, tls_cert_path: certFile, tls_key_path: keyFile, tls_server_name: serverName };
}

/** Alertmanager URLs for the ruler. */
function alertmanagerUrls(settings: Settings): string {
  return alertmanagerAddresses(settings.alerting)
    .map((address) => `${schemeOf(settings, alertmanager)}://${address}`)
    .join(",");
}

/** Replicas find each other through DNS, which is queried repeatedly. */
function memberlist(address: string, places: LokiPlaces) {
  return {
    // By default, it listens on IPv4 only.
    bind_addr: [address],
    bind_port: places.gossipPort ?? loki.gossipPort,
    join_members: places.peers ?? [`dns+${replicasService("loki")}:${loki.gossipPort}`],
    rejoin_interval: "1m",
  };
}

/** A share of the memory limit, in Loki's size format. */
function megabytes({ logs }: Settings, share: number): string {
  return `${Math.floor((bytes(logs.limits.memory) * share) / 1024 ** 2)}MB`;
}
