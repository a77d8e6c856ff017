import { z } from "zod";
import { alloy } from "../../products/alloy/product.ts";
import { firstDay } from "../../products/loki/first-day.ts";
import { loki } from "../../products/loki/product.ts";
import { promtail } from "../../products/promtail/product.ts";
import { perLogFile } from "../../white-room/log-formats.ts";
import { destination, filters } from "../destinations.ts";
import { streamSelectorProblem } from "../stream-selector.ts";
import {
  absolutePath,
  checkedText,
  duration,
  limits,
  name,
  port,
  quantity,
  replicas,
  text,
  timeZone,
} from "../units.ts";
import { logPath, ownFiles } from "./log-files.ts";
import { objectStorage } from "./object-storage.ts";

/** Log files of each source, if the stack file names none. */
export const defaultPaths = {
  ...perLogFile(({ paths }) => paths),
  nginx: ["/var/log/white-room/nginx/access.log"],
  nginxErrors: ["/var/log/white-room/nginx/error.log"],
  postgres: ["/var/log/white-room/postgres/*.json"],
};

const globs = (paths: string[], what: string) =>
  z.array(logPath).default(paths).describe(`Log files of ${what} on the collector's host; globs are supported.`);

/** Program names that are common in syslog. */
const syslogServices = [
  "CRON",
  "containerd",
  "cron",
  "crond",
  "dhcpd",
  "dnsmasq",
  "dnsmasq-dhcp",
  "dockerd",
  "filterlog",
  "haproxy",
  "hostapd",
  "kernel",
  "named",
  "nginx",
  "postgres",
  "rsyslogd",
  "sshd",
  "su",
  "sudo",
  "systemd",
];

/** Names that senders of syslog may choose, each of which may be a label. */
const syslogNames = (example: string) =>
  z
    .array(
      text(
        /^[\w.,:@/+-]{1,255}$/,
        `is not a valid name; use letters, digits and ". , : @ / + - _", such as "${example}"`,
      ),
    )
    .max(500);

const collectorZone = timeZone.default("UTC");

const fileSource = (paths: string[], what: string) =>
  z
    .strictObject({
      enabled: z.boolean().default(true).describe(`Collects logs of ${what}.`),
      paths: globs(paths, what),
    })
    .prefault({});

