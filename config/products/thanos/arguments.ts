import { traitsOf } from "../../../components/platform/traits.ts";
import type { Settings } from "../../settings/schema.ts";
import { parseQuantity } from "../../settings/units.ts";
import { clientOf, internalUrl, schemeOf, tlsArguments, tlsDirectory } from "../internal-tls.ts";
import type { Product } from "../product.ts";
import { prometheus } from "../prometheus/product.ts";
import { replicasService } from "../workload-names.ts";
import type { LongTermSettings } from "./long-term.ts";
import {
  thanosCompactor,
  thanosDataDirectory,
  thanosDirectory,
  thanosGrpcPort,
  thanosQuery,
  thanosQueryFrontend,
  thanosSidecar,
  thanosStore,
} from "./product.ts";
import { type StoreShard, storeShards } from "./store-shards.ts";
import { thanosFiles } from "./thanos.ts";

/** External label that distinguishes Prometheus replicas. */
export const replicaLabel = "replica";

/** Where the sidecar lists the blocks that it has uploaded: Prometheus compacts no others. */
export const uploadedBlocksFile = "/prometheus/thanos.shipper.json";

const file = (name: keyof typeof thanosFiles) => `${thanosDirectory}/${thanosFiles[name]}`;
const storage = `--objstore.config-file=${file("objectStorage")}`;
const dataDirectory = `--data-dir=${thanosDataDirectory}/thanos`;
// By default, every website that a user visits can read the API.
const noCors = "--web.disable-cors";
// By default, anyone can mark blocks for deletion in the UI.
const readOnlyUi = "--disable-admin-operations";

/** The command of a component, starting with the arguments that all have in common. The default addresses are IPv4 only. */
function command(
  settings: Settings,
  component: Pick<Product, "workload" | "port" | "tls">,
  subcommand: string,
): string[] {
  return [
    "/bin/thanos",
    subcommand,
    `--http-address=:${component.port}`,
    "--http-grace-period=10s",
    "--enable-auto-gomemlimit",
    "--log.format=json",
    ...tlsArguments(settings, component),
  ];
}

const grpc = [`--grpc-address=:${thanosGrpcPort}`, "--grpc-grace-period=10s"];

export function sidecarCommand(settings: Settings, { uploadCompacted }: LongTermSettings): string[] {
  const scheme = schemeOf(settings, prometheus);
  return [
    ...command(settings, thanosSidecar, "sidecar"),
    ...grpc,
    storage,
    `--prometheus.url=${scheme}://{host}:${prometheus.port}`,
    ...(scheme === "https" ? [`--prometheus.http-client-file=${file("prometheus")}`] : []),
    "--tsdb.path=/prometheus",
    ...(uploadCompacted ? ["--shipper.upload-compacted"] : []),
  ];
}

export function queryCommand(settings: Settings, longTerm: LongTermSettings): string[] {
  const client = clientOf(settings, thanosStore, tlsDirectory(thanosQuery));
  const servers = [sidecarHost(settings), ...storeShards(longTerm).map(({ workload }) => workload)];
  return [
    ...command(settings, thanosQuery, "query"),
    ...grpc,
    ...servers.map((host) => `--endpoint=dns+${host}:${thanosGrpcPort}`),
    ...(client === undefined
      ? []
      : [
          "--grpc-client-tls-secure",
          `--grpc-client-tls-ca=${client.caFile}`,
          `--grpc-client-tls-cert=${client.certFile}`,
          `--grpc-client-tls-key=${client.keyFile}`,
          `--grpc-client-server-name=${client.serverName}`,
        ]),
    `--query.replica-label=${replicaLabel}`,
    // Long ranges are answered from downsampled blocks.
    "--query.auto-downsampling",
    noCors,
  ];
}

/** Host name of all sidecars. */
function sidecarHost(settings: Settings): string {
  return traitsOf(settings).sidecarsSharePods ? replicasService(prometheus.workload) : thanosSidecar.workload;
}

export function frontendCommand(settings: Settings): string[] {
  return [
    ...command(settings, thanosQueryFrontend, "query-frontend"),
    `--query-frontend.downstream-url=${internalUrl(settings, thanosQuery)}`,
    `--query-frontend.downstream-tripper-config-file=${file("downstream")}`,
    `--query-range.response-cache-config-file=${file("responseCache")}`,
    `--labels.response-cache-config-file=${file("responseCache")}`,
    // Split by day, the default, a graph over a year is 365 requests, which cost more than reading the samples.
    "--query-range.split-interval=720h",
    "--query-frontend.compress-responses",
    noCors,
  ];
}

export function storeCommand(settings: Settings, { store }: LongTermSettings, shard: StoreShard): string[] {
  return [
    ...command(settings, thanosStore, "store"),
    ...grpc,
    storage,
    dataDirectory,
    ...(shard.olderThan === undefined ? [] : [`--max-time=-${shard.olderThan}`]),
    ...(shard.newerThan === undefined ? [] : [`--min-time=-${shard.newerThan}`]),
    `--index-cache.config-file=${file("indexCache")}`,
    // The default is 2GB, and a query that would exceed it fails.
    `--chunk-pool-size=${Math.floor((parseQuantity(store.limits.memory) ?? 0) / 2 / 1024 ** 2)}MB`,
    "--store.enable-index-header-lazy-reader",
    noCors,
    readOnlyUi,
  ];
}

export function compactorCommand(settings: Settings, { retention }: LongTermSettings): string[] {
  const kept = (period: string) => (period === "forever" ? "0d" : period);
  return [
    ...command(settings, thanosCompactor, "compact"),
    "--wait",
    storage,
    dataDirectory,
    `--retention.resolution-raw=${kept(retention.raw)}`,
    `--retention.resolution-5m=${kept(retention.fiveMinutes)}`,
    `--retention.resolution-1h=${kept(retention.oneHour)}`,
    noCors,
    readOnlyUi,
  ];
}
