import { z } from "zod";
import { type HostExporterName, hostExporterNames, hostExporters } from "../../products/host-exporters.ts";
import type { HostExporter } from "../../products/product.ts";
import { serverExporters } from "../../products/server-exporters.ts";
import { scrapeIntervals, services } from "../../white-room/metrics.ts";
import { labelName } from "../labels.ts";
import { mountPathProblem, targetFileProblem } from "../paths.ts";
import { ca, connection } from "../tls.ts";
import { checkedText, duration, host, hostAndPort, httpUrl, limits, name, plainText, port, text } from "../units.ts";

const publishedPort = port
  .optional()
  .describe("Published port of the exporter. If unset, the exporter is reachable only inside the stack.");

/** Part of the exporter's resource names, which must not clash with those of its files. */
const targetName = name.refine((text) => !text.endsWith("-secrets"), {
  error: 'ends with "-secrets", which is reserved for the exporter\'s files; use another name',
});

/** postgres_exporter splits its connection string at spaces, and logs it with the password if it cannot read it. */
const withoutSpaces = plainText.refine((written) => !written.includes(" "), {
  error: "contains a space, which postgres_exporter does not support; use a name without it",
});

/** Keys that only some of the host exporters have. */
const ownKeys = {
  node: {
    rslave: z
      .boolean()
      .default(false)
      .describe(
        "Mounts the host's root with rslave propagation (on Kubernetes HostToContainer, the default there), so that disks mounted later are seen; without it, they show the figures of the root filesystem. Fails where the root is not a shared mount (dev containers). `./start.sh` turns it on if this machine supports it.",
      ),
  },
  cadvisor: {
    containerdSocket: text(
      (path) => /^(?:\/var)?\/run\/.*[^/]$/.test(path) && mountPathProblem(path) === undefined,
      'is not a socket path under /run; use a path such as "/run/containerd/containerd.sock"',
    )
      .default("/run/containerd/containerd.sock")
      .describe(
        "Socket of Docker's containerd, under /run or /var/run. cAdvisor needs it if Docker uses the containerd image store (the default since Docker Engine 29).",
      ),
  },
} as const satisfies Partial<Record<HostExporterName, z.ZodRawShape>>;

function commonKeys({ port: usualPort, settings }: HostExporter) {
  const { title, description, enabled, memory, cpu } = settings;
  return {
    enabled: z.boolean().default(enabled).describe(description),
    port: port.default(usualPort).describe(`Published port of ${title}.`),
    targets: z.array(hostAndPort).default([]).describe(`Additional ${title} instances to scrape, as host:port.`),
    limits: limits(memory, cpu),
  };
}

type OwnKeys<Name> = Name extends keyof typeof ownKeys ? (typeof ownKeys)[Name] : unknown;

const ofHostExporters = Object.fromEntries(
  hostExporterNames.map((name) => {
    const { targets, limits, ...first } = commonKeys(hostExporters[name]);
    const own: z.ZodRawShape = name in ownKeys ? ownKeys[name as keyof typeof ownKeys] : {};
    return [name, z.strictObject({ ...first, ...own, targets, limits }).prefault({})];
  }),
) as unknown as {
  readonly [Name in HostExporterName]: z.ZodPrefault<
    z.ZodObject<ReturnType<typeof commonKeys> & OwnKeys<Name>, z.core.$strict>
  >;
};

