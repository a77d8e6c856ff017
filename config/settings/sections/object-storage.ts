import { isIPv4 } from "node:net";
import { z } from "zod";
import { isHostAndPort, isUrlHost } from "../hosts.ts";
import { isDnsSubdomain } from "../kubernetes-names.ts";
import { tls } from "../tls.ts";
import { text } from "../units.ts";

/** Keys of an S3-compatible storage. */
export function objectStorage({ bucket, secrets }: { readonly bucket: string; readonly secrets: string }) {
  return {
    endpoint: text(
      (written) => isUrlHost(written) || isHostAndPort(written),
      'is not a valid host; use a host without a scheme, such as "s3.eu-central-1.amazonaws.com"',
    ).describe("Host of the S3 API, with an optional port."),
    bucket: text(
      (written) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(written) && isDnsSubdomain(written) && !isIPv4(written),
      `is not a valid bucket name; use 3 to 63 lower-case letters, digits, "-" and ".", such as "${bucket}"`,
    ).describe("Name of an existing bucket."),
    region: text(/^[\w-]{1,63}$/, 'is not a valid region; use a region such as "eu-central-1"')
      .optional()
      .describe("Region of the bucket. If unset, it is requested from the endpoint."),
    forcePathStyle: z
      .boolean()
      .default(false)
      .describe("Uses path-style URLs, which most S3-compatible servers other than Amazon S3 require."),
    insecure: z.boolean().default(false).describe("Connects over plain HTTP."),
    auth: z
      .enum(["keys", "role"])
      .default("keys")
      .describe(
        `keys: the secrets ${secrets}. role: the role of the instance, or of the service account, see kubernetes.serviceAccountAnnotations; no keys are needed.`,
      ),
    tls: tls.prefault({}).describe("Verification of the storage's certificate."),
  };
}
