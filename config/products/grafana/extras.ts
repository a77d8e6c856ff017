import type { Settings } from "../../settings/schema.ts";
import { sendsGrafanaMail } from "../../settings/secrets.ts";
import { secretFrom } from "./product.ts";

/** Apps whose latest version Grafana downloads unless the installation of plugins is disabled. */
const unwantedApps = [
  "grafana-advisor-app",
  "grafana-exploretraces-app",
  "grafana-lokiexplore-app",
  "grafana-metricsdrilldown-app",
  "grafana-pyroscope-app",
];

/** Installs exactly the plugins of `visualization.plugins`. */
export function pluginEnvironment({ visualization: { plugins } }: Settings): Record<string, string> {
  // The updater of bundled plugins first removes them, so offline or on a read-only root all panels would be empty.
  const common = { GF_PLUGINS_PREINSTALL_AUTO_UPDATE: "false", GF_PLUGINS_PLUGIN_ADMIN_ENABLED: "false" };
  if (plugins.length === 0) return { ...common, GF_PLUGINS_PREINSTALL_DISABLED: "true" };
  return {
    ...common,
    // With PREINSTALL_SYNC, Grafana would not start without access to the catalog.
    GF_PLUGINS_PREINSTALL: plugins
      .map(({ id, version, url }) => [id, version, ...(url === undefined ? [] : [url])].join("@"))
      .join(","),
    GF_PLUGINS_DISABLE_PLUGINS: unwantedApps.filter((app) => !plugins.some(({ id }) => id === app)).join(","),
  };
}

/** The mail server for invitations and password resets. */
export function mailEnvironment(settings: Settings): Record<string, string> {
  const { email } = settings.alerting;
  if (!sendsGrafanaMail(settings) || email.smarthost === undefined) return {};
  return {
    GF_SMTP_ENABLED: "true",
    GF_SMTP_HOST: email.smarthost,
    GF_SMTP_FROM_ADDRESS: email.from,
    GF_SMTP_FROM_NAME: "Grafana",
    GF_SMTP_STARTTLS_POLICY: email.requireTls ? "MandatoryStartTLS" : "OpportunisticStartTLS",
    ...(email.hello !== undefined && { GF_SMTP_EHLO_IDENTITY: email.hello }),
    ...(email.tls.insecureSkipVerify && { GF_SMTP_SKIP_VERIFY: "true" }),
    ...(email.username !== undefined && {
      GF_SMTP_USER: email.username,
      GF_SMTP_PASSWORD: secretFrom("smtp", "smtpPassword"),
    }),
  };
}
