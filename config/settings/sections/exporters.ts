import { z } from "zod";
import { cadvisor } from "../../products/cadvisor/product.ts";
import { nodeExporter } from "../../products/node-exporter/product.ts";
import { serverExporters } from "../../products/server-exporters.ts";
import { duration, host, hostAndPort, httpUrl, limits, name, port, text } from "../units.ts";

const publishedPort = port
  .optional()
  .describe("Host port its exporter is published on; left out: reachable inside the stack only.");

/** Part of its exporter's resource names, beside which lie those of the exporter's files. */
const targetName = name.refine((text) => !text.endsWith("-secrets"), {
  error: 'ends with "-secrets", as the exporter\'s own files do: write another name',
});

/** Exporters: what measures the host, the containers and the servers White Room runs on. */
export const exporters = z
  .strictObject({
    node: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Metrics of the host."),
        port: port.default(nodeExporter.port).describe("Port node_exporter is published on."),
        rslave: z
          .boolean()
          .default(false)
          .describe(
            "Follow mounts made later on the host; fails where the host's root is not shared (VMs, dev containers).",
          ),
        targets: z
          .array(hostAndPort)
          .default([])
          .describe("Further hosts that run a node_exporter of their own, as host:port."),
        limits: limits("64Mi", 0.25),
      })
      .prefault({}),
    cadvisor: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe(
            "Metrics of the containers; on Kubernetes each node's kubelet has them, and no cAdvisor is started.",
          ),
        port: port.default(cadvisor.port).describe("Port cAdvisor is published on."),
        containerdSocket: text(
          /^(?:\/var)?\/run\/[\w./-]+$/,
          'is not below /run: write the path of a socket there, such as "/run/containerd/containerd.sock"',
        )
          .default("/run/containerd/containerd.sock")
          .describe(
            "Socket of the containerd that Docker uses, below /run or /var/run. cAdvisor needs it where Docker stores images in containerd (the default since Docker Engine 29).",
          ),
        targets: z
          .array(hostAndPort)
          .default([])
          .describe("Further hosts that run a cAdvisor of their own, as host:port."),
        limits: limits("256Mi", 0.5),
      })
      .prefault({}),
    kubeStateMetrics: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe("State of the cluster's objects. On Kubernetes true, and for it only."),
        limits: limits("192Mi", 0.25),
      })
      .prefault({}),
    postgres: z
      .strictObject({
        enabled: z.boolean().default(true).describe("PostgreSQL exporters."),
        port: port.default(serverExporters.postgres.port).describe("Port the demo's exporter is published on."),
        targets: z
          .array(
            z.strictObject({
              name: targetName.describe("Names the target; its password is the secret postgresPassword-<name>."),
              publishedPort,
              host: host.describe("The server."),
              port: port.default(5432).describe("Port of the server."),
              user: z.string().min(1).default("white_room_monitoring").describe("A role with pg_monitor."),
              database: z.string().min(1).default("postgres").describe("Database to connect to."),
              sslMode: z
                .enum(["disable", "require", "verify-ca", "verify-full"])
                .default("require")
                .describe("How the connection is encrypted, in libpq's words."),
            }),
          )
          .default([])
          .describe("One exporter each."),
        limits: limits("64Mi", 0.25),
      })
      .prefault({}),
    redis: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Redis exporters."),
        port: port.default(serverExporters.redis.port).describe("Port the demo's exporter is published on."),
        targets: z
          .array(
            z.strictObject({
              name: targetName.describe("Names the target; its password is the secret redisPassword-<name>."),
              publishedPort,
              host: host.describe("The server."),
              port: port.default(6379).describe("Port of the server."),
              user: z.string().min(1).optional().describe("ACL user; left out: the default user."),
              tls: z.boolean().default(false).describe("Whether the server speaks TLS."),
              authenticated: z.boolean().default(true).describe("false: the server asks for no password."),
            }),
          )
          .default([])
          .describe("One exporter each."),
        limits: limits("64Mi", 0.25),
      })
      .prefault({}),
    nginx: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Nginx exporters."),
        port: port.default(serverExporters.nginx.port).describe("Port the demo's exporter is published on."),
        targets: z
          .array(
            z.strictObject({
              name: targetName.describe("Names the target."),
              publishedPort,
              statusUrl: httpUrl.describe("Where stub_status answers."),
            }),
          )
          .default([])
          .describe("One exporter each."),
        limits: limits("64Mi", 0.25),
      })
      .prefault({}),
  })
  .prefault({});

/** White Room's own scrape jobs. Each entry is a job; the three known ones are always there unless switched off. */
const application = z.strictObject({
  enabled: z.boolean().default(true).describe("A scrape job of this name."),
  targets: z.array(hostAndPort).default([]).describe("Instances, as host:port."),
  metricsPath: text(/^\//, 'is no path: begin with "/"').default("/metrics").describe("Where it exposes them."),
  scheme: z.enum(["http", "https"]).default("http").describe("How it is asked."),
  service: name.optional().describe("Label service; left out: the job's name."),
  scrapeInterval: duration({ min: "1s", max: "5m" }).optional().describe("Left out: metrics.scrapeInterval."),
});

const knownApplications = ["juce-backend", "swift-frontend", "audio-engine"] as const;

export const applications = z
  .record(name, application.prefault({}))
  .default({})
  .transform((jobs) => {
    const all = { ...Object.fromEntries(knownApplications.map((job) => [job, application.parse({})])), ...jobs };
    const audio = all["audio-engine"];
    return audio === undefined
      ? all
      : { ...all, "audio-engine": { ...audio, scrapeInterval: audio.scrapeInterval ?? "10s" } };
  });
