import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress.js";
import type * as pulumi from "@pulumi/pulumi";

/** External access to a page, over TLS. */
export interface WayIn {
  readonly kind: "ingress" | "gateway";
  readonly host: string;
  /** Path prefix, such as "/grafana"; "" for the whole host. */
  readonly path: string;
  readonly className?: string | undefined;
  /** Unset if an existing Gateway terminates TLS. */
  readonly tlsSecretName?: string | undefined;
  readonly gateway?:
    | { readonly name: string; readonly namespace: string; readonly sectionName?: string | undefined }
    | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** Filters of a route, in its namespace, that requests pass before they reach the page. */
  readonly filters: readonly { readonly group: string; readonly kind: string; readonly name: string }[];
  /** Sources of the connections inside the cluster. */
  readonly namespace: string;
  readonly ranges: readonly string[];
}

interface Behind {
  /** Pulumi name of an object. */
  readonly resourceName: (name: string) => string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly port: number;
}

/** Routes a host name to a Service. */
export function open(wayIn: WayIn, behind: Behind, opts: pulumi.CustomResourceOptions): void {
  if (wayIn.kind === "ingress") openIngress(wayIn, behind, opts);
  else openGateway(wayIn, behind, opts);
}

function openIngress(
  wayIn: WayIn,
  { resourceName, name, namespace, labels, port }: Behind,
  opts: pulumi.CustomResourceOptions,
) {
  const backend = { service: { name, port: { number: port } } };
  new Ingress(
    resourceName(name),
    {
      metadata: {
        name,
        namespace,
        labels,
        // Otherwise the provider would wait for an address, which not every controller sets.
        annotations: { "pulumi.com/skipAwait": "true", ...wayIn.annotations },
      },
      spec: {
        ...(wayIn.className !== undefined && { ingressClassName: wayIn.className }),
        tls: [{ hosts: [wayIn.host], ...(wayIn.tlsSecretName !== undefined && { secretName: wayIn.tlsSecretName }) }],
        rules: [{ host: wayIn.host, http: { paths: [{ path: wayIn.path || "/", pathType: "Prefix", backend }] } }],
      },
    },
    opts,
  );
}

const gatewayApi = "gateway.networking.k8s.io/v1";

function openGateway(
  wayIn: WayIn,
  { resourceName, name, namespace, labels, port }: Behind,
  opts: pulumi.CustomResourceOptions,
) {
  const metadata = { name, namespace, labels };
  const annotated = {
    ...metadata,
    ...(Object.keys(wayIn.annotations).length > 0 && { annotations: wayIn.annotations }),
  };
  if (wayIn.gateway === undefined) {
    const listener = {
      name: "https",
      hostname: wayIn.host,
      port: 443,
      protocol: "HTTPS",
      tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: wayIn.tlsSecretName }] },
      allowedRoutes: { namespaces: { from: "Same" } },
    };
    new CustomResource(
      resourceName(`${name}-gateway`),
      {
        apiVersion: gatewayApi,
        kind: "Gateway",
        metadata: annotated,
        spec: { gatewayClassName: wayIn.className, listeners: [listener] },
      },
      opts,
    );
  }
  new CustomResource(
    resourceName(`${name}-route`),
    {
      apiVersion: gatewayApi,
      kind: "HTTPRoute",
      metadata: wayIn.gateway === undefined ? metadata : annotated,
      spec: {
        parentRefs: [{ ...(wayIn.gateway ?? { name, sectionName: "https" }) }],
        hostnames: [wayIn.host],
        rules: [
          {
            ...(wayIn.path !== "" && { matches: [{ path: { type: "PathPrefix", value: wayIn.path } }] }),
            ...(wayIn.filters.length > 0 && {
              filters: wayIn.filters.map((extensionRef) => ({ type: "ExtensionRef", extensionRef })),
            }),
            backendRefs: [{ name, port }],
          },
        ],
      },
    },
    opts,
  );
}
