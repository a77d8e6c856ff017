import { z } from "zod";
import { blackbox } from "../../products/blackbox/product.ts";
import { isDnsName, isHost, isHostAndPort, isIpAddress } from "../hosts.ts";
import { regex } from "../regular-expression.ts";
import { certificates, tls } from "../tls.ts";
import { checkedText, duration, httpUrl, limits, name, plainText, port, text } from "../units.ts";
import { cel, headerName, methods, statuses } from "./expectations.ts";
import { journey } from "./journeys.ts";

export const probeKinds = ["http", "tcp", "tls", "dns", "icmp", "grpc"] as const;

const exchange = z.strictObject({
  expect: regex.optional().describe("RE2 expression that a line of the response must match."),
  send: plainText
    .optional()
    .describe("Line to send. It may refer to groups of the last expect, as in the Go function regexp.Expand."),
  startTls: z.boolean().default(false).describe("Upgrades the connection to TLS."),
});

const expect = z.strictObject({
  status: statuses
    .optional()
    .describe("Kind http: accepted status codes, one or a list. Defaults to all of 200 to 299."),
  body: regex.optional().describe("Kind http: RE2 expression that the body must match."),
  bodyNot: regex.optional().describe("Kind http: RE2 expression that the body must not match."),
  json: cel
    .optional()
    .describe(
      "Kind http: CEL expression that must be true for the JSON in the body, such as `body.status == 'ok'`. Cannot be combined with body or bodyNot.",
    ),
  headers: z
    .record(headerName, regex)
    .optional()
    .describe("Kind http: RE2 expressions that these response headers must match."),
  rcode: z
    .enum(["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
    .optional()
    .describe("Kind dns: response code. Defaults to NOERROR."),
  answer: regex.optional().describe("Kind dns: RE2 expression that at least one answer must match."),
});

const addressExample = 'use host and port, such as "db.internal:5432"';

/** Host, with a port where the kind needs one. */
const address = checkedText((written) => {
  if (isHost(written) || isHostAndPort(written)) return undefined;
  if (written.includes("://")) return `is a URL, not an address; ${addressExample}, or kind: http with url`;
  return `is not a valid address; ${addressExample}`;
}, `is not a valid address; ${addressExample}`);

const queryTypes = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] as const;

const query = z.strictObject({
  name: text(
    (written) => isDnsName(written.replace(/\.$/, "")) || isIpAddress(written),
    'is not a valid DNS name; use a name such as "www.example.com"',
  ).describe("Name to resolve."),
  type: z.enum(queryTypes).default("A").describe("Record type."),
});

const target = z.strictObject({
  name: name.describe("Name of the probe, used as its probe label and as the suffix of its secrets."),
  kind: z
    .enum(probeKinds)
    .describe("What to probe. tls connects to a port and verifies the certificate, without sending anything."),
  url: httpUrl.optional().describe("Kind http: URL to request."),
  host: address
    .optional()
    .describe(
      "All other kinds: the address. tcp and grpc need a port; tls defaults to 443, dns (the DNS server) to 53; icmp has none.",
    ),
  service: name.optional().describe("Value of the service label. Defaults to the name of the probe."),
  team: name.default("platform").describe("Team that gets the probe's alerts, one of alerting.teams."),
  every: duration({ min: "1s", max: "5m" }).optional().describe("Interval. Defaults to probes.interval."),
  timeout: duration({ min: "1s", max: "2m" })
    .optional()
    .describe("Time after which the probe fails; at most the interval. Defaults to 10s, or the interval if shorter."),
  slowAfter: duration({ min: "1ms", max: "2m" })
    .optional()
    .describe("Average duration above which ProbeSlow fires. Defaults to the alert's threshold."),
  ipVersion: z
    .enum(["prefer-ip4", "ip4", "ip6"])
    .default("prefer-ip4")
    .describe("IP version of the connection. prefer-ip4 uses IPv6 where there is no IPv4 address."),
  method: z.enum(methods).optional().describe("Kind http: request method. Defaults to GET."),
  headers: z
    .record(headerName, plainText)
    .optional()
    .describe("Kind http: request headers. For secrets, use auth or secretHeader."),
  secretHeader: headerName
    .optional()
    .describe("Kind http: name of a request header whose value is the secret probeHeader-<name>, such as X-Api-Key."),
  body: z.string().min(1).max(65_536).optional().describe("Kind http: request body."),
  followRedirects: z
    .boolean()
    .optional()
    .describe("Kind http: follows redirects. Defaults to true; set it to false to expect a status such as 301."),
  proxyUrl: httpUrl.optional().describe("Kind http: HTTP proxy for the request, without credentials."),
  auth: z
    .enum(["none", "basic", "bearer"])
    .default("none")
    .describe(
      "Kind http: authentication. basic uses username and the secret probePassword-<name>, bearer the secret probeToken-<name>.",
    ),
  username: plainText.optional().describe("User name for auth: basic."),
  useTls: z
    .boolean()
    .optional()
    .describe("Kinds tcp and grpc: connects over TLS. Defaults to false. Kind tls always does."),
  tls: tls
    .extend({
      certificate: certificates
        .optional()
        .describe("Client certificate in PEM format. Its key is the secret probeTlsKey-<name>."),
    })
    .prefault({})
    .describe("Verification of the server's certificate, and client certificate."),
  exchange: z
    .array(exchange)
    .min(1)
    .optional()
    .describe("Kinds tcp and tls: lines to wait for and to send, in this order."),
  query: query.optional().describe("Kind dns: what to ask the server."),
  transport: z.enum(["udp", "tcp"]).optional().describe("Kind dns: protocol. Defaults to udp."),
  grpcService: text(/^[A-Za-z_][\w.]*$/, 'is not a valid service name; use a name such as "package.Service"')
    .optional()
    .describe("Kind grpc: service in the health check. Defaults to the whole server."),
  expect: expect.optional().describe("What makes the probe succeed."),
});

/** Probes of endpoints from outside, by blackbox_exporter. */
export const probes = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Enables probes. Without any probe, nothing is deployed."),
    port: port.default(blackbox.port).describe("Published port of blackbox_exporter."),
    interval: duration({ min: "1s", max: "5m" }).default("30s").describe("Default interval of the probes."),
    ownPages: z
      .boolean()
      .default(true)
      .describe(
        "Probes this stack's own pages: Grafana at visualization.url or its published port, as the probe grafana, network.gateway beyond loopback, as the probe gateway, and with the demo its site, as the probes demo and demo-dns and the journey demo-song. A target, journey or objective of that name replaces it.",
      ),
    targets: z.array(target).default([]).describe("Endpoints to probe."),
    journeys: z
      .array(journey)
      .default([])
      .describe("Multi-step checks, such as a login, run by a program on the Node image."),
    limits: limits("64Mi", 0.25),
    journeyLimits: limits("128Mi", 0.25),
  })
  .prefault({});
