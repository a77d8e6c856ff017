import { traitsOf } from "../../../components/platform/traits.ts";
import { type RenderedFile, toYaml } from "../../file.ts";
import { type ExtraFolder, extraDashboards, extraFolders } from "../../settings/extra-dashboards.ts";
import { isLoopback } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { clientOf, internalUrl, tlsDirectory } from "../internal-tls.ts";
import { jaeger } from "../jaeger/product.ts";
import { bindAddress, bracketed, dashboardUids, grafanaUrl, isUnspecified, jaegerPath } from "../links.ts";
import { hasLoki, loki } from "../loki/product.ts";
import { addressOf, type Product } from "../product.ts";
import { prometheus } from "../prometheus/product.ts";
import { longTermOf } from "../thanos/long-term.ts";
import { thanosQueryFrontend } from "../thanos/product.ts";
import { lokiForGrafana } from "../web-gateway/web-gateway.ts";
import { datasourceNames, datasourceUids } from "./data-source-uids.ts";
import { mailEnvironment, pluginEnvironment } from "./extras.ts";
import { oidcEnvironment } from "./oidc.ts";
import { dataSourceAddress, ownDataSources, passwordEnvironment } from "./own-data-sources.ts";
import { grafana, metricsUser, secretFrom } from "./product.ts";

/** Paths in Grafana's container. */
export const grafanaDirectories = {
  provisioning: "/etc/grafana/provisioning",
  dashboards: "/etc/grafana/dashboards",
  folders: "/etc/grafana/folders",
  data: "/var/lib/grafana",
} as const;

/** Grafana provisioning: data sources and the dashboard provider. Paths are relative to the parent of `provisioning`. */
export function renderGrafana(settings: Settings): RenderedFile[] {
  return [
    {
      path: "provisioning/datasources/white-room.yml",
      content: toYaml({ apiVersion: 1, prune: true, datasources: datasources(settings) }),
    },
    {
      path: "provisioning/dashboards/white-room.yml",
      content: toYaml({ apiVersion: 1, providers: [dashboardFolder, ...extraFolders(settings).map(folderProvider)] }),
    },
    // Empty, because Grafana logs an error for each of these directories that does not exist.
    ...["alerting", "plugins"].map((what) => ({
      path: `provisioning/${what}/white-room.yml`,
      content: toYaml({ apiVersion: 1 }),
    })),
  ];
}

const dashboardFolder = {
  name: "white-room",
  folder: "White Room",
  folderUid: "white-room",
  type: "file",
  // Delete dashboards whose file was removed. Users cannot delete provisioned dashboards anyway.
  disableDeletion: false,
  allowUiUpdates: false,
  updateIntervalSeconds: 10,
  options: { path: grafanaDirectories.dashboards },
};

/** A folder for the dashboards of a subdirectory of `visualization.extraDashboards`. */
function folderProvider({ title, uid }: ExtraFolder) {
  return { ...dashboardFolder, name: uid, folder: title, folderUid: uid, options: { path: folderDirectory(uid) } };
}

/** Directory of the dashboards of a folder. */
export function folderDirectory(uid: string): string {
  return `${grafanaDirectories.folders}/${uid}`;
}

/** uids of all provisioned data sources. */
export function provisionedUids(settings: Settings): string[] {
  return datasources(settings).map(({ uid }) => uid);
}

interface ProvisionedSource {
  readonly uid: string;
  readonly [option: string]: unknown;
}

function datasources(settings: Settings): ProvisionedSource[] {
  const { alerting, metrics, tracing } = settings;
  const options = {
    httpMethod: "POST",
    timeInterval: metrics.scrapeInterval,
    ...(tracing.enabled && {
      exemplarTraceIdDestinations: [{ name: "trace_id", datasourceUid: datasourceUids.jaeger }],
    }),
  };
  const own = {
    ...options,
    prometheusType: "Prometheus",
    ...(alerting.enabled && { alertmanagerUid: datasourceUids.alertmanager }),
  };
  const all: ProvisionedSource[] =
    longTermOf(settings) === undefined
      ? [{ ...datasource(settings, prometheus, own), isDefault: true }]
      : [
          {
            // Its rules are those of Prometheus.
            ...datasource(
              settings,
              { ...thanosQueryFrontend, workload: prometheus.workload },
              {
                ...options,
                prometheusType: "Thanos",
                manageAlerts: false,
              },
            ),
            url: internalUrl(settings, thanosQueryFrontend),
            isDefault: true,
          },
          {
            ...datasource(settings, prometheus, own),
            name: datasourceNames.localPrometheus,
            uid: datasourceUids.localPrometheus,
          },
        ];
  if (hasLoki(settings)) {
    const source = datasource(settings, loki, {
      maxLines: 1000,
      manageAlerts: true,
      derivedFields: [...(tracing.enabled ? [traceOfLine] : []), traceSearch],
    });
    all.push({ ...source, url: internalUrl(settings, lokiForGrafana(settings)) });
  }
  if (alerting.enabled) {
    all.push(
      datasource(settings, alertmanager, {
        implementation: "prometheus",
        handleGrafanaManagedAlerts: false,
      }),
    );
  }
  if (tracing.enabled) all.push(traceSource(settings));
  return [...all, ...ownDataSources(settings)];
}

