import { traitsOf } from "../../../components/platform/traits.ts";
import { isLoopback } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";
import { grafana } from "../grafana/product.ts";
import { bindAddress, gatewayHost, gatewayUrl, grafanaUrl, pagePaths, publicHost } from "../links.ts";

type Target = Settings["probes"]["targets"][number];

const page = { kind: "http", service: "monitoring", team: "platform", ipVersion: "prefer-ip4", auth: "none" } as const;
const verified = { insecureSkipVerify: false };

/** Probes of the stack's own pages, at the URLs that users open. */
export function ownPages(settings: Settings): Target[] {
  const { probes, network } = settings;
  if (!probes.ownPages) return [];
  return network.gateway.enabled ? gatewayPages(settings) : grafanaPage(settings);
}

function grafanaPage(settings: Settings): Target[] {
  const { enabled, url } = settings.visualization;
  if (!enabled || (url === undefined && !isPublished(settings, "grafana"))) return [];
  return [{ ...page, name: "grafana", url: `${grafanaUrl(settings)}${grafana.probe.path}`, tls: verified }];
}

/** The gateway must reject requests without a password, except those for a Grafana with its own sign-in. */
function gatewayPages(settings: Settings): Target[] {
  if (!isPublished(settings, "gateway")) return [];
  const { port, tls: source, certificate, grafanaSignIn } = settings.network.gateway;
  // Its certificates are valid for hours, so CertificateExpiring would always fire.
  if (source === "internal")
    return [{ ...page, kind: "tcp", name: "gateway", host: `${gatewayHost(settings)}:${port}`, tls: verified }];
  const tls = source === "files" ? { ...verified, ca: certificate } : verified;
  return [
    { ...page, name: "gateway", url: `${gatewayUrl(settings)}${pagePaths.prometheus}/`, expect: { status: 401 }, tls },
    ...(settings.visualization.enabled && grafanaSignIn === "own"
      ? [{ ...page, name: "grafana", url: `${gatewayUrl(settings)}${grafana.probe.path}`, tls }]
      : []),
  ];
}

/** Whether containers can reach the published port: for a container, localhost is the container itself. */
function isPublished(settings: Settings, component: "grafana" | "gateway"): boolean {
  return (
    traitsOf(settings).publishesPorts &&
    !isLoopback(bindAddress(settings, component)) &&
    publicHost(settings, component) !== "localhost"
  );
}
