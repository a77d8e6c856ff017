import type { LogsSettings } from "../../settings/schema.ts";

/** The day from which streams were always stored as they are now, on whatever they are stored. */
const firstDay = "2024-01-01";

/** Where lines and their index lie: the volume, or object storage from the day that config names. */
export function storage({ objectStorage }: LogsSettings, data: string) {
  const onVolume = { filesystem: { dir: `${data}/chunks` } };
  const days =
    objectStorage === undefined || objectStorage.since === firstDay
      ? [period(firstDay, objectStorage === undefined ? "filesystem" : "s3")]
      : [period(firstDay, "filesystem"), period(objectStorage.since, "s3")];
  return {
    schema_config: { configs: days },
    storage_config: {
      // The only way to store from Loki 4.0 on.
      use_thanos_objstore: true,
      object_store: { ...onVolume, ...(objectStorage && { s3: s3(objectStorage) }) },
      tsdb_shipper: { active_index_directory: `${data}/tsdb-index`, cache_location: `${data}/tsdb-cache` },
    },
  };
}

/** What the requests to delete are kept in. */
export function deleteRequestStore({ objectStorage }: LogsSettings): "filesystem" | "s3" {
  return objectStorage === undefined ? "filesystem" : "s3";
}

function period(from: string, object_store: "filesystem" | "s3") {
  return { from, store: "tsdb", object_store, schema: "v13", index: { prefix: "index_", period: "24h" } };
}

/** The two keys are not here: the client reads them from a file of its own. */
function s3({ endpoint, bucket, region, forcePathStyle, insecure }: NonNullable<LogsSettings["objectStorage"]>) {
  return {
    bucket_name: bucket,
    endpoint,
    region,
    insecure,
    bucket_lookup_type: forcePathStyle ? "path" : "auto",
  };
}
