import { z } from "zod";
import { isQualifiedName } from "../kubernetes-names.ts";
import { annotation, cidr, dnsLabel, objectName, text } from "../units.ts";

/** Annotations of an object. */
export const annotations = z
  .record(
    text(
      (key) => isQualifiedName(key.toLowerCase()),
      'is not a valid annotation key; use a name with an optional prefix, such as "cert-manager.io/cluster-issuer"',
    ),
    annotation,
  )
  .refine((all) => Buffer.byteLength(JSON.stringify(all)) <= 128 * 1024, {
    error: "is too large; use at most 128 KiB of annotations",
  })
  .default({});

/** Keys of an Ingress or a Gateway API route to pages. `ownGateway` describes what happens without `gateway`. */
export function routeKeys({ pages, ownGateway }: { readonly pages: string; readonly ownGateway: string }) {
  return {
    kind: z
      .enum(["ingress", "gateway"])
      .default("ingress")
      .describe("Ingress, or a Gateway API route; the latter requires the Gateway API CRDs."),
    className: objectName
      .optional()
      .describe("Class of the Ingress or Gateway. Defaults to the cluster's default Ingress class."),
    tlsSecretName: objectName
      .optional()
      .describe("Secret (kubernetes.io/tls) in the stack's namespace with the certificate of the host."),
    gateway: z
      .strictObject({
        name: objectName.describe("Name of the Gateway."),
        namespace: dnsLabel.describe("Namespace of the Gateway."),
        sectionName: objectName
          .optional()
          .describe("HTTPS listener of the Gateway. Defaults to any listener that matches the host."),
      })
      .optional()
      .describe(`Existing Gateway that terminates TLS and accepts routes from the stack's namespace. ${ownGateway}`),
    annotations: annotations.describe(
      "Annotations of the Ingress or Gateway, such as a certificate issuer. With an existing Gateway, they are set on the route.",
    ),
    controllerNamespace: dnsLabel
      .default("ingress-nginx")
      .describe(`Namespace of the controller's pods, which may connect to ${pages}.`),
    controllerRanges: z
      .array(cidr)
      .default([])
      .describe("CIDR ranges of an external load balancer that connects to pods directly."),
  };
}
