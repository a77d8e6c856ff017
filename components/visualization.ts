import * as pulumi from "@pulumi/pulumi";
import { alertmanager } from "../config/products/alertmanager/product.ts";
import { grafanaEnvironment } from "../config/products/grafana/environment.ts";
import { folderDirectory, grafanaDirectories, renderGrafana } from "../config/products/grafana/grafana.ts";
import { oidcUrls } from "../config/products/grafana/oidc.ts";
import { dataSourceAddress, dataSourceSecrets, passwordFile } from "../config/products/grafana/own-data-sources.ts";
import { setPassword } from "../config/products/grafana/password.ts";
import { grafana } from "../config/products/grafana/product.ts";
import { jaeger } from "../config/products/jaeger/product.ts";
import { grafanaPath } from "../config/products/links.ts";
import { reach } from "../config/products/product.ts";
import { prometheus } from "../config/products/prometheus/product.ts";
import { longTermOf } from "../config/products/thanos/long-term.ts";
import { thanosQueryFrontend } from "../config/products/thanos/product.ts";
import { lokiForGrafana } from "../config/products/web-gateway/web-gateway.ts";
import { extraFolders } from "../config/settings/extra-dashboards.ts";
import type { Settings } from "../config/settings/schema.ts";
import { sendsGrafanaMail } from "../config/settings/secrets.ts";
import { allDashboards } from "../dashboards/all.ts";
import { described, type StackContext, secretSet, tlsSet } from "./context.ts";
import { addressPort, httpsPort, urlPort } from "./outside.ts";
import type { FileSet, ReachOutside, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Grafana with provisioned data sources and dashboards. */
export class Visualization extends pulumi.ComponentResource {
  readonly url: string | undefined;
  readonly adminUser: string;
  readonly adminPassword: pulumi.Output<string>;

  constructor(name: string, { settings, secrets, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:visualization:Visualization", name, {}, opts);
    const deployed = platform.deploy(grafanaWorkload(settings, secrets), { parent: this });
    this.url = deployed.url("http");
    this.adminUser = settings.visualization.adminUser;
    this.adminPassword = secrets.get("grafanaAdminPassword");
    this.registerOutputs({ url: this.url, adminUser: this.adminUser, adminPassword: this.adminPassword });
  }
}

function grafanaWorkload(settings: Settings, secrets: Secrets): Workload {
  const { visualization } = settings;
  const all = allDashboards(settings);
  const ofDataSources = dataSourceSecrets(settings);
  const { provisioning, dashboards: dashboardDirectory } = grafanaDirectories;
  const { probe } = grafana;
  return {
    ...kept(settings),
    ...described(settings, { ...grafana, probe: { ...probe, path: `${grafanaPath(settings)}${probe.path}` } }),
    service: "monitoring",
    command: ["/run.sh"],
    environment: grafanaEnvironment(settings),
    files: [
      {
        name: "provisioning",
        directory: provisioning,
        files: renderGrafana(settings).map(({ path, content }) => ({
          path: path.replace(/^provisioning\//, ""),
          content,
        })),
        secret: false,
        reload: { kind: "restart" },
      },
      {
        name: "dashboards",
        directory: dashboardDirectory,
        files: all.filter(({ folder }) => folder === undefined),
        secret: false,
        reload: { kind: "watches" },
        removesStale: true,
      },
      ...extraFolders(settings).map(
        ({ uid }): FileSet => ({
          name: `dashboards-${uid}`,
          directory: folderDirectory(uid),
          files: all.filter(({ folder }) => folder?.uid === uid),
          secret: false,
          reload: { kind: "watches" },
          removesStale: true,
        }),
      ),
      ...(sendsPassword(settings) ? [secretSet(secrets, grafana, "smtp")] : []),
      ...(ofDataSources.length > 0 ? [dataSourcePasswords(secrets, ofDataSources)] : []),
      ...(visualization.database ? [secretSet(secrets, grafana, "database")] : []),
      ...(visualization.oidc ? [secretSet(secrets, grafana, "oidc")] : []),
      secretSet(secrets, grafana, "secrets"),
      ...tlsSet(settings, secrets, grafana),
      adminPassword(secrets),
    ],
    ports: [{ name: "http", port: grafana.port, publishedPort: visualization.port, scraped: true }],
    limits: visualization.limits,
    placement: "service",
    stopGraceSeconds: 30,
    replicas: visualization.replicas,
    reaches: [
      ...[prometheus, lokiForGrafana(settings), alertmanager, jaeger],
      ...(longTermOf(settings) === undefined ? [] : [thanosQueryFrontend]),
    ].map(reach),
    reachesOutside: [
      ...databaseOutside(settings),
      ...providerOutside(settings),
      ...dataSourcesOutside(settings),
      ...pluginsOutside(settings),
      ...mailOutside(settings),
    ],
    openTo: [{ port: grafana.port, who: "people" }],
  };
}

/** Grafana reads the file only when it creates its database; later the password must be changed there. */
function adminPassword(secrets: Secrets): FileSet {
  return {
    ...secretSet(secrets, grafana, "admin"),
    apply: {
      command: ["/bin/sh", "-c", setPassword("{directory}")],
      onceExists: `${grafanaDirectories.data}/grafana.db`,
    },
  };
}

/** Passwords of data sources, as Grafana reads them. */
function dataSourcePasswords(secrets: Secrets, keys: readonly string[]): FileSet {
  const set = secretSet(secrets, grafana, "datasources", keys);
  const files = set.files.map((file) => ({ ...file, content: pulumi.output(file.content).apply(passwordFile) }));
  return { ...set, files };
}

/** Grafana's state is on its volume, or in an external database shared by the replicas. */
function kept({ visualization }: Settings): Partial<Workload> {
  const { database, volumeSize } = visualization;
  // Plugins are downloaded and unpacked there.
  const size = visualization.plugins.length > 0 ? "256Mi" : "64Mi";
  const temporary = { directory: "/tmp", size };
  if (database === undefined) {
    return {
      volumes: [{ name: "data", directory: grafanaDirectories.data, size: volumeSize, keep: true }],
      scratch: [temporary],
    };
  }
  return { scratch: [temporary, { directory: grafanaDirectories.data, size }] };
}

function databaseOutside({ visualization: { database }, network }: Settings): ReachOutside[] {
  return database === undefined ? [] : [{ what: "database", ports: [database.port], ranges: network.egress.database }];
}

/** Grafana itself exchanges the code for a token and reads the user's claims. */
function providerOutside({ visualization: { oidc }, network }: Settings): ReachOutside[] {
  if (oidc === undefined) return [];
  const { tokenUrl, apiUrl } = oidcUrls(oidc);
  const ports = [...new Set([tokenUrl, apiUrl].filter((url) => url !== undefined).map(urlPort))];
  return [{ what: "signIn", ports, ranges: network.egress.signIn }];
}

function dataSourcesOutside({ visualization: { dataSources }, network }: Settings): ReachOutside[] {
  const ports = [...new Set(dataSources.map((source) => addressPort(dataSourceAddress(source))))];
  return ports.length === 0 ? [] : [{ what: "data sources", ports, ranges: network.egress.dataSources }];
}

function pluginsOutside({ visualization: { plugins }, network }: Settings): ReachOutside[] {
  const ports = [...new Set(plugins.map(({ url }) => (url === undefined ? httpsPort : urlPort(url))))];
  return ports.length === 0 ? [] : [{ what: "plugins", ports, ranges: network.egress.plugins }];
}

function mailOutside(settings: Settings): ReachOutside[] {
  const { smarthost } = settings.alerting.email;
  if (!sendsGrafanaMail(settings) || smarthost === undefined) return [];
  return [{ what: "mail", ports: [addressPort(smarthost)], ranges: settings.network.egress.smtp }];
}

function sendsPassword(settings: Settings): boolean {
  return sendsGrafanaMail(settings) && settings.alerting.email.username !== undefined;
}