type Source = Pick<Product, "port" | "tls"> & { readonly workload: keyof typeof datasourceUids };

function datasource(settings: Settings, source: Source, jsonData: object): ProvisionedSource {
  const uid = datasourceUids[source.workload];
  const name = datasourceNames[source.workload];
  const client = clientOf(settings, source, tlsDirectory(grafana));
  return {
    ...{ name, uid, type: uid, access: "proxy", url: internalUrl(settings, source), editable: false },
    jsonData: {
      ...jsonData,
      ...(client && { tlsAuth: true, tlsAuthWithCACert: true, serverName: client.serverName }),
    },
    // Read by Grafana at its start, so that no key is in this file.
    ...(client && {
      secureJsonData: {
        tlsCACert: `$__file{${client.caFile}}`,
        tlsClientCert: `$__file{${client.certFile}}`,
        tlsClientKey: `$__file{${client.keyFile}}`,
      },
    }),
  };
}

/** Jaeger, with links from a trace to its log lines and to the metrics of its services. */
function traceSource(settings: Settings): ProvisionedSource {
  const source = datasource(settings, jaeger, {
    nodeGraph: { enabled: true },
    traceQuery: { timeShiftEnabled: true, spanStartTimeShift: "-1h", spanEndTimeShift: "1h" },
    ...(hasLoki(settings) && {
      tracesToLogsV2: {
        datasourceUid: datasourceUids.loki,
        ...aroundSpan,
        customQuery: true,
        // The trace ID is structured metadata, not a label.
        query: '{service=~".+"} | trace_id="$${__trace.traceId}"',
      },
    }),
    tracesToMetrics: {
      datasourceUid: datasourceUids.prometheus,
      ...aroundSpan,
      tags: [{ key: "service.name", value: "service" }],
      queries: [
        { name: "Requests per second", query: "sum(rate(traces_span_metrics_calls_total{$$__tags}[5m]))" },
        {
          name: "Failed requests per second",
          query: 'sum(rate(traces_span_metrics_calls_total{$$__tags, status_code="STATUS_CODE_ERROR"}[5m]))',
        },
        {
          name: "P95 duration",
          query:
            "histogram_quantile(0.95, sum by (le) (rate(traces_span_metrics_duration_seconds_bucket{$$__tags}[5m])))",
        },
      ],
    },
  });
  return { ...source, url: `${internalUrl(settings, jaeger)}${jaegerPath(settings).replace(/\/$/, "")}` };
}

/** Range of queries that start from a span. */
const aroundSpan = { spanStartTimeShift: "-15m", spanEndTimeShift: "15m" } as const;

/** Link from a log line to its trace. */
const traceOfLine = {
  name: "Trace",
  matcherType: "label",
  matcherRegex: "^trace_id$",
  datasourceUid: datasourceUids.jaeger,
  url: "$${__value.raw}",
  urlDisplayLabel: "Show the trace",
};

/** Link from a log line to all lines of its trace. Provisioning expands `$`, so Grafana variables are escaped as `$$`. */
const traceSearch = {
  name: "All lines of this trace",
  matcherType: "label",
  matcherRegex: "^trace_id$",
  url: `/d/${dashboardUids.logs}?var-trace_id=$\${__value.raw}&$\${__url_time_range}`,
  urlDisplayLabel: "Search",
};

/**
 * Grafana settings as environment variables, without secrets, which are read from files. The administrator's password is
 * used only at the first start.
 */
