import type { RenderedFile } from "../file.ts";
import { type ConnectionKind, type TlsSettings, tlsConfig } from "../settings/tls.ts";

/** Authentication and TLS of a connection, as in the settings. */
export interface Connection {
  readonly auth: "none" | "basic" | "bearer";
  readonly username?: string | undefined;
  readonly tls: TlsSettings & { readonly certificate?: string | undefined };
}

/** Directories of a client's files: certificates, and secrets in files named after their keys. */
export interface ConnectionPlaces {
  readonly certificates?: string;
  readonly secrets: string;
}

/** Authentication and TLS in the format of Prometheus and of the collectors. */
export interface HttpConfig {
  readonly basic_auth?: { readonly username: string | undefined; readonly password_file: string };
  readonly authorization?: { readonly credentials_file: string };
  readonly tls_config?: Readonly<Record<string, string | boolean | undefined>>;
}

const file = (kind: ConnectionKind, name: string, what: "ca" | "certificate") => `${kind}-${name}-${what}.pem`;

/** Secrets are read at each request. */
export function httpConfig(
  kind: ConnectionKind,
  name: string,
  { auth, username, tls }: Connection,
  places: ConnectionPlaces,
): HttpConfig {
  const secret = (what: "Password" | "Token" | "TlsKey") => `${places.secrets}/${kind}${what}-${name}`;
  const certificate = (what: "ca" | "certificate") =>
    `${places.certificates === undefined ? "" : `${places.certificates}/`}${file(kind, name, what)}`;
  const tlsOptions = {
    ...tlsConfig(tls, certificate("ca")),
    ...(tls.certificate !== undefined && { cert_file: certificate("certificate"), key_file: secret("TlsKey") }),
  };
  return {
    ...(auth === "basic" && { basic_auth: { username, password_file: secret("Password") } }),
    ...(auth === "bearer" && { authorization: { credentials_file: secret("Token") } }),
    ...(Object.keys(tlsOptions).length > 0 && { tls_config: tlsOptions }),
  };
}

/** Certificates that the config refers to. */
export function certificateFiles(kind: ConnectionKind, name: string, { tls }: Connection): RenderedFile[] {
  return (["ca", "certificate"] as const).flatMap((what) => {
    const content = tls[what];
    return content === undefined ? [] : [{ path: file(kind, name, what), content }];
  });
}
