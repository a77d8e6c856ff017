import { traitsOf } from "../../../components/platform/traits.ts";
import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { allProbes } from "../blackbox/probes.ts";
import { blackbox } from "../blackbox/product.ts";
import { haproxy, haproxyConfig, onAllAddresses, onlyAllowed, reads } from "../haproxy.ts";
import { clientOf, type PartClient, tlsDirectory } from "../internal-tls.ts";
import { jaeger } from "../jaeger/product.ts";
import { alertmanagerUrl, jaegerUrl, prometheusUrl, publicHost } from "../links.ts";
import { hasLoki, loki } from "../loki/product.ts";
import { addressOf, type Product } from "../product.ts";
import { prometheus } from "../prometheus/product.ts";
import { webGateway } from "./product.ts";

/** Addresses of the gateway, as in `bind` and `server`. Overridden only by tests. */
export interface GatewayPlaces {
  readonly metrics?: string;
  /** Listen addresses, by workload. */
  readonly listen?: Readonly<Record<string, string>>;
  readonly servers?: Readonly<Record<string, string>>;
  readonly tlsDirectory?: string;
}

/**
 * Whether requests from outside pass the gateway. On Kubernetes nothing is published, and NetworkPolicies admit clients. With
 * `network.tls`, the components themselves require a client certificate, which no website has.
 */
export function publishesThroughGateway(settings: Settings): boolean {
  return traitsOf(settings).publishesPorts && !settings.network.tls.enabled;
}

/**
 * Whether the gateway runs: in front of all pages, or only between Grafana and Loki, because Grafana forwards any GET request.
 */
export function hasWebGateway(settings: Settings): boolean {
  return behindGateway(settings).length > 0;
}

/** The server that Grafana queries for logs: Loki, or the gateway in front of it. */
export function lokiForGrafana(settings: Settings) {
  return isBehindGateway(settings, loki) ? { ...loki, workload: webGateway.workload } : loki;
}

/** Whether the gateway filters requests to a product. */
export function isBehindGateway(settings: Settings, { workload }: Pick<Product, "workload">): boolean {
  return behindGateway(settings).some((product) => product.workload === workload);
}

/** The products behind the gateway. */
export function behindGateway(settings: Settings) {
  if (publishesThroughGateway(settings)) return pages(settings);
  return settings.visualization.enabled ? pages(settings).filter(({ workload }) => workload === loki.workload) : [];
}

/** The products with pages, each with its published port and the host of its URL. */
export function pages(settings: Settings) {
  const { metrics, alerting, logs, probes, tracing } = settings;
  return [
    { ...prometheus, publishedPort: metrics.port, host: new URL(prometheusUrl(settings)).hostname },
    ...(alerting.enabled
      ? [{ ...alertmanager, publishedPort: alerting.port, host: new URL(alertmanagerUrl(settings)).hostname }]
      : []),
    ...(hasLoki(settings) ? [{ ...loki, publishedPort: logs.port, host: publicHost(settings, "loki") }] : []),
    ...(allProbes(settings).length > 0
      ? [{ ...blackbox, publishedPort: probes.port, host: publicHost(settings, "blackbox") }]
      : []),
    ...(tracing.enabled
      ? [{ ...jaeger, publishedPort: tracing.ports.ui, host: new URL(jaegerUrl(settings)).hostname }]
      : []),
  ];
}

const label = "[A-Za-z0-9_.:-]+";
/** What Grafana, `verify` and the runbooks request from Loki. Excludes pushes, deletion and the admin routes. */
const lokiRequests = [
  {
    methods: [...reads, "POST"],
    path: `/loki/api/v1/(query|query_range|labels|series|index/(stats|volume|volume_range)|patterns|format_query|detected_labels|detected_fields|detected_field/${label}/values|label/${label}/values)`,
  },
  {
    methods: reads,
    path: `(/ready|/metrics|/loki/api/v1/(tail|rules(/[^/]+){0,2}|status/buildinfo|drilldown-limits)|/prometheus/api/v1/(rules|alerts))`,
  },
];

/** Pages of blackbox_exporter. Not `/probe`, which sends the credentials of a probe to any address that the request names. */
const blackboxRequests = [{ methods: reads, path: "(/|/metrics|/logs|/-/healthy)" }];

const allowed: Readonly<Record<string, Parameters<typeof onlyAllowed>[0]>> = {
  [loki.workload]: lokiRequests,
  [blackbox.workload]: blackboxRequests,
};

/** `haproxy.cfg` of the gateway. */
export function renderWebGateway(settings: Settings, places: GatewayPlaces = {}): RenderedFile[] {
  const products = behindGateway(settings);
  const fixed = traitsOf(settings).keepsAddresses;
  const at = (port: number) => (fixed ? `"\${${webGateway.addressVariable}}:${port}"` : onAllAddresses(settings, port));
  const directory = places.tlsDirectory ?? tlsDirectory(webGateway);
  const content = haproxyConfig({
    metrics: places.metrics ?? at(webGateway.port),
    healthPath: webGateway.probe.path,
    // Few clients are expected. Limits the memory used by a flood of half-sent requests to 19 MiB.
    connections: 250,
    // Longer than any query.
    idle: "10m",
    needs: [],
    tls: settings.network.tls.enabled,
    sections: [
      ...(fixed
        ? []
        : [
            // The address of a container may change with each restart.
            `resolvers containers
  parse-resolv-conf
  hold valid 1s
  hold other 1s
  hold nx 1s`,
          ]),
      ...products.flatMap((product) => {
        const { workload, host } = product;
        const requests = allowed[workload];
        const client = clientOf(settings, product, directory);
        const resolved = fixed ? "" : " resolvers containers resolve-prefer ipv4 init-addr last,libc,none";
        return [
          `frontend ${workload}
  bind ${places.listen?.[workload] ?? at(product.port)}${client === undefined ? "" : serverTls(client)}
${fromOwnPages([workload, webGateway.workload, host])}
${requests === undefined ? "  http-request set-log-level silent" : onlyAllowed(requests)}
  default_backend ${workload}`,
          `backend ${workload}
  server ${workload} ${places.servers?.[workload] ?? addressOf(product)}${client === undefined ? "" : clientTls(client)}${resolved}`,
        ];
      }),
    ],
  });
  return [{ path: haproxy.file, content }];
}

/** All components share a certificate. HAProxy finds its key next to it. */
function serverTls({ certFile, caFile }: PartClient): string {
  return ` ssl crt ${certFile} ca-file ${caFile} verify required`;
}

function clientTls(client: PartClient): string {
  return `${serverTls(client)} verifyhost ${client.serverName} sni str(${client.serverName})`;
}

/**
 * Rejects requests for a host name that is not the stack's (DNS rebinding), and requests sent by other websites. Any IP address
 * is allowed, because a website cannot take one over.
 */
function fromOwnPages(names: readonly string[]): string {
  const known = [...new Set(["localhost", ...names])].join(" ");
  return `  http-request set-var(txn.host) req.hdr(host),lower
  http-request set-var(txn.origin) req.hdr(origin),lower,regsub(^https?://,)
  acl known_host var(txn.host),host_only -m str ${known.toLowerCase()}
  acl known_host var(txn.host),host_only -m reg ^(([0-9]+[.]){3}[0-9]+|[[][0-9a-f:.]+[]])$
  http-request return status 421 content-type text/plain string "Unknown host name; set network.publicHost to the name in this URL.\\n" unless known_host
  acl has_origin req.hdr(origin) -m found
  acl own_origin var(txn.origin),strcmp(txn.host) eq 0
  http-request deny deny_status 403 if has_origin !own_origin`;
}