export function grafanaEnvironment(settings: Settings): Record<string, string> {
  const url = new URL(grafanaUrl(settings));
  const directories = grafanaDirectories;
  return {
    GF_PATHS_DATA: directories.data,
    GF_PATHS_PLUGINS: `${directories.data}/plugins`,
    GF_PATHS_PROVISIONING: directories.provisioning,
    GF_SERVER_HTTP_PORT: String(grafana.port),
    GF_SERVER_ROOT_URL: url.href.replace(/\/*$/, "/"),
    GF_SERVER_SERVE_FROM_SUB_PATH: String(url.pathname !== "/"),
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: homeDashboard(settings),
    GF_SECURITY_ADMIN_USER: settings.visualization.adminUser,
    GF_SECURITY_ADMIN_PASSWORD: secretFrom("admin", "grafanaAdminPassword"),
    GF_SECURITY_SECRET_KEY: secretFrom("secrets", "grafanaSecretKey"),
    GF_METRICS_BASIC_AUTH_USERNAME: metricsUser,
    GF_METRICS_BASIC_AUTH_PASSWORD: secretFrom("secrets", "grafanaMetricsPassword"),
    ...databaseEnvironment(settings),
    ...oidcEnvironment(settings),
    ...passwordEnvironment(settings),
    ...browserProtection(settings),
    GF_SECURITY_DATA_SOURCE_PROXY_WHITELIST: proxiedHosts(settings).join(" "),
    GF_SECURITY_COOKIE_SECURE: String(url.protocol === "https:"),
    // Not "strict": when following a link from Slack or PagerDuty, browsers would not send the cookie and show the login page.
    GF_SECURITY_COOKIE_SAMESITE: "lax",
    GF_SECURITY_DISABLE_GRAVATAR: "true",
    GF_USERS_ALLOW_SIGN_UP: "false",
    GF_USERS_ALLOW_ORG_CREATE: "false",
    GF_AUTH_ANONYMOUS_ENABLED: "false",
    GF_PUBLIC_DASHBOARDS_ENABLED: "false",
    GF_SNAPSHOTS_EXTERNAL_ENABLED: "false",
    GF_SUPPORT_BUNDLES_ENABLED: "false",
    GF_CLOUD_MIGRATION_ENABLED: "false",
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
    GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: "false",
    GF_NEWS_NEWS_FEED_ENABLED: "false",
    ...pluginEnvironment(settings),
    ...mailEnvironment(settings),
    ...(settings.visualization.theme !== "dark" && { GF_USERS_DEFAULT_THEME: settings.visualization.theme }),
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: "true",
    GF_LOG_MODE: "console",
    GF_LOG_CONSOLE_FORMAT: "json",
    // Alerting shows alerts of Prometheus and silences of Alertmanager; there are no Grafana-managed rules.
    GF_UNIFIED_ALERTING_ENABLED: String(settings.alerting.enabled),
    GF_UNIFIED_ALERTING_EXECUTE_ALERTS: "false",
  };
}

/** Path of the start page's dashboard. */
function homeDashboard(settings: Settings): string {
  const { homeDashboard: uid = dashboardUids.home } = settings.visualization;
  const folder = extraDashboards(settings).files.find(({ path }) => path === `${uid}.json`)?.folder;
  return `${folder === undefined ? grafanaDirectories.dashboards : folderDirectory(folder.uid)}/${uid}.json`;
}

/** Response headers for browsers, and the check of the host name, which prevents DNS rebinding. */
function browserProtection(settings: Settings): Record<string, string> {
  const url = new URL(grafanaUrl(settings));
  return {
    GF_SECURITY_CONTENT_SECURITY_POLICY: "true",
    // The gateway sends this header for all pages.
    ...(url.protocol === "https:" &&
      !settings.network.gateway.enabled && {
        GF_SECURITY_STRICT_TRANSPORT_SECURITY: "true",
        GF_SECURITY_STRICT_TRANSPORT_SECURITY_MAX_AGE_SECONDS: "31536000",
      }),
    GF_SERVER_DOMAIN: url.hostname,
    GF_SERVER_ENFORCE_DOMAIN: String(hasOneHost(settings)),
  };
}

/**
 * Whether all requests use the host of its URL. Otherwise Grafana would redirect those that do not: of a proxy in front, of a
 * port forward, or to another address of the host. Health checks and scrapes are answered before.
 */
function hasOneHost(settings: Settings): boolean {
  const { network, visualization } = settings;
  if (network.gateway.enabled) return true;
  if (!traitsOf(settings).publishesPorts || visualization.url !== undefined) return false;
  const address = bindAddress(settings, "grafana");
  if (isLoopback(address)) return network.publicHost === undefined;
  return network.publicHost !== undefined || !isUnspecified(address);
}

/** What Grafana forwards requests to; otherwise a data source could reach any address inside the stack. */
function proxiedHosts(settings: Settings): string[] {
  const { alerting, tracing, visualization } = settings;
  return [
    addressOf(prometheus),
    ...(longTermOf(settings) === undefined ? [] : [addressOf(thanosQueryFrontend)]),
    ...(hasLoki(settings) ? [addressOf(lokiForGrafana(settings))] : []),
    ...(alerting.enabled ? [addressOf(alertmanager)] : []),
    ...(tracing.enabled ? [addressOf(jaeger)] : []),
    ...visualization.dataSources.map(dataSourceAddress),
    ...visualization.dataSourceHosts,
  ];
}

function databaseEnvironment({ visualization: { database } }: Settings): Record<string, string> {
  if (database === undefined) return {};
  return {
    GF_DATABASE_TYPE: "postgres",
    GF_DATABASE_HOST: `${bracketed(database.host)}:${database.port}`,
    GF_DATABASE_NAME: database.name,
    GF_DATABASE_USER: database.user,
    GF_DATABASE_PASSWORD: secretFrom("database", "grafanaDatabasePassword"),
    GF_DATABASE_SSL_MODE: database.sslMode,
  };
}
