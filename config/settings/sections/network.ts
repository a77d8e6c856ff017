import { z } from "zod";
import { isHost } from "../hosts.ts";
import { isDnsSubdomain } from "../kubernetes-names.ts";
import { certificates } from "../tls.ts";
import { cidr, dnsLabel, ipAddress, labelKey, labelValue, limits, name, port, text } from "../units.ts";

const ranges = (what: string) =>
  z.array(cidr).min(1).optional().describe(`CIDR ranges of ${what}. If unset, any address on that port.`);

/** What publishes ports on a Docker host. Only Grafana and the gateway have a sign-in. */
export const publishedComponents = [
  "prometheus",
  "alertmanager",
  "grafana",
  "viewer",
  "loki",
  "collector",
  "syslog",
  "exporters",
  "blackbox",
  "jaeger",
  "spans",
  "demo",
  "gateway",
] as const;
export type PublishedComponent = (typeof publishedComponents)[number];

const portsOf: Readonly<Record<PublishedComponent, string>> = {
  prometheus: "Prometheus",
  alertmanager: "Alertmanager",
  grafana: "Grafana",
  viewer: "the dashboard viewer",
  loki: "Loki",
  collector: "the log collector's UI",
  syslog: "the syslog listener",
  exporters: "all exporters",
  blackbox: "blackbox_exporter",
  jaeger: "Jaeger's UI and API",
  spans: "the receivers of spans",
  demo: "the demo",
  gateway: "the gateway",
};

const openComponents = publishedComponents.filter((component) => component !== "grafana" && component !== "gateway");

/** TLS and sign-in in front of all pages. */
const gateway = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        "Publishes all pages on one HTTPS port with sign-in, and unpublishes all other ports except those of syslog and of the receivers of spans (Docker only).",
      ),
    host: text(
      isHost,
      'is not a valid host; use a name or IP address without scheme, port and brackets, such as "monitoring.example.com"',
    )
      .optional()
      .describe("Host name in the gateway's URL. Defaults to publicHost, or else to localhost."),
    port: port.default(443).describe("Published port of the gateway."),
    tls: z
      .enum(["internal", "acme", "files"])
      .default("internal")
      .describe(
        "Source of the certificate: internal issues one with its own CA, acme requests one from Let's Encrypt, files takes the one in certificate.",
      ),
    certificate: certificates
      .optional()
      .describe(
        "Certificate of the host with tls: files, in PEM format, followed by intermediate certificates. Its key is the secret gatewayTlsKey.",
      ),
    users: z
      .array(name)
      .default([])
      .describe("Users of the gateway. The password of each is the secret gatewayPassword-<user>."),
    grafanaSignIn: z
      .enum(["gateway", "own"])
      .default("gateway")
      .describe(
        "Sign-in in front of Grafana: that of the gateway, before Grafana's, or only Grafana's own, which service account tokens require.",
      ),
    limits: limits("128Mi", 0.5),
  })
  .prefault({});

