import { z } from "zod";
import { alloy } from "../../products/collector/alloy.ts";
import { promtail } from "../../products/collector/promtail.ts";
import { loki } from "../../products/loki/loki.ts";
import { duration, hostAndPort, limits, port, quantity, replicas, text } from "../units.ts";

const globs = (paths: string[], what: string) =>
  z
    .array(text(/^\//, 'is no absolute path: begin with "/", such as "/var/log/app/*.log"'))
    .default(paths)
    .describe(`Files of ${what} on the collector's host, globs allowed.`);

/** Matchers of the labels that log streams have: config/products/collector. */
const matcher = String.raw`\s*(?:job|service|cluster|env|host|level|namespace|container)\s*(?:=~|!~|!=|=)\s*"[^"]*"\s*`;
const streamSelector = new RegExp(`^\\{${matcher}(?:,${matcher})*\\}$`);

const timezone = text(isTimezone, 'is no time zone: write its IANA name, such as "UTC" or "Europe/Berlin"').default(
  "UTC",
);

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

const fileSource = (paths: string[], what: string) =>
  z
    .strictObject({ enabled: z.boolean().default(true).describe(`Lines of ${what}.`), paths: globs(paths, what) })
    .prefault({});

/** Loki and the collector that feeds it. */
export const logs = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Loki and the collector."),
    collector: z
      .enum(["alloy", "promtail"])
      .default("alloy")
      .describe(
        "The log agent. Promtail has had no fixes since March 2026; it is here for hosts that cannot run Alloy.",
      ),
    retention: duration({ min: "24h", max: "10y" })
      .default("7d")
      .describe("How long log lines are kept; enforced by Loki's compactor."),
    retentionStreams: z
      .array(
        z.strictObject({
          selector: text(
            streamSelector,
            'is no selector: write labels and values in braces, such as \'{service="nginx", level="debug"}\'',
          ).describe("Which streams: by job, service, cluster, env, host or level."),
          period: duration({ min: "24h", max: "10y" }).describe("How long their lines are kept."),
        }),
      )
      .default([])
      .describe("Streams that are kept for another time than retention; of several that fit the first counts."),
    volumeSize: quantity.default("10Gi").describe("Size of Loki's volume."),
    replicas: replicas.describe(
      "How many Loki share the work, with three copies of each line: 1, or 3 and more on Kubernetes with objectStorage and kubernetes.storageClass.",
    ),
    objectStorage: z
      .strictObject({
        endpoint: text(
          (written) =>
            hostAndPort.safeParse(written).success || /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(written),
          'is no host: write a host without a scheme, such as "s3.eu-central-1.amazonaws.com"',
        ).describe("Host of the S3 API, or host and port."),
        bucket: text(
          /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
          'is no bucket name: write 3 to 63 lower-case letters, digits, "-" and ".", such as "white-room-logs"',
        ).describe("Bucket, which must be there."),
        region: z.string().min(1).optional().describe("Left out: the endpoint is asked."),
        forcePathStyle: z
          .boolean()
          .default(false)
          .describe("The bucket as part of the path, as most servers other than Amazon's want it."),
        insecure: z.boolean().default(false).describe("Plain HTTP."),
        since: z.iso
          .date({ error: 'is no day: write a day such as "2026-12-01"' })
          .default("2024-01-01")
          .describe("First day stored there, UTC, on a stack that has logs on its volume: the day after the switch."),
      })
      .optional()
      .describe(
        "S3-compatible storage for log lines, with the secrets s3AccessKey and s3SecretKey; left out: the volume.",
      ),
    ingestionRateMb: z.number().min(0.1).max(1_000).default(8).describe("Megabytes a second Loki accepts."),
    maxStreams: z.int().min(100).max(1_000_000).default(5_000).describe("Streams that may be open at once."),
    port: port.default(loki.port).describe("Port Loki is published on."),
    alloyPort: port.default(alloy.port).describe("Port Alloy's page and metrics are published on."),
    promtailPort: port.default(promtail.port).describe("Port Promtail's page and metrics are published on."),
    sources: z
      .strictObject({
        juceBackend: fileSource(["/var/log/white-room/juce-backend/*.log"], "the JUCE backend (JSON lines)"),
        swiftFrontend: fileSource(
          ["/var/log/white-room/swift-frontend/*.log"],
          "the Swift frontend's server side (JSON lines)",
        ),
        nginx: fileSource(["/var/log/white-room/nginx/access.log"], "Nginx (JSON access log)"),
        nginxErrors: z
          .strictObject({
            enabled: z.boolean().default(true).describe("Lines of Nginx (error log)."),
            paths: globs(["/var/log/white-room/nginx/error.log"], "Nginx (error log)"),
            timezone: timezone.describe("Time zone of Nginx's host: its error log names none."),
          })
          .prefault({}),
        postgres: z
          .strictObject({
            enabled: z.boolean().default(true).describe("Lines of PostgreSQL."),
            paths: globs(["/var/log/white-room/postgres/*.json"], "PostgreSQL"),
            format: z
              .enum(["jsonlog", "stderr"])
              .default("jsonlog")
              .describe("PostgreSQL's log_destination: jsonlog (15 and later) or stderr with the prefix '%m [%p] '."),
            timezone: timezone.describe("PostgreSQL's log_timezone."),
          })
          .prefault({}),
        syslog: z
          .strictObject({
            enabled: z.boolean().default(true).describe("On Kubernetes false; on, every address may send to it."),
            port: port.default(1514).describe("TCP port of the listener (RFC 5424)."),
          })
          .prefault({}),
        containers: z
          .strictObject({
            enabled: z
              .boolean()
              .default(true)
              .describe(
                "Output of every container on the host, asked of Docker. On Kubernetes false: there it is pods.",
              ),
          })
          .prefault({}),
        pods: z
          .strictObject({
            enabled: z
              .boolean()
              .default(false)
              .describe("Output of every pod, read from the files on its node. On Kubernetes true, and for it only."),
          })
          .prefault({}),
        journal: z
          .strictObject({
            enabled: z.boolean().default(false).describe("The systemd journal, on hosts that have one."),
          })
          .prefault({}),
      })
      .prefault({}),
    limits: limits("512Mi", 1),
    collectorLimits: limits("256Mi", 0.5),
  })
  .prefault({});
