import { z } from "zod";
import { duration, limits, port, quantity } from "../units.ts";

const globs = (paths: string[], what: string) =>
  z
    .array(z.string().startsWith("/", { error: 'is no absolute path: begin with "/", such as "/var/log/app/*.log"' }))
    .default(paths)
    .describe(`Files of ${what} on the collector's host, globs allowed.`);

const timezone = z
  .string()
  .refine((zone) => isTimezone(zone), {
    error: 'is no time zone: write its IANA name, such as "UTC" or "Europe/Berlin"',
  })
  .default("UTC");

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

const fileSource = (paths: string[], what: string) =>
  z.strictObject({ enabled: z.boolean().default(true), paths: globs(paths, what) }).prefault({});

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
    volumeSize: quantity.default("10Gi").describe("Size of Loki's volume."),
    ingestionRateMb: z.number().min(0.1).max(1_000).default(8).describe("Megabytes a second Loki accepts."),
    maxStreams: z.int().min(100).max(1_000_000).default(5_000).describe("Streams that may be open at once."),
    port: port.default(3100).describe("Port Loki is published on."),
    alloyPort: port.default(12_345).describe("Port Alloy's page and metrics are published on."),
    promtailPort: port.default(9080).describe("Port Promtail's page and metrics are published on."),
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
            enabled: z.boolean().default(true),
            paths: globs(["/var/log/white-room/nginx/error.log"], "Nginx (error log)"),
            timezone: timezone.describe("Time zone of Nginx's host: its error log names none."),
          })
          .prefault({}),
        postgres: z
          .strictObject({
            enabled: z.boolean().default(true),
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
            enabled: z.boolean().default(true),
            port: port.default(1514).describe("TCP port of the listener (RFC 5424)."),
          })
          .prefault({}),
        containers: z
          .strictObject({ enabled: z.boolean().default(true).describe("Output of every container on the host.") })
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