/** Published addresses, and network access. */
export const network = z
  .strictObject({
    bindAddress: ipAddress("127.0.0.1")
      .default("127.0.0.1")
      .describe(
        "Address to publish ports on. Only Grafana and the gateway have a sign-in; beyond loopback, all others must be listed in allowUnauthenticated.",
      ),
    bindAddresses: z
      .strictObject(
        Object.fromEntries(
          publishedComponents.map((component) => [
            component,
            ipAddress("10.0.0.5")
              .optional()
              .describe(`Address to publish ${portsOf[component]} on. Defaults to bindAddress (Docker only).`),
          ]),
        ) as Record<PublishedComponent, z.ZodOptional<ReturnType<typeof ipAddress>>>,
      )
      .prefault({}),
    allowUnauthenticated: z
      .array(z.enum(openComponents))
      .default([])
      .describe(
        "Components without a sign-in that may be published beyond loopback, such as syslog. Docker's published ports bypass the host's firewall rules.",
      ),
    publicHost: text(
      isHost,
      'is not a valid host; use a name or IP address without scheme, port and brackets, such as "monitoring.example.com"',
    )
      .optional()
      .describe(
        "Host name in user-facing URLs. Defaults to localhost when bound to loopback, otherwise to bindAddress.",
      ),
    extraHosts: z
      .record(
        text(
          (name) => isDnsSubdomain(name) && isHost(name),
          'is not a valid host name; use lower-case letters, digits, "-" and ".", such as "db.internal"',
        ),
        z.union([ipAddress("10.0.0.7"), z.literal("host-gateway")], {
          error: 'is not a valid IP address; use an address such as "10.0.0.7", or "host-gateway" for the Docker host',
        }),
      )
      .default({})
      .describe(
        "Additional /etc/hosts entries of the stack's containers, as a map of name to IP address. host-gateway is the address of the Docker host.",
      ),
    webGateway: z
      .strictObject({ limits: limits("32Mi", 0.5) })
      .prefault({})
      .describe(
        "Filters requests to the published ports of Prometheus, Alertmanager, Loki, blackbox_exporter and Jaeger's UI, and Grafana's requests to Loki. On Kubernetes and with network.tls, only the latter.",
      ),
    gateway,
    tls: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe(
            "TLS and authentication between the components of the stack. Requires ca, certificate and the secret internalTlsKey.",
          ),
        ca: certificates.optional().describe("CA certificates that issued certificate, in PEM format."),
        certificate: certificates
          .optional()
          .describe(
            "Certificate shared by all components, as server and client, in PEM format, followed by intermediate certificates. Its subject alternative names must include every component, such as prometheus.",
          ),
      })
      .prefault({}),
    egress: z
      .strictObject({
        pagerduty: ranges("PagerDuty, on the port of its URL"),
        slack: ranges("Slack, on the port of its URL"),
        smtp: ranges("the mail server"),
        heartbeat: ranges("the heartbeat service (443)"),
        webhook: ranges("the teams' webhooks (443)"),
        msteams: ranges("Microsoft Teams (443)"),
        objectStorage: ranges("the object storage"),
        remoteWrite: ranges("the remote write endpoints"),
        logsRemote: ranges("the endpoints of logs.remote"),
        database: ranges("Grafana's PostgreSQL"),
        traceStore: ranges("the database of traces"),
        dataSources: ranges("the servers of visualization.dataSources, on the ports of their URLs"),
        plugins: ranges("grafana.com or the servers of visualization.plugins, on the ports of their URLs"),
        signIn: ranges("the provider of visualization.oidc, on the ports of its URLs"),
        probes: ranges("probed addresses, on their ports"),
        targets: ranges("the targets of applications and exporters, on their ports"),
        apiServer: ranges("the Kubernetes API server (443 and 6443)"),
        nodes: ranges("the kubelets (10250)"),
        dns: z
          .array(
            z.union(
              [
                cidr,
                z.strictObject({
                  namespace: dnsLabel.describe("Namespace of the DNS pods."),
                  podLabels: z.record(labelKey, labelValue).default({}).describe("Labels of the DNS pods."),
                  port: port.default(53).describe("Port of the DNS pods."),
                }),
              ],
              {
                error:
                  'is neither a valid CIDR range nor pods; use a range such as "10.0.0.0/8", or pods such as {namespace: openshift-dns, port: 5353}',
              },
            ),
          )
          .min(1)
          .default(["169.254.20.10/32"])
          .describe(
            "DNS servers in addition to the pods k8s-app=kube-dns in kube-system: CIDR ranges such as that of a node-local cache, or pods of a namespace, such as {namespace: openshift-dns, port: 5353}.",
          ),
      })
      .prefault({})
      .describe(
        "Allowed egress to destinations outside the stack (Kubernetes with a network plugin that enforces NetworkPolicies).",
      ),
  })
  .prefault({});
