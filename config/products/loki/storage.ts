import type { LogsSettings } from "../../settings/schema.ts";
import { firstDay } from "./first-day.ts";
import { loki } from "./product.ts";

/** Authorities that the storage's certificate is verified with. */
export const storageCaFile = "storage-ca.pem";

/** Schema periods: the volume, or object storage from the configured day. */
export function storage({ objectStorage }: LogsSettings, data: string) {
  const onVolume = { filesystem: { dir: `${data}/chunks` } };
  const days =
    objectStorage === undefined || objectStorage.since === firstDay
      ? [period(firstDay, objectStorage === undefined ? "filesystem" : "s3")]
      : [period(firstDay, "filesystem"), period(objectStorage.since, "s3")];
  return {
    schema_config: { configs: days },
    storage_config: {
      // The only supported store from Loki 4.0.
      use_thanos_objstore: true,
      object_store: { ...onVolume, ...(objectStorage && { s3: s3(objectStorage) }) },
      tsdb_shipper: { active_index_directory: `${data}/tsdb-index`, cache_location: `${data}/tsdb-cache` },
    },
  };
}

/** Store of delete requests. */
export function deleteRequestStore({ objectStorage }: LogsSettings): "filesystem" | "s3" {
  return objectStorage === undefined ? "filesystem" : "s3";
}

function period(from: string, object_store: "filesystem" | "s3") {
  return { from, store: "tsdb", object_store, schema: "v13", index: { prefix: "index_", period: "24h" } };
}

/** The client reads the two keys from a separate file. */
function s3({ endpoint, bucket, region, forcePathStyle, insecure, tls }: NonNullable<LogsSettings["objectStorage"]>) {
  const http = {
    ...(tls.ca !== undefined && { tls_ca_path: `${loki.configDirectory}/config/${storageCaFile}` }),
    ...(tls.serverName !== undefined && { tls_server_name: tls.serverName }),
    ...(tls.insecureSkipVerify && { insecure_skip_verify: true }),
  };
  return {
    bucket_name: bucket,
    endpoint,
    region,
    insecure,
    bucket_lookup_type: forcePathStyle ? "path" : "auto",
    ...(Object.keys(http).length > 0 && { http }),
  };
}
