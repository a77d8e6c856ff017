import { z } from "zod";
import { duration, limits, name, quantity, replicas, size, wrongType } from "../units.ts";
import { objectStorage } from "./object-storage.ts";

const kept = z.union([z.literal("forever"), duration({ min: "1d", max: "100y" })], {
  error: 'is not a valid duration; use a number with a unit, such as "90d", or "forever"',
});

/** Thanos: years of metrics in object storage. */
export const longTerm = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Deploys Thanos, and sends the blocks of Prometheus to the bucket."),
    objectStorage: z
      .strictObject(
        {
          ...objectStorage({ bucket: "white-room-metrics", secrets: "longTermAccessKey and longTermSecretKey" }),
          prefix: name
            .optional()
            .describe(
              "Prefix of all objects. Stacks with the same cluster and environment can share a bucket only with different prefixes.",
            ),
          pricePerGB: z
            .number()
            .min(0)
            .max(1_000)
            .optional()
            .describe("Price per GB and month, in any currency, for the cost panel of the dashboard."),
        },
        {
          error: wrongType("a map", '{endpoint: "s3.eu-central-1.amazonaws.com", bucket: "white-room-metrics"}'),
        },
      )
      .describe(
        "S3-compatible storage for metrics; requires the secrets longTermAccessKey and longTermSecretKey, or auth: role.",
      ),
    retention: z
      .strictObject({
        raw: kept.default("90d").describe("Retention period of samples as they were scraped; at least 3d."),
        fiveMinutes: kept
          .default("1y")
          .describe(
            "Retention period of samples at a resolution of 5 minutes; at least 16d, and not shorter than raw.",
          ),
        oneHour: kept
          .default("5y")
          .describe("Retention period of samples at a resolution of 1 hour; not shorter than fiveMinutes."),
      })
      .prefault({}),
    uploadCompacted: z
      .boolean()
      .default(false)
      .describe(
        "Also uploads blocks that Prometheus compacted before metrics.longTerm was enabled. Use it once, for a few minutes.",
      ),
    sidecar: z.strictObject({ limits: limits("256Mi", 0.5) }).prefault({}),
    query: z
      .strictObject({
        replicas: replicas
          .unwrap()
          .optional()
          .describe(
            "Number of replicas of Thanos Query and of its frontend. Defaults to 2 on Kubernetes (more than 1 only there).",
          ),
        limits: limits("1Gi", 1),
      })
      .prefault({})
      .describe("Thanos Query, which reads from Prometheus and the bucket and deduplicates replicas."),
    frontend: z
      .strictObject({
        cacheSize: size.default("128MB").describe("Size of the response cache, in memory."),
        limits: limits("512Mi", 0.5),
      })
      .prefault({})
      .describe(
        "Thanos Query Frontend, which splits long queries and caches responses. Grafana's metrics data source.",
      ),
    store: z
      .strictObject({
        splitAt: z
          .array(duration({ min: "1d", max: "100y" }))
          .max(8)
          .default([])
          .describe(
            'Ages of samples at which the bucket is divided among store gateways: ["30d"] runs one for the last 30 days, and one for older samples.',
          ),
        indexCacheSize: size.default("256MB").describe("Size of the index cache of each store gateway, in memory."),
        volumeSize: quantity.default("5Gi").describe("Size of the volume with the index headers of the blocks."),
        limits: limits("1Gi", 1),
      })
      .prefault({})
      .describe("Thanos Store Gateway, which reads blocks from the bucket."),
    compactor: z
      .strictObject({
        volumeSize: quantity
          .default("50Gi")
          .describe("Size of the volume for blocks during compaction; see docs/scaling.md."),
        limits: limits("2Gi", 1),
      })
      .prefault({})
      .describe("Thanos Compactor, which compacts and downsamples blocks and deletes expired ones."),
  })
  .optional()
  .describe("Long-term storage of metrics with Thanos. If unset, metrics are stored only on the volume of Prometheus.");
