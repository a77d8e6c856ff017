import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toYaml } from "../../config/file.ts";
import { longTermOf } from "../../config/products/thanos/long-term.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { longTermKeys } from "../../config/settings/secrets.ts";
import { sandboxSecrets } from "../lib/stack-secret.ts";
import { standIn } from "../offline/images.ts";
import { localSecrets } from "../render/secret-values.ts";
import { root } from "../start/stack-project.ts";

/** Name of the S3 server's service, which is not part of the stack. */
export const bucketService = "bucket";

const port = 7070;
const network = "white-room-sandbox";
const name = `${network}-${bucketService}`;

/** The sandbox's own bucket, as `metrics.longTerm.objectStorage`. */
export const sandboxBucket = {
  endpoint: `${bucketService}:${port}`,
  bucket: "white-room-metrics",
  region: "us-east-1",
  insecure: true,
  forcePathStyle: true,
} as const;

/** Directory of the bucket's objects in the container. */
export const bucketDirectory = `/tmp/data/${sandboxBucket.bucket}`;

const composeFile = join(root, ".pulumi-local", "sandbox-bucket.yaml");

/** Writes the Compose file of the S3 server. Returns its path; undefined if the stack does not use this bucket. */
export function writeBucket(settings: Settings): string | undefined {
  if (longTermOf(settings)?.objectStorage.endpoint !== sandboxBucket.endpoint) return undefined;
  const [accessKey = "", secretKey = ""] = longTermKeys.map(localSecrets(sandboxSecrets));
  const service = {
    image: standIn("thanos"),
    container_name: name,
    // Each subdirectory of the data directory is a bucket. `--sidecar` stores metadata in files, because some file systems do
    // not support extended attributes.
    entrypoint: ["/bin/sh", "-c"],
    command: [
      `mkdir -p ${bucketDirectory} /tmp/metadata && exec versitygw --port :${port} --health /health --quiet posix --sidecar /tmp/metadata /tmp/data`,
    ],
    environment: { ROOT_ACCESS_KEY_ID: accessKey, ROOT_SECRET_ACCESS_KEY: secretKey },
    user: "65534:65534",
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: "512m",
    restart: "unless-stopped",
    networks: [network],
    volumes: [`${name}-data:/tmp`],
    healthcheck: {
      test: ["CMD", "wget", "-q", "-T", "3", "-O", "/dev/null", `http://127.0.0.1:${port}/health`],
      interval: "5s",
    },
  };
  const volumes = { [`${name}-data`]: { name: `${name}-data` } };
  mkdirSync(dirname(composeFile), { recursive: true, mode: 0o700 });
  writeFileSync(composeFile, toYaml({ services: { [bucketService]: service }, volumes }), { mode: 0o600 });
  return composeFile;
}
