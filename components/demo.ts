import * as pulumi from "@pulumi/pulumi";
import { chosenCollector } from "../config/products/collector/chosen.ts";
import { spansEndpoint } from "../config/products/collector/spans.ts";
import {
  alertmanagerUrl,
  demoUrl,
  grafanaUrl,
  jaegerUrl,
  notificationsUrl,
  prometheusUrl,
} from "../config/products/links.ts";
import type { Settings } from "../config/settings/schema.ts";
import { demoTarget } from "../config/settings/secrets.ts";
import { demoCertificateVolume, demoHosts, demoLogVolume, demoPorts } from "../config/white-room/demo.ts";
import { postgresInitSql, redisConfig, redisUsers } from "../config/white-room/demo-files.ts";
import { demoPrograms } from "../config/white-room/demo-programs.ts";
import { bundleDemo } from "../demo/bundle.ts";
import type { SimulatorConfig, SinksConfig } from "../demo/config.ts";
import { renderDemoNginxConfig } from "../demo/nginx.conf.ts";
import { described, type StackContext, secretSet } from "./context.ts";
import type { SharedVolume, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

const logDirectory = demoLogVolume.directory;
const writableLogs: SharedVolume = { ...demoLogVolume, readOnly: false };
const certificateFile = `${demoCertificateVolume.directory}/site.pem`;

/** The White Room simulator with real PostgreSQL, Redis and Nginx servers, and the receivers of dev notifications. */
export class Demo extends pulumi.ComponentResource {
  readonly url: string | undefined;
  readonly notificationsUrl: string | undefined;

  constructor(name: string, { settings, secrets, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:demo:Demo", name, {}, opts);
    const sinks = platform.deploy(sinksWorkload(settings), { parent: this });
    const simulator = platform.deploy(simulatorWorkload(settings, secrets), { parent: this });
    for (const workload of [
      postgresWorkload(settings, secrets),
      redisWorkload(settings, secrets),
      nginxWorkload(settings, platform.resolver),
    ]) {
      platform.deploy(workload, { parent: this });
    }
    this.url = simulator.url("control");
    this.notificationsUrl = `${sinks.url("http")}/notifications`;
    this.registerOutputs({ url: this.url, notificationsUrl: this.notificationsUrl });
  }
}

const common = { placement: "service", stopGraceSeconds: 5 } as const;

/** A demo program: a bundled file and its config, run by the official Node image. */
function nodeProgram(
  settings: Settings,
  program: "simulator" | "sinks",
  port: number,
  config: SimulatorConfig | SinksConfig,
) {
  const directory = "/opt/demo";
  return {
    ...common,
    ...described(settings, { ...demoPrograms[program], port }),
    command: ["/usr/local/bin/node", `${directory}/${program}.mjs`, "--config", `${directory}/config.json`],
    programFiles: {
      name: "program",
      directory,
      files: [
        { path: "config.json", content: `${JSON.stringify(config, undefined, 2)}\n` },
        { path: `${program}.mjs`, content: bundleDemo(program) },
      ],
      secret: false,
      reload: { kind: "restart" },
    },
    limits: { memory: "192Mi", cpu: 0.5 },
  } as const;
}

function sinksWorkload(settings: Settings): Workload {
  const { notificationsPort } = settings.demo;
  const { programFiles, ...program } = nodeProgram(settings, "sinks", notificationsPort, {
    listen: "0.0.0.0",
    ports: { http: notificationsPort, smtp: demoPorts.smtp },
    links: links(settings),
  });
  return {
    ...program,
    service: "demo",
    files: [programFiles],
    ports: [
      { name: "http", port: notificationsPort, publishedPort: notificationsPort },
      { name: "smtp", port: demoPorts.smtp },
    ],
  };
}

function simulatorWorkload(settings: Settings, secrets: Secrets): Workload {
  const { demo, logs } = settings;
  const password = `${demoPrograms.simulator.secretFiles.secrets.directory}/demoDatabasePassword`;
  const spans = spansEndpoint(settings);
  const { programFiles, ...program } = nodeProgram(settings, "simulator", demo.port, {
    listen: "0.0.0.0",
    ports: {
      juceBackend: demoPorts["juce-backend"],
      swiftFrontend: demoPorts["swift-frontend"],
      audioEngine: demoPorts["audio-engine"],
      control: demo.port,
      api: demoPorts.api,
      dns: demoPorts.dns,
    },
    logDirectory,
    rotate: [`${logDirectory}/nginx/access.log`],
    certificateFile,
    nginxUrl: `http://${demoHosts.nginx}:${demoPorts.nginx}`,
    requestsPerSecond: demo.requestRate,
    postgres: {
      host: demoHosts.postgres,
      port: demoPrograms.postgres.port,
      user: "white_room",
      database: "white_room",
      passwordFile: password,
    },
    redis: { host: demoHosts.redis, port: demoPrograms.redis.port, passwordFile: password },
    syslog: { host: chosenCollector(settings).workload, port: logs.sources.syslog.port },
    links: links(settings),
  });
  return {
    ...program,
    service: "audio-engine",
    ...(spans !== undefined && { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: spans } }),
    files: [programFiles, secretSet(secrets, demoPrograms.simulator, "secrets")],
    sharedVolumes: [writableLogs, { ...demoCertificateVolume, readOnly: false }],
    ports: [
      { name: "control", port: demo.port, publishedPort: demo.port },
      { name: "juce-backend", port: demoPorts["juce-backend"] },
      { name: "swift-frontend", port: demoPorts["swift-frontend"] },
      { name: "audio-engine", port: demoPorts["audio-engine"] },
      { name: "api", port: demoPorts.api },
      { name: "dns", port: demoPorts.dns, protocol: "UDP" },
    ],
  };
}

function postgresWorkload(settings: Settings, secrets: Secrets): Workload {
  const program = demoPrograms.postgres;
  const logs = `${logDirectory}/postgres`;
  const monitoring = secrets.get(`postgresPassword-${demoTarget}`);
  return {
    ...common,
    ...described(settings, program),
    service: "postgres",
    command: [
      "/bin/sh",
      "-c",
      // PostgreSQL would create a directory that only its own user can access.
      `mkdir -p ${logs} && chmod 755 ${logs} && exec docker-entrypoint.sh postgres "$@"`,
      "postgres",
      ...[
        "logging_collector=on",
        "log_destination=jsonlog",
        `log_directory=${logs}`,
        // One file per hour, overwritten after a day.
        "log_filename=postgres-%H.log",
        "log_rotation_age=60",
        "log_rotation_size=0",
        "log_truncate_on_rotation=on",
        "log_file_mode=0644",
        "log_min_duration_statement=250",
        "shared_buffers=32MB",
        "max_connections=50",
      ].flatMap((parameter) => ["-c", parameter]),
    ],
    environment: {
      POSTGRES_USER: "white_room",
      POSTGRES_DB: "white_room",
      POSTGRES_PASSWORD_FILE: `${program.secretFiles.secrets.directory}/demoDatabasePassword`,
      PGDATA: "/var/lib/postgresql/data",
    },
    files: [
      secretSet(secrets, program, "secrets"),
      {
        ...secretSet(secrets, program, "init", []),
        files: [{ path: "white-room.sql", content: monitoring.apply((password) => postgresInitSql(password)) }],
      },
    ],
    // The entrypoint and the server also write outside the data directory. The data is in the anonymous volume that the
    // image declares for PGDATA, and is deleted with the container: https://github.com/docker-library/postgres
    writableRoot: true,
    sharedVolumes: [writableLogs],
    ports: [{ name: "postgres", port: program.port }],
    limits: { memory: "192Mi", cpu: 0.5 },
  };
}

function redisWorkload(settings: Settings, secrets: Secrets): Workload {
  const program = demoPrograms.redis;
  const users = pulumi
    .all([secrets.get("demoDatabasePassword"), secrets.get(`redisPassword-${demoTarget}`)])
    .apply(([application, monitoring]) => redisUsers(application, monitoring));
  return {
    ...common,
    ...described(settings, program),
    service: "redis",
    command: ["redis-server", `${program.secretFiles.acl.directory}/redis.conf`],
    files: [
      {
        ...secretSet(secrets, program, "acl", []),
        files: [
          { path: "redis.conf", content: redisConfig },
          { path: "users.acl", content: users },
        ],
      },
    ],
    scratch: [{ directory: "/tmp", size: "16Mi" }],
    ports: [{ name: "redis", port: program.port }],
    limits: { memory: "64Mi", cpu: 0.25 },
  };
}

function nginxWorkload(settings: Settings, resolver: string | undefined): Workload {
  const content = renderDemoNginxConfig({
    upstream: `${demoHosts.simulator}:${demoPorts.api}`,
    accessLog: `${logDirectory}/nginx/access.log`,
    errorLog: `${logDirectory}/nginx/error.log`,
    tls: { port: demoPorts.nginxTls, file: certificateFile },
    // With a resolver, Nginx can start before the simulator and follows address changes.
    ...(resolver !== undefined && { resolver }),
  });
  return {
    ...common,
    ...described(settings, { ...demoPrograms.nginx, port: demoPorts.nginxStatus }),
    service: "nginx",
    command: [
      "/bin/sh",
      "-c",
      `mkdir -p ${logDirectory}/nginx && exec nginx -e stderr -c /etc/demo-nginx/nginx.conf -g 'daemon off;'`,
    ],
    files: [
      {
        name: "config",
        directory: "/etc/demo-nginx",
        files: [{ path: "nginx.conf", content }],
        secret: false,
        reload: { kind: "restart" },
      },
    ],
    sharedVolumes: [writableLogs, { ...demoCertificateVolume, readOnly: true }],
    scratch: [{ directory: "/tmp", size: "32Mi" }],
    ports: [
      { name: "http", port: demoPorts.nginx },
      { name: "https", port: demoPorts.nginxTls },
      { name: "status", port: demoPorts.nginxStatus },
    ],
    limits: { memory: "64Mi", cpu: 0.25 },
  };
}

function links(settings: Settings): { title: string; url: string }[] {
  const { alerting, visualization } = settings;
  return [
    { title: "Prometheus", url: prometheusUrl(settings) },
    ...(alerting.enabled ? [{ title: "Alertmanager", url: alertmanagerUrl(settings) }] : []),
    ...(visualization.enabled ? [{ title: "Grafana", url: grafanaUrl(settings) }] : []),
    ...(visualization.viewer.enabled ? [{ title: "Dashboards", url: grafanaUrl(settings) }] : []),
    ...(settings.tracing.enabled ? [{ title: "Traces", url: jaegerUrl(settings) }] : []),
    { title: "Notifications", url: notificationsUrl(settings) },
    { title: "Demo", url: demoUrl(settings) },
  ];
}
