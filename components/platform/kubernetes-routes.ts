import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress.js";
import type * as pulumi from "@pulumi/pulumi";

/** External access to a page, over TLS. */
export interface Route {
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

interface Target {
  /** Pulumi name of an object. */
  readonly resourceName: (name: string) => string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly port: number;
}

/** Routes a host name to a Service. */
export function createRoute(route: Route, target: Target, opts: pulumi.CustomResourceOptions): void {
  if (route.kind === "ingress") createIngress(route, target, opts);
  else createGatewayRoute(route, target, opts);
}

function createIngress(
  route: Route,
  { resourceName, name, namespace, labels, port }: Target,
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
        annotations: { "pulumi.com/skipAwait": "true", ...route.annotations },
      },
      spec: {
        ...(route.className !== undefined && { ingressClassName: route.className }),
        tls: [{ hosts: [route.host], ...(route.tlsSecretName !== undefined && { secretName: route.tlsSecretName }) }],
        rules: [{ host: route.host, http: { paths: [{ path: route.path || "/", pathType: "Prefix", backend }] } }],
      },
    },
    opts,
  );
}

const gatewayApi = "gateway.networking.k8s.io/v1";

function createGatewayRoute(
  route: Route,
  { resourceName, name, namespace, labels, port }: Target,
  opts: pulumi.CustomResourceOptions,
) {
  const metadata = { name, namespace, labels };
  const annotated = {
    ...metadata,
    ...(Object.keys(route.annotations).length > 0 && { annotations: route.annotations }),
  };
  if (route.gateway === undefined) {
    const listener = {
      name: "https",
      hostname: route.host,
      port: 443,
      protocol: "HTTPS",
      tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: route.tlsSecretName }] },
      allowedRoutes: { namespaces: { from: "Same" } },
    };
    new CustomResource(
      resourceName(`${name}-gateway`),
      {
        apiVersion: gatewayApi,
        kind: "Gateway",
        metadata: annotated,
        spec: { gatewayClassName: route.className, listeners: [listener] },
      },
      opts,
    );
  }
  new CustomResource(
    resourceName(`${name}-route`),
    {
      apiVersion: gatewayApi,
      kind: "HTTPRoute",
      metadata: route.gateway === undefined ? metadata : annotated,
      spec: {
        parentRefs: [{ ...(route.gateway ?? { name, sectionName: "https" }) }],
        hostnames: [route.host],
        rules: [
          {
            ...(route.path !== "" && { matches: [{ path: { type: "PathPrefix", value: route.path } }] }),
            ...(route.filters.length > 0 && {
              filters: route.filters.map((extensionRef) => ({ type: "ExtensionRef", extensionRef })),
            }),
            backendRefs: [{ name, port }],
          },
        ],
      },
    },
    opts,
  );
}
