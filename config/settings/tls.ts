import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";
import { isHost } from "./hosts.ts";
import { plainText, text } from "./units.ts";

// Excludes "-" from the content, so that a missing END line does not slow down the search.
const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** One or more certificates in PEM format, and nothing else but white space. */
function isCertificates(written: string): boolean {
  const found = written.match(block) ?? [];
  if (found.length === 0 || written.replaceAll(block, "").trim() !== "") return false;
  return found.every((certificate) => {
    try {
      return new X509Certificate(certificate).raw.length > 0;
    } catch {
      return false;
    }
  });
}

/** Certificates of a valid text in PEM format, in its order. */
export function certificatesIn(pem: string): X509Certificate[] {
  return (pem.match(block) ?? []).map((each) => new X509Certificate(each));
}

/** Whether a private key belongs to the first certificate of a text. Undefined if the key is missing or unreadable. */
export function isKeyOf(key: string | undefined, certificate: string): boolean | undefined {
  const [own] = certificatesIn(certificate);
  if (key === undefined || own === undefined) return undefined;
  try {
    return own.checkPrivateKey(createPrivateKey(key));
  } catch {
    return undefined;
  }
}

const invalidCertificate =
  'is not a certificate; use the text of a PEM file, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----" (in YAML a block that starts with "|")';

/** Certificates in PEM format. */
export const certificates = text(isCertificates, invalidCertificate);

/** Authorities to trust. */
export const ca = certificates
  .optional()
  .describe("Certificates of the authorities to trust, in PEM format. Defaults to those of the image.");

/** Verification of a server's certificate. */
export const tls = z.strictObject({
  ca,
  serverName: text(isHost, 'is not a valid host; use a name such as "mail.example.com"')
    .optional()
    .describe("Name to expect in the server's certificate. Defaults to the host of the connection."),
  insecureSkipVerify: z.boolean().default(false).describe("Skips the verification of the server's certificate."),
});

/** Kinds of clients that connect to a server outside the stack. Their secrets are named `<kind>Password-<name>` and so on. */
export type ConnectionKind = "application" | "remoteWrite" | "logsRemote";

/** Authentication and TLS of a connection. */
export function connection(kind: ConnectionKind) {
  return {
    auth: z
      .enum(["none", "basic", "bearer"])
      .default("none")
      .describe(
        `Authentication: basic uses username and the secret ${kind}Password-<name>, bearer the secret ${kind}Token-<name>.`,
      ),
    username: plainText.optional().describe("User name for auth: basic."),
    tls: tls
      .extend({
        certificate: certificates
          .optional()
          .describe(`Client certificate in PEM format. Its key is the secret ${kind}TlsKey-<name>.`),
      })
      .prefault({})
      .describe("Verification of the server's certificate, and client certificate."),
  };
}

export type TlsSettings = z.output<typeof tls>;

/** The `tls_config` of Prometheus and Alertmanager, if it differs from the defaults. */
export function tlsConfig({ ca, serverName, insecureSkipVerify }: TlsSettings, caFile: string) {
  return {
    ...(ca !== undefined && { ca_file: caFile }),
    ...(serverName !== undefined && { server_name: serverName }),
    ...(insecureSkipVerify && { insecure_skip_verify: true }),
  };
}
