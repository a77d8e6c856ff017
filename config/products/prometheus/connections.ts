import { relative } from "node:path/posix";
import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { connections } from "../../settings/secrets.ts";
import { tlsConfig } from "../../settings/tls.ts";
import { metricsUser } from "../grafana/product.ts";
import { clientOf, clientTlsConfig, schemeOf, tlsDirectory } from "../internal-tls.ts";
import { grafanaPath } from "../links.ts";
import type { Product } from "../product.ts";
import { prometheus } from "./product.ts";

/** How Prometheus connects to another part, as in a scrape config. */
export function partConnection(settings: Settings, part: Pick<Product, "workload" | "tls">) {
  const client = clientOf(settings, part, relative("/etc/prometheus", tlsDirectory(prometheus)));
  return {
    scheme: schemeOf(settings, part),
    ...(client && { http: { tls_config: clientTlsConfig(client) } }),
  };
}

const secretFile = (key: string) => `${relative("/etc/prometheus", prometheus.secretFiles.secrets.directory)}/${key}`;

type Kind = "application" | "remoteWrite";
type Connection = Pick<Settings["applications"][string], "auth" | "username" | "tls">;

const file = (kind: Kind, name: string, what: "ca" | "certificate") => `${kind}-${name}-${what}.pem`;

/** Authentication and TLS of a connection, as in a scrape config. Secrets are read at each request. */
export function httpConfig(kind: Kind, name: string, connection: Connection): Record<string, unknown> {
  const { auth, username, tls } = connection;
  const tlsOptions = {
    ...tlsConfig(tls, file(kind, name, "ca")),
    ...(tls.certificate !== undefined && {
      cert_file: file(kind, name, "certificate"),
      key_file: secretFile(`${kind}TlsKey-${name}`),
    }),
  };
  return {
    ...(auth === "basic" && { basic_auth: { username, password_file: secretFile(`${kind}Password-${name}`) } }),
    ...(auth === "bearer" && { authorization: { credentials_file: secretFile(`${kind}Token-${name}`) } }),
    ...(Object.keys(tlsOptions).length > 0 && { tls_config: tlsOptions }),
  };
}

/** Certificates that the config refers to, next to it. */
export function certificates({ applications, metrics }: Settings): RenderedFile[] {
  const all: [Kind, string, Connection][] = [
    ...Object.entries(applications)
      .filter(([, { enabled }]) => enabled)
      .map(([name, application]): [Kind, string, Connection] => ["application", name, application]),
    ...metrics.remoteWrite.map((endpoint): [Kind, string, Connection] => [
      "remoteWrite",
      endpoint.name ?? "",
      endpoint,
    ]),
  ];
  return all.flatMap(([kind, name, { tls }]) =>
    (["ca", "certificate"] as const).flatMap((what) => {
      const content = tls[what];
      return content === undefined ? [] : [{ path: file(kind, name, what), content }];
    }),
  );
}

const grafanaPassword = "grafanaMetricsPassword";

/** How Prometheus reads Grafana's metrics, which need a password. */
export function grafanaMetrics(settings: Settings) {
  return {
    metricsPath: `${grafanaPath(settings)}/metrics`,
    http: { basic_auth: { username: metricsUser, password_file: secretFile(grafanaPassword) } },
  };
}

/** Keys of all secrets that Prometheus reads. */
export function prometheusSecrets(settings: Settings): string[] {
  return [
    ...(settings.visualization.enabled ? [grafanaPassword] : []),
    ...connections(settings).flatMap(({ keys }) => keys),
  ];
}
