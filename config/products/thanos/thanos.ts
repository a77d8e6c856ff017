import { type RenderedFile, toYaml } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { clientOf, clientTlsConfig, tlsDirectory } from "../internal-tls.ts";
import { prometheus } from "../prometheus/product.ts";
import type { LongTermSettings } from "./long-term.ts";
import { thanosDirectory, thanosQuery, thanosQueryFrontend, thanosSidecar } from "./product.ts";

/** Names of the config files, in `thanosDirectory`. */
export const thanosFiles = {
  objectStorage: "objstore.yml",
  storageCa: "storage-ca.pem",
  indexCache: "index-cache.yml",
  responseCache: "response-cache.yml",
  downstream: "downstream.yml",
  prometheus: "prometheus-client.yml",
} as const;

/** The bucket, and the authorities that its certificate is verified with. The client reads the keys from a separate file. */
export function renderObjectStorage({ objectStorage }: LongTermSettings): RenderedFile[] {
  const { bucket, endpoint, region, insecure, forcePathStyle, tls, prefix } = objectStorage;
  const tlsConfig = {
    ...(tls.ca !== undefined && { ca_file: `${thanosDirectory}/${thanosFiles.storageCa}` }),
    ...(tls.serverName !== undefined && { server_name: tls.serverName }),
    ...(tls.insecureSkipVerify && { insecure_skip_verify: true }),
  };
  const config = {
    type: "S3",
    config: {
      bucket,
      endpoint,
      region,
      insecure,
      bucket_lookup_type: forcePathStyle ? "path" : "auto",
      ...(Object.keys(tlsConfig).length > 0 && { http_config: { tls_config: tlsConfig } }),
    },
    prefix,
  };
  return [
    { path: thanosFiles.objectStorage, content: toYaml(config) },
    ...(tls.ca === undefined ? [] : [{ path: thanosFiles.storageCa, content: tls.ca }]),
  ];
}

/** Index cache of a store gateway. Larger items are not cached. */
export function renderIndexCache({ store }: LongTermSettings): RenderedFile {
  const config = { max_size: store.indexCacheSize, max_item_size: "32MB" };
  return { path: thanosFiles.indexCache, content: toYaml({ type: "IN-MEMORY", config }) };
}

/** Response cache of the frontend, and its connections to Query. */
export function renderFrontend(settings: Settings, { frontend }: LongTermSettings): RenderedFile[] {
  const client = clientOf(settings, thanosQuery, tlsDirectory(thanosQueryFrontend));
  return [
    {
      path: thanosFiles.responseCache,
      content: toYaml({ type: "IN-MEMORY", config: { max_size: frontend.cacheSize } }),
    },
    {
      path: thanosFiles.downstream,
      // Go keeps two idle connections by default, fewer than the frontend uses.
      content: toYaml({ max_idle_conns_per_host: 100, ...(client && { tls_config: clientTlsConfig(client) }) }),
    },
  ];
}

/** How the sidecar connects to Prometheus, with `network.tls`. */
export function renderPrometheusClient(settings: Settings): RenderedFile[] {
  const client = clientOf(settings, prometheus, tlsDirectory(thanosSidecar));
  if (client === undefined) return [];
  return [{ path: thanosFiles.prometheus, content: toYaml({ tls_config: clientTlsConfig(client) }) }];
}
