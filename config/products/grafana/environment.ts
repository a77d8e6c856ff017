import { traitsOf } from "../../../components/platform/traits.ts";
import { extraDashboards } from "../../settings/extra-dashboards.ts";
import { isLoopback } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { jaeger } from "../jaeger/product.ts";
import { bindAddress, bracketed, dashboardUids, grafanaUrl, isUnspecified } from "../links.ts";
import { hasLoki } from "../loki/product.ts";
import { addressOf } from "../product.ts";
import { prometheus } from "../prometheus/product.ts";
import { longTermOf } from "../thanos/long-term.ts";
import { thanosQueryFrontend } from "../thanos/product.ts";
import { lokiForGrafana } from "../web-gateway/web-gateway.ts";
import { mailEnvironment, pluginEnvironment } from "./extras.ts";
import { folderDirectory, grafanaDirectories } from "./grafana.ts";
import { oidcEnvironment } from "./oidc.ts";
import { dataSourceAddress, passwordEnvironment } from "./own-data-sources.ts";
import { grafana, metricsUser, secretFrom } from "./product.ts";

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
 * Whether all requests use the host of Grafana's URL, so that Grafana may redirect all others. Otherwise this would also
 * redirect requests through a proxy or a port forward, or to another address of the host. Health checks and scrapes are never
 * redirected.
 */
function hasOneHost(settings: Settings): boolean {
  const { network, visualization } = settings;
  if (network.gateway.enabled) return true;
  if (!traitsOf(settings).publishesPorts || visualization.url !== undefined) return false;
  const address = bindAddress(settings, "grafana");
  if (isLoopback(address)) return network.publicHost === undefined;
  return network.publicHost !== undefined || !isUnspecified(address);
}

/** Hosts to which Grafana may forward requests; otherwise a data source could reach any address inside the stack. */
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