/** Loki and the log collector. */
export const logs = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Enables Loki and the log collector."),
    loki: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe(
            "Stores logs in Loki. If false, logs are only sent to logs.remote, and the stack has no Loki, data source, logs dashboard or log-based alerts.",
          ),
      })
      .prefault({}),
    remote: z
      .array(
        z.strictObject({
          ...destination("logsRemote", "Push endpoint of Loki, such as https://logs.example.com/loki/api/v1/push."),
          name: name.describe("Name of the endpoint, used as the suffix of its secrets."),
          filters: filters("lines", "Labels of a stream: job, service, host, level, namespace or container"),
        }),
      )
      .default([])
      .describe(
        "Loki endpoints to which the collector also sends all lines, such as Grafana Cloud Logs or a central Loki.",
      ),
    collector: z
      .enum(["alloy", "promtail"])
      .default("alloy")
      .describe(
        "Log collector. Promtail has been end-of-life since March 2026; use it only on hosts that cannot run Alloy.",
      ),
    retention: duration({ min: "24h", max: "10y" })
      .default("7d")
      .describe("Retention period of logs, enforced by Loki's compactor."),
    retentionStreams: z
      .array(
        z.strictObject({
          selector: checkedText(
            streamSelectorProblem,
            'is not a valid stream selector; use labels and values in braces, such as \'{service="nginx", level="debug"}\'',
          ).describe("Stream selector, by job, service, cluster, env, host, level, namespace or container."),
          period: duration({ min: "24h", max: "10y" }).describe("Retention period of these streams."),
        }),
      )
      .default([])
      .describe("Per-stream retention overrides; the first match wins."),
    volumeSize: quantity.default("10Gi").describe("Size of the Loki volume."),
    replicas: replicas.describe(
      "Number of Loki replicas: 1, or at least 3 with replication factor 3. More than 1 requires Kubernetes, objectStorage and kubernetes.storageClass.",
    ),
    objectStorage: z
      .strictObject({
        ...objectStorage({ bucket: "white-room-logs", secrets: "s3AccessKey and s3SecretKey" }),
        since: z.iso
          .date({ error: 'is not a valid date; use a date such as "2026-12-01"' })
          .refine((day) => day >= firstDay, {
            error: `is too early; use "${firstDay}" for a new stack, or a later date`,
          })
          .refine((day) => day <= "2199-12-31", { error: 'is too late; use at most "2199-12-31"' })
          .default(firstDay)
          .describe(
            "First day (UTC) stored in the bucket. On a stack that already stores logs on its volume, use the day after the switch.",
          ),
      })
      .optional()
      .describe(
        "S3-compatible storage for logs; requires the secrets s3AccessKey and s3SecretKey, or auth: role. If unset, logs are stored on the volume.",
      ),
    ingestionRateMb: z
      .number()
      .min(0.1)
      .max(1_000)
      .default(8)
      .describe("Ingestion rate limit of Loki, in MB per second."),
    maxStreams: z.int().min(100).max(1_000_000).default(5_000).describe("Maximum number of active streams."),
    port: port.default(loki.port).describe("Published port of Loki."),
    alloyPort: port.default(alloy.port).describe("Published port of Alloy's UI and metrics."),
    promtailPort: port.default(promtail.port).describe("Published port of Promtail's UI and metrics."),
    fileGroups: z
      .array(z.int().min(1).max(2_147_483_647))
      .max(32)
      .default([])
      .describe(
        "Group IDs that may read log files which are neither root's nor world-readable, such as 4 for adm on most distributions.",
      ),
    sources: z
      .strictObject({
        ...perLogFile(({ paths, what }) => fileSource(paths, what)),
        nginx: fileSource(defaultPaths.nginx, "Nginx (JSON access log)"),
        nginxErrors: z
          .strictObject({
            enabled: z.boolean().default(true).describe("Collects logs of Nginx (error log)."),
            paths: globs(defaultPaths.nginxErrors, "Nginx (error log)"),
            timezone: collectorZone.describe("Time zone of the Nginx host; the error log contains none."),
          })
          .prefault({}),
        postgres: z
          .strictObject({
            enabled: z.boolean().default(true).describe("Collects logs of PostgreSQL."),
            paths: globs(defaultPaths.postgres, "PostgreSQL"),
            format: z
              .enum(["jsonlog", "stderr"])
              .default("jsonlog")
              .describe(
                "PostgreSQL's log_destination: jsonlog (PostgreSQL 15 and later), or stderr with a log_line_prefix that starts with %m or %t.",
              ),
            timezone: collectorZone.describe("PostgreSQL's log_timezone."),
          })
          .prefault({}),
        syslog: z
          .strictObject({
            enabled: z
              .boolean()
              .default(true)
              .describe(
                "Enables the syslog listener. Defaults to false on Kubernetes, where it accepts messages from any address.",
              ),
            port: port.default(1514).describe("Port of the syslog listener, for TCP and UDP."),
            format: z
              .enum(["rfc5424", "rfc3164"])
              .default("rfc5424")
              .describe(
                "Format of all messages: rfc5424, or rfc3164 (BSD syslog), which most network devices send. Messages in rfc3164 are stored with the time at which they are read, because theirs has no year and no time zone.",
              ),
            services: syslogNames("sshd")
              .default([...syslogServices])
              .describe(
                "Program names (APP-NAME) that become the service label. All other messages have the service syslog, and their program name as the structured metadata program.",
              ),
            hosts: syslogNames("switch-1")
              .default([])
              .describe(
                "Names or addresses of senders that get a host label. For all others, host is structured metadata.",
              ),
            protocol: z.enum(["tcp", "udp", "both"]).default("tcp").describe("Transport protocol of the listener."),
          })
          .prefault({}),
        containers: z
          .strictObject({
            enabled: z
              .boolean()
              .default(true)
              .describe(
                "Collects the output of all containers on the host through the Docker API. Docker only; use pods on Kubernetes.",
              ),
          })
          .prefault({}),
        pods: z
          .strictObject({
            enabled: z
              .boolean()
              .default(false)
              .describe(
                "Collects the output of all pods from the log files on their nodes. Kubernetes only, where it defaults to true.",
              ),
            dockerDirectory: absolutePath("/var/lib/docker/containers").describe(
              "Directory of container logs on nodes that run Docker (cri-dockerd, minikube, Docker Desktop), where pod logs are links into it.",
            ),
          })
          .prefault({}),
        events: z
          .strictObject({
            enabled: z
              .boolean()
              .default(false)
              .describe(
                "Collects the events of the cluster, such as failed scheduling, image pulls and probes. Kubernetes only. Always runs Alloy, in a separate pod, even if logs.collector is promtail.",
              ),
            limits: limits("256Mi", 0.25),
          })
          .prefault({}),
        files: ownFiles,
        journal: z
          .strictObject({
            enabled: z.boolean().default(false).describe("Collects the systemd journal."),
            path: text(
              /^(?!.*\/\.\.?(?:\/|$))(?:auto|(?:\/[\w.@-]+){2,})$/,
              'is not a valid journal directory; use "auto", or a path such as "/run/log/journal"',
            )
              .default("auto")
              .describe(
                "Directory of the journal. auto reads /var/log/journal and /run/log/journal; with the demo, only /var/log/journal.",
              ),
          })
          .prefault({}),
      })
      .prefault({}),
    limits: limits("512Mi", 1),
    collectorLimits: limits("256Mi", 0.5),
  })
  .prefault({});
