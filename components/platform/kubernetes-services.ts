import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type * as pulumi from "@pulumi/pulumi";
import { replicasService } from "../../config/products/workload-names.ts";
import type { Workload } from "./workload.ts";

/** The provider would else wait for what only a running pod brings about: the workload's own wait says more. */
export const unawaited = { annotations: { "pulumi.com/skipAwait": "true" } };

interface Serving {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly selector: Record<string, string>;
  /** Namespace that the short name has to be known in, too. */
  readonly aliasIn?: string;
  readonly clusterDomain: string;
}

/** The workload's name on the cluster's network; one name more for each replica that has data of its own. */
export function serve(workload: Workload, serving: Serving, opts: pulumi.CustomResourceOptions): void {
  const { metadata, selector, aliasIn, clusterDomain } = serving;
  const { name, placement, volumes = [], openTo = [] } = workload;
  // Prometheus finds each node's agent by itself; a Service would give it one of them.
  if (placement === "every-node" && openTo.length === 0) return;
  new Service(
    name,
    {
      metadata: { ...metadata, ...unawaited },
      spec: {
        type: "ClusterIP",
        selector,
        ports: servicePorts(workload),
        // Each has data of its own: who asks keeps asking the same one.
        ...(volumes.length > 0 && {
          sessionAffinity: "ClientIP",
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_400 } },
        }),
      },
    },
    opts,
  );
  if (volumes.length > 0 && placement === "service") {
    serveEach(workload, { metadata: { ...metadata, name: replicasService(name) }, selector }, opts);
  }
  if (aliasIn === undefined) return;
  // Configs name programs as on Docker, "loki:3100": one short name for both platforms, whichever namespace asks.
  new Service(
    `${name}-from-${aliasIn}`,
    {
      metadata: { ...metadata, namespace: aliasIn },
      spec: { type: "ExternalName", externalName: `${name}.${metadata.namespace}.svc.${clusterDomain}` },
    },
    opts,
  );
}

/** Under one Service a host name for each pod, of the workload or of its whole family. */
export function serveEach(
  workload: Workload,
  { metadata, selector }: Pick<Serving, "metadata" | "selector">,
  opts: pulumi.CustomResourceOptions,
): void {
  new Service(
    metadata.name,
    {
      metadata: { ...metadata, ...unawaited },
      spec: {
        type: "ClusterIP",
        clusterIP: "None",
        // Those that are not ready, too: replicas get ready by finding each other, and a resolver that was told once that
        // there is no such name keeps that for a while.
        publishNotReadyAddresses: true,
        selector,
        ports: servicePorts(workload),
      },
    },
    opts,
  );
}

function servicePorts({ ports }: Workload) {
  return ports.map(({ name, port }) => ({ name, port, targetPort: name }));
}
