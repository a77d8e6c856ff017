import { z } from "zod";
import { prometheus } from "../../products/prometheus/product.ts";
import { destination, filters } from "../destinations.ts";
import { labelName } from "../labels.ts";
import { baseUrl, duration, limits, plainText, port, quantity, replicas, size } from "../units.ts";
import { longTerm } from "./long-term.ts";

/** Prometheus: scraping, retention, limits. */
export const metrics = z
  .strictObject({
    scrapeInterval: duration({ min: "1s", max: "5m" }).default("15s").describe("Default scrape interval."),
    scrapeTimeout: duration({ min: "1s", max: "5m" })
      .default("10s")
      .describe("Scrape timeout; at most the scrape interval."),
    evaluationInterval: duration({ min: "1s", max: "5m" })
      .default("15s")
      .describe("Default evaluation interval of rule groups."),
    retentionTime: duration({ min: "1h", max: "10y" }).default("15d").describe("Retention period of samples."),
    retentionSize: size.default("10GB").describe("Maximum size of the blocks; the oldest are deleted first."),
    volumeSize: quantity
      .default("13Gi")
      .describe("Size of the volume; at least 1.25 × retentionSize, to leave room for WAL and head."),
    externalLabels: z
      .record(labelName, plainText)
      .default({})
      .describe("External labels, in addition to cluster and env."),
    externalUrl: baseUrl.optional().describe("URL at which users reach Prometheus. Defaults to the published port."),
    sampleLimit: z
      .int()
      .min(0)
      .max(10_000_000)
      .default(50_000)
      .describe("Maximum number of samples per scrape; a scrape that exceeds it fails. 0 means no limit."),
    targetLimit: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(1_000)
      .describe("Maximum number of targets per job. 0 means no limit."),
    labelLimit: z
      .int()
      .min(0)
      .max(1_000)
      .default(64)
      .describe("Maximum number of labels per sample. 0 means no limit."),
    labelValueLengthLimit: z
      .int()
      .min(0)
      .max(65_536)
      .default(1_024)
      .describe("Maximum length of a label value, in bytes. 0 means no limit."),
    ruleLimit: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(10_000)
      .describe(
        "Maximum number of alerts or recorded series per rule; a rule that exceeds it fails. 0 means no limit.",
      ),
    bodySizeLimit: size
      .default("16MB")
      .describe("Maximum size of an uncompressed scrape response; a scrape that exceeds it fails."),
    remoteWrite: z
      .array(
        z.strictObject({
          ...destination("remoteWrite", "Remote write endpoint."),
          filters: filters("series", "A label of the series, or __name__ for its metric"),
          exemplars: z
            .boolean()
            .optional()
            .describe("Also sends exemplars, such as trace IDs. Defaults to tracing.enabled."),
        }),
      )
      .default([])
      .describe(
        "Remote write endpoints of a central system or other long-term storage, such as Grafana Cloud, Mimir, Thanos Receive or VictoriaMetrics.",
      ),
    longTerm,
    port: port.default(prometheus.port).describe("Published port of Prometheus."),
    replicas: replicas.describe(
      "Number of identical Prometheus replicas, each with its own volume (more than 1 only on Kubernetes).",
    ),
    limits: limits("1Gi", 1),
  })
  .prefault({});
