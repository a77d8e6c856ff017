import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { parseQuantity, parseSize } from "./units.ts";

export function checkRetention({ metrics }: Settings): Problem[] {
  const needed = Math.ceil(((parseSize(metrics.retentionSize) ?? 0) * 1.25) / 1024 ** 3);
  if ((parseQuantity(metrics.volumeSize) ?? 0) >= (parseSize(metrics.retentionSize) ?? 0) * 1.25) return [];
  return [
    {
      path: "metrics.volumeSize",
      message: `${show(metrics.volumeSize)} is too small for metrics.retentionSize ${show(metrics.retentionSize)}; use at least "${needed}Gi"`,
    },
  ];
}

/** The S3 clients add the bucket to the endpoint themselves, as a subdomain or in the path. */
export function checkEndpoints({ logs, metrics }: Settings): Problem[] {
  const storages = {
    "logs.objectStorage": logs.enabled ? logs.objectStorage : undefined,
    "metrics.longTerm.objectStorage": metrics.longTerm?.objectStorage,
  };
  return Object.entries(storages).flatMap(([path, storage]) => {
    const [first, ...rest] = storage?.endpoint.split(".") ?? [];
    if (storage === undefined || first !== storage.bucket) return [];
    const host = rest.join(".") || "s3.eu-central-1.amazonaws.com";
    return [
      {
        path: `${path}.endpoint`,
        message: `${show(storage.endpoint)} starts with the bucket name; use "${host}"`,
      },
    ];
  });
}
