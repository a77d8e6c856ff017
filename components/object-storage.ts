import * as pulumi from "@pulumi/pulumi";
import { renderCredentials } from "../config/products/storage-credentials.ts";
import type { Settings } from "../config/settings/schema.ts";
import { usesStorageRole } from "../config/settings/secrets.ts";
import { httpsPort, internet, urlPort } from "./outside.ts";
import type { FileSet, ReachOutside, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

type Storage = Pick<NonNullable<Settings["logs"]["objectStorage"]>, "auth" | "endpoint" | "insecure">;

/** Access of a program to its bucket. */
export interface StorageAccess {
  /** Its credentials file, if it uses keys. The S3 clients read it, so that no secret is in the config or environment. */
  readonly files: FileSet[];
  readonly workload: Pick<Workload, "environment" | "usesCloudRole"> & { readonly reachesOutside: ReachOutside[] };
}

/** `set`: the set of secrets. `keys`: the access key and its secret key, in this order. `path`: path of the file in the set. */
export function storageAccess(
  settings: Settings,
  secrets: Secrets,
  { storage, set, keys, path }: { storage: Storage; set: FileSet; keys: readonly [string, string]; path: string },
): StorageAccess {
  const bucket = {
    what: "object storage",
    ports: [urlPort(`${storage.insecure ? "http" : "https"}://${storage.endpoint}`)],
    ranges: settings.network.egress.objectStorage,
  };
  if (usesStorageRole(settings, storage) && !secrets.has(keys[0])) {
    return {
      files: [],
      workload: { usesCloudRole: true, reachesOutside: [bucket, ...roleCredentials(settings)] },
    };
  }
  const content = pulumi
    .all(keys.map((key) => secrets.get(key)))
    .apply(([id = "", key = ""]) => renderCredentials(id, key));
  return {
    files: [{ ...set, files: [{ path, content }] }],
    workload: {
      environment: { AWS_SHARED_CREDENTIALS_FILE: `${set.directory}/${path}` },
      reachesOutside: [bucket],
    },
  };
}

/** Where a role's credentials come from: the token service, and the metadata services of instances and pods. */
function roleCredentials({ network }: Settings): ReachOutside[] {
  return [
    internet("token service", httpsPort, network.egress.objectStorage),
    {
      what: "metadata",
      ports: [80],
      ranges: ["169.254.169.254/32", "169.254.170.23/32", "fd00:ec2::254/128", "fd00:ec2::23/128"],
    },
  ];
}
