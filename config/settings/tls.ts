import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { isHost } from "./hosts.ts";
import { text } from "./units.ts";

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

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

/** Verification of a server's certificate. */
export const tls = z.strictObject({
  ca: text(
    isCertificates,
    'is not a certificate; use the text of a PEM file, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----" (a YAML block: "ca: |")',
  )
    .optional()
    .describe("Certificates of the authorities to trust, in PEM format. Defaults to those of the image."),
  serverName: text(isHost, 'is not a valid host; use a name such as "mail.example.com"')
    .optional()
    .describe("Name to expect in the server's certificate. Defaults to the host of the connection."),
  insecureSkipVerify: z.boolean().default(false).describe("Skips the verification of the server's certificate."),
});

export type TlsSettings = z.output<typeof tls>;

/** The `tls_config` of Prometheus and Alertmanager, if it differs from the defaults. */
export function tlsConfig({ ca, serverName, insecureSkipVerify }: TlsSettings, caFile: string) {
  return {
    ...(ca !== undefined && { ca_file: caFile }),
    ...(serverName !== undefined && { server_name: serverName }),
    ...(insecureSkipVerify && { insecure_skip_verify: true }),
  };
}