/** Exporters for the host, the containers and the servers used by White Room. */
export const exporters = z
  .strictObject({
    ...ofHostExporters,
    kubeStateMetrics: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe("Enables kube-state-metrics. Kubernetes only, where it defaults to true."),
        limits: limits("192Mi", 0.25),
      })
      .prefault({}),
    postgres: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Enables the PostgreSQL exporters."),
        port: port.default(serverExporters.postgres.port).describe("Published port of the demo's PostgreSQL exporter."),
        targets: z
          .array(
            z.strictObject({
              name: targetName.describe("Name of the target. Its password is the secret postgresPassword-<name>."),
              publishedPort,
              host: host.describe("Host name or IP address of the server."),
              port: port.default(5432).describe("Port of the server."),
              user: withoutSpaces
                .default("white_room_monitoring")
                .describe("Role of the exporter, a member of pg_monitor."),
              database: withoutSpaces.default("postgres").describe("Database to connect to."),
              sslMode: z
                .enum(["disable", "require", "verify-ca", "verify-full"])
                .default("require")
                .describe("libpq sslmode of the connection."),
              ca,
            }),
          )
          .default([])
          .describe("Servers to monitor, one exporter each."),
        limits: limits("64Mi", 0.25),
      })
      .prefault({}),
    redis: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Enables the Redis exporters."),
        port: port.default(serverExporters.redis.port).describe("Published port of the demo's Redis exporter."),
        targets: z
          .array(
            z.strictObject({
              name: targetName.describe("Name of the target. Its password is the secret redisPassword-<name>."),
              publishedPort,
              host: host.describe("Host name or IP address of the server."),
              port: port.default(6379).describe("Port of the server."),
              user: plainText.optional().describe("ACL user. If unset, the default user."),
              tls: z.boolean().default(false).describe("Connects over TLS."),
              ca,
              authenticated: z.boolean().default(true).describe("Set to false if the server requires no password."),
            }),
          )
          .default([])
          .describe("Servers to monitor, one exporter each."),
        limits: limits("64Mi", 0.25),
      })
      .prefault({}),
    nginx: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Enables the Nginx exporters."),
        port: port.default(serverExporters.nginx.port).describe("Published port of the demo's Nginx exporter."),
        targets: z
          .array(
            z.strictObject({
              name: targetName.describe("Name of the target."),
              publishedPort,
              statusUrl: httpUrl.describe("URL of the stub_status page."),
            }),
          )
          .default([])
          .describe("Servers to monitor, one exporter each."),
        limits: limits("64Mi", 0.25),
      })
      .prefault({}),
  })
  .prefault({});

const parameterValue = plainText;

/** Targets that Prometheus finds itself. */
const discovery = z
  .strictObject({
    files: z
      .array(checkedText(targetFileProblem, 'is not an absolute path; use a path such as "/srv/targets/*.yml"'))
      .default([])
      .describe(
        'Files on the Docker host with targets, in Prometheus\' file_sd format; the file name may contain one "*". Their directory is mounted into Prometheus, and changes apply immediately.',
      ),
    srv: z
      .array(
        text(
          /^(?=.{1,253}$)(?:_?[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
          'is not a valid DNS name; use a name such as "_metrics._tcp.example.com"',
        ),
      )
      .default([])
      .describe("Names of DNS SRV records with host and port of targets, looked up every 30 seconds."),
  })
  .prefault({})
  .describe(
    "Discovered targets, in addition to `targets` (Docker only). On Kubernetes, pods and Services are discovered by their annotations.",
  );

/** Scrape jobs of the White Room services. The three built-in jobs exist unless disabled. */
const application = z.strictObject({
  enabled: z.boolean().default(true).describe("Enables the scrape job."),
  targets: z.array(hostAndPort).default([]).describe("Instances to scrape, as host:port."),
  metricsPath: text(
    /^\/[A-Za-z0-9._~!$&'()*+,;=:@/-]*$/,
    'is not a valid path; use a path without query that starts with "/", such as "/metrics"',
  )
    .default("/metrics")
    .describe("Path of the metrics endpoint."),
  scheme: z.enum(["http", "https"]).default("http").describe("Protocol scheme of the scrape requests."),
  service: name.optional().describe("Value of the service label. Defaults to the job name."),
  scrapeInterval: duration({ min: "1s", max: "5m" })
    .optional()
    .describe("Scrape interval of the job. Defaults to metrics.scrapeInterval (audio-engine: 10s)."),
  labels: z
    .record(labelName, plainText)
    .default({})
    .describe("Labels to add to all series of the job, such as region."),
  params: z
    .record(
      text(
        /^[\w.~[\]-]{1,100}$/,
        'is not a valid parameter name; use letters, digits and ". _ ~ - [ ]", such as "match[]"',
      ),
      z.union([parameterValue, z.array(parameterValue).min(1)], {
        error: 'is not a valid parameter; use a string, or a list such as ["a", "b"]',
      }),
    )
    .default({})
    .describe("Query parameters of the scrape requests. For secrets, use auth."),
  discovery,
  ...connection("application"),
});

export const applications = z
  .record(name, application.prefault({}))
  .default({})
  .transform((jobs) => {
    const all = { ...Object.fromEntries(services.map((job) => [job, application.parse({})])), ...jobs };
    for (const [job, scrapeInterval] of Object.entries(scrapeIntervals)) {
      const known = all[job];
      if (known !== undefined) all[job] = { ...known, scrapeInterval: known.scrapeInterval ?? scrapeInterval };
    }
    return all;
  });
