import { relative } from "node:path/posix";
import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { prometheusConnections } from "../../settings/secrets.ts";
import { type ConnectionPlaces, certificateFiles } from "../connections.ts";
import { metricsUser } from "../grafana/product.ts";
import { clientOf, clientTlsConfig, schemeOf, tlsDirectory } from "../internal-tls.ts";
import { grafanaPath } from "../links.ts";
import type { Product } from "../product.ts";
import { prometheus } from "./product.ts";

/** How Prometheus connects to another component, as in a scrape config. */
export function connectionTo(settings: Settings, component: Pick<Product, "workload" | "tls">) {
  const client = clientOf(settings, component, relative(prometheus.configDirectory, tlsDirectory(prometheus)));
  return {
    scheme: schemeOf(settings, component),
    ...(client && { http: { tls_config: clientTlsConfig(client) } }),
  };
}

/** Relative to the config, next to which the certificates are. */
export const connectionPlaces: ConnectionPlaces = {
  secrets: relative(prometheus.configDirectory, prometheus.secretFiles.secrets.directory),
};

/** Certificates that the config refers to, next to it. */
export function certificates({ applications, metrics }: Settings): RenderedFile[] {
  return [
    ...Object.entries(applications)
      .filter(([, { enabled }]) => enabled)
      .flatMap(([name, application]) => certificateFiles("application", name, application)),
    ...metrics.remoteWrite.flatMap((endpoint) => certificateFiles("remoteWrite", endpoint.name ?? "", endpoint)),
  ];
}

const grafanaPassword = "grafanaMetricsPassword";

/** How Prometheus reads Grafana's metrics, which need a password. */
export function grafanaMetrics(settings: Settings) {
  return {
    metricsPath: `${grafanaPath(settings)}/metrics`,
    http: { basic_auth: { username: metricsUser, password_file: `${connectionPlaces.secrets}/${grafanaPassword}` } },
  };
}

/** Keys of all secrets that Prometheus reads. */
export function prometheusSecrets(settings: Settings): string[] {
  return [
    ...(settings.visualization.enabled ? [grafanaPassword] : []),
    ...prometheusConnections(settings).flatMap(({ keys }) => keys),
  ];
}
