import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type * as pulumi from "@pulumi/pulumi";
import { replicasService } from "../../config/products/workload-names.ts";
import type { Workload } from "./workload.ts";

/** Otherwise the provider would wait for endpoints; waiting for the workload gives better errors. */
export const unawaited = { annotations: { "pulumi.com/skipAwait": "true" } };

interface Serving {
  /** Pulumi name of an object. */
  readonly resourceName: (name: string) => string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly selector: Record<string, string>;
  /** Additional namespace in which the short name must resolve. */
  readonly aliasIn?: string;
  readonly clusterDomain: string;
}

/** The Service of a workload, plus one name per replica for replicas with their own data. */
export function serve(workload: Workload, serving: Serving, opts: pulumi.CustomResourceOptions): void {
  const { metadata, resourceName, selector, aliasIn, clusterDomain } = serving;
  const { name, placement, volumes = [], openTo = [] } = workload;
  // Prometheus discovers the agents of all nodes; a Service would return only one of them.
  if (placement === "every-node" && openTo.length === 0) return;
  new Service(
    resourceName(name),
    {
      metadata: { ...metadata, ...unawaited },
      spec: {
        type: "ClusterIP",
        selector,
        ports: servicePorts(workload),
        // Each replica has its own data, so clients must stay on the same one.
        ...(volumes.length > 0 && {
          sessionAffinity: "ClientIP",
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_400 } },
        }),
      },
    },
    opts,
  );
  if (volumes.length > 0 && placement === "service") {
    serveEach(workload, { metadata: { ...metadata, name: replicasService(name) }, resourceName, selector }, opts);
  }
  if (aliasIn === undefined) return;
  // Configs use short names such as "loki:3100" on both platforms, from either namespace.
  new Service(
    resourceName(`${name}-from-${aliasIn}`),
    {
      metadata: { ...metadata, namespace: aliasIn },
      spec: { type: "ExternalName", externalName: `${name}.${metadata.namespace}.svc.${clusterDomain}` },
    },
    opts,
  );
}

/** A headless Service with a host name for each pod of a workload or family. */
export function serveEach(
  workload: Workload,
  { metadata, resourceName, selector }: Pick<Serving, "metadata" | "resourceName" | "selector">,
  opts: pulumi.CustomResourceOptions,
): void {
  new Service(
    resourceName(metadata.name),
    {
      metadata: { ...metadata, ...unawaited },
      spec: {
        type: "ClusterIP",
        clusterIP: "None",
        // Includes pods that are not ready: replicas must find each other to become ready, and resolvers cache negative
        // answers.
        publishNotReadyAddresses: true,
        selector,
        ports: servicePorts(workload),
      },
    },
    opts,
  );
}

function servicePorts({ ports }: Workload) {
  return ports.map(({ name, port, protocol }) => ({ name, port, targetPort: name, ...(protocol && { protocol }) }));
}
