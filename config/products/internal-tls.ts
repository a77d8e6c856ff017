import { toYaml } from "../file.ts";
import type { Settings } from "../settings/schema.ts";
import { addressOf, type Product } from "./product.ts";

/**
 * TLS between the components of the stack (`network.tls`). Servers and clients verify each other with the same authority, and
 * all components share one certificate, which the user provides: whatever issues it (cert-manager, Vault, openssl) also renews
 * it, and the stack holds no private key of an authority. Certificates rather than passwords, because Loki and the Redis
 * exporter accept no passwords.
 */
export const tlsFiles = { ca: "ca.pem", certificate: "tls.crt", key: "tls.key" } as const;

/** TLS config files of programs that read them separately from their own config; they are next to the certificates. */
const configFiles = { web: "web.yml", gossip: "gossip.yml", client: "client.yml" } as const;

/**
 * Directory of a workload's TLS files. As for its secrets, the path relative to the config directory is the same in a
 * rendered stack.
 */
export function tlsDirectory({ workload }: Pick<Product, "workload">): string {
  return `/etc/secrets/${workload}/internal-tls`;
}

type Component = Pick<Product, "workload" | "port" | "tls">;

export function servesTls({ network }: Settings, { tls }: Pick<Product, "tls">): boolean {
  return network.tls.enabled && tls !== undefined;
}

export function schemeOf(settings: Settings, component: Pick<Product, "tls">): "http" | "https" {
  return servesTls(settings, component) ? "https" : "http";
}

/** Name of a component in the certificate. */
export function tlsName({ workload, tls }: Pick<Product, "workload" | "tls">): string {
  return tls?.name ?? workload;
}

/** URL inside the stack, such as "http://prometheus:9090". */
export function internalUrl(settings: Settings, component: Component): string {
  return `${schemeOf(settings, component)}://${addressOf(component)}`;
}

/** Replaces `{directory}` in an argument. */
export function inTlsDirectory(component: Pick<Product, "workload">, words: readonly string[]): string[] {
  return words.map((word) => word.replaceAll("{directory}", tlsDirectory(component)));
}

/** Additional arguments of a component. */
export function tlsArguments(settings: Settings, component: Pick<Product, "workload" | "tls">): string[] {
  return servesTls(settings, component) ? inTlsDirectory(component, component.tls?.args ?? []) : [];
}

/** What a client needs for a component that serves TLS. */
export interface PartClient {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The component's name, because clients also reach it by address, or by the name of a replica. */
  readonly serverName: string;
}

/** `directory`: that of the client's TLS files. Undefined if the component does not serve TLS. */
export function clientOf(
  settings: Settings,
  component: Pick<Product, "workload" | "tls">,
  directory: string,
): PartClient | undefined {
  if (!servesTls(settings, component)) return undefined;
  return {
    caFile: `${directory}/${tlsFiles.ca}`,
    certFile: `${directory}/${tlsFiles.certificate}`,
    keyFile: `${directory}/${tlsFiles.key}`,
    serverName: tlsName(component),
  };
}

/** A client's `tls_config` in the format of Prometheus, Alertmanager and the collectors. */
export function clientTlsConfig({ caFile, certFile, keyFile, serverName }: PartClient) {
  return { ca_file: caFile, cert_file: certFile, key_file: keyFile, server_name: serverName };
}

/** A server's TLS in the format of Prometheus' exporter toolkit and of Loki. */
export function serverTlsConfig(directory?: string) {
  const file = (name: keyof typeof tlsFiles) => (directory === undefined ? "" : `${directory}/`) + tlsFiles[name];
  return {
    cert_file: file("certificate"),
    key_file: file("key"),
    client_ca_file: file("ca"),
    client_auth_type: "RequireAndVerifyClientCert",
  };
}

/** Config files for TLS that some component's arguments or health check refer to. Paths in them are relative to the file. */
export function tlsConfigFiles(component: Pick<Product, "workload" | "tls">) {
  const { tls } = component;
  const used = [...(tls?.args ?? []), ...(tls?.probe?.command ?? [])];
  const client = {
    ca_file: tlsFiles.ca,
    cert_file: tlsFiles.certificate,
    key_file: tlsFiles.key,
    server_name: tlsName(component),
  };
  const contents = {
    web: { tls_server_config: serverTlsConfig() },
    gossip: { tls_server_config: serverTlsConfig(), tls_client_config: client },
    client: { tls_config: client },
  };
  return Object.entries(configFiles)
    .filter(([, path]) => used.some((word) => word.endsWith(`{directory}/${path}`)))
    .map(([name, path]) => ({ path, content: toYaml(contents[name as keyof typeof contents]) }));
}
