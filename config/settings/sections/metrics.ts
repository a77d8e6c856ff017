import { z } from "zod";
import { prometheus } from "../../products/prometheus/product.ts";
import { duration, httpUrl, limits, port, quantity, replicas, size } from "../units.ts";

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A password in it would stand readable in the state and in every preview. */
const withoutPassword = httpUrl.refine((url) => new URL(url).username === "", {
  error: "holds a user, whose password would be readable in the state: write an address that asks for none",
});

/** Prometheus: scraping, retention, limits. */
export const metrics = z
  .strictObject({
    scrapeInterval: duration({ min: "1s", max: "5m" })
      .default("15s")
      .describe("How often a job is scraped that says nothing else."),
    scrapeTimeout: duration({ min: "1s", max: "5m" })
      .default("10s")
      .describe("How long one scrape may take; at most the interval."),
    evaluationInterval: duration({ min: "1s", max: "5m" })
      .default("15s")
      .describe("How often rule groups are evaluated."),
    retentionTime: duration({ min: "1h", max: "10y" }).default("15d").describe("How long samples are kept."),
    retentionSize: size.default("10GB").describe("How much the blocks may take; the oldest go first."),
    volumeSize: quantity
      .default("13Gi")
      .describe("Size of the volume; at least 1.25 × retentionSize, for WAL and head."),
    externalLabels: z
      .record(z.string().regex(labelName, { error: 'is no label name: write letters, digits and "_"' }), z.string())
      .default({})
      .describe("Labels on everything that leaves Prometheus, beside cluster and env."),
    sampleLimit: z
      .int()
      .min(0)
      .max(10_000_000)
      .default(50_000)
      .describe("Samples one scrape may bring; more and the scrape fails. 0: no limit."),
    targetLimit: z.int().min(0).max(1_000_000).default(1_000).describe("Targets one job may have. 0: no limit."),
    labelLimit: z.int().min(0).max(1_000).default(64).describe("Labels one sample may have. 0: no limit."),
    labelValueLengthLimit: z
      .int()
      .min(0)
      .max(65_536)
      .default(1_024)
      .describe("Bytes one label value may have. 0: no limit."),
    remoteWrite: z
      .array(z.strictObject({ url: withoutPassword.describe("Where samples are posted to; it asks for no password.") }))
      .default([])
      .describe("Long-term stores inside your network that get every sample, such as Thanos Receive or Mimir."),
    port: port.default(prometheus.port).describe("Port Prometheus is published on."),
    replicas: replicas.describe(
      "How many Prometheus scrape and evaluate the same, each on a volume of its own (more than 1: Kubernetes).",
    ),
    limits: limits("1Gi", 1),
  })
  .prefault({});
