import { isIP } from "node:net";
import { traitsOf } from "../../components/platform/traits.ts";
import { bindAddress, gatewayHost, isBehindSignIn } from "../products/links.ts";
import { isLoopback } from "./hosts.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import type { PublishedComponent } from "./sections/network.ts";
import { type StackConfig, secretFix } from "./stack-file.ts";
import { certificateProblems } from "./tls-checks.ts";

/** With `network.gateway`: it has users and a certificate for its host, and no other key contradicts it. */
export function checkGateway(settings: Settings, config: StackConfig): Problem[] {
  const { enabled, users } = settings.network.gateway;
  if (!enabled) return [];
  if (!traitsOf(settings).publishesPorts)
    return [
      problem(
        "enabled",
        "true is supported only with platform: docker; use false, and visualization.ingress and kubernetes.pages to publish pages",
      ),
    ];
  return [
    ...(users.length === 0
      ? [problem("users", `is empty; add a user, such as [alice], and ${secretFix(config, "gatewayPassword-alice")}`)]
      : []),
    ...users
      .filter((user, index) => users.indexOf(user) !== index)
      .map((user) => problem("users", `contains ${show(user)} twice; remove one`)),
    ...certificateSource(settings, config),
    ...contradictions(settings),
  ];
}

function problem(key: string, message: string): Problem {
  return { path: `network.gateway.${key}`, message };
}

function certificateSource(settings: Settings, config: StackConfig): Problem[] {
  const { tls, certificate, port } = settings.network.gateway;
  const host = gatewayHost(settings).replace(/^\[|\]$/g, "");
  if (tls === "files") {
    if (certificate === undefined)
      return [
        problem("certificate", "is required by tls: files; set it to the text of a PEM file, or use tls: internal"),
      ];
    return certificateProblems("network.gateway.certificate", certificate, { host, key: "gatewayTlsKey" }, config);
  }
  const unused =
    certificate === undefined
      ? []
      : [problem("certificate", `has no effect with tls: ${tls}; use tls: files, or remove it`)];
  if (tls === "internal") return unused;
  const address = bindAddress(settings, "gateway");
  return [
    ...unused,
    ...(isPublicName(host)
      ? []
      : [
          problem(
            "host",
            `${show(host)} is not a public host name, for which ACME could issue a certificate; use a name such as "monitoring.example.com", or tls: internal`,
          ),
        ]),
    ...(port === 443
      ? []
      : [problem("port", `${port} is not the port that ACME validates; use 443, or tls: internal or files`)]),
    ...(isLoopback(address)
      ? [
          {
            path: "network.bindAddresses.gateway",
            message: `${show(address)} cannot be reached by the ACME server; use an address of this host, such as "0.0.0.0", or network.gateway.tls: internal`,
          },
        ]
      : []),
  ];
}

/** Top-level domains that are never public: RFC 6761, RFC 6762, RFC 8375 and ICANN's "internal". */
const privateDomain = /(?:^|\.)(?:localhost|local|test|example|invalid|internal|home\.arpa|lan|corp|home)$/i;

function isPublicName(host: string): boolean {
  return isIP(host) === 0 && host.includes(".") && !host.includes("_") && !privateDomain.test(host);
}

/** Rejected rather than ignored, so that nobody relies on a setting without effect. */
function contradictions(settings: Settings): Problem[] {
  const { alerting, metrics, network, tracing, visualization } = settings;
  const urls = [
    ["visualization.url", visualization.url],
    ["metrics.externalUrl", metrics.externalUrl],
    ["alerting.externalUrl", alerting.externalUrl],
    ["tracing.url", tracing.url],
  ] as const;
  return [
    ...urls
      .filter(([, url]) => url !== undefined)
      .map(([path, url]) => ({
        path,
        message: `${show(url)} cannot be set together with network.gateway, whose host is in all URLs; remove it`,
      })),
    ...Object.keys(network.bindAddresses)
      .filter((component) => isBehindSignIn(settings, component as PublishedComponent))
      .map((component) => ({
        path: `network.bindAddresses.${component}`,
        message: "has no effect with network.gateway, which publishes this component; remove it",
      })),
  ];
}
