import * as pulumi from "@pulumi/pulumi";
import {
  alertmanagerSecrets,
  renderAlertmanager,
  type SlackCredential,
} from "../config/products/alertmanager/alertmanager.ts";
import { alertmanager } from "../config/products/alertmanager/product.ts";
import { servesTls, tlsArguments } from "../config/products/internal-tls.ts";
import { alertmanagerUrl } from "../config/products/links.ts";
import { replicaHosts } from "../config/products/workload-names.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, httpPort, type StackContext, secretSet, tlsSet } from "./context.ts";
import { addressPort, httpsPort, internet, urlPort } from "./outside.ts";
import type { ReachOutside, Workload } from "./platform/workload.ts";

/** Alertmanager. Applies new routes without a restart, and reads secrets at each notification. */
export class Alerting extends pulumi.ComponentResource {
  readonly url: string | undefined;

  constructor(name: string, context: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:alerting:Alerting", name, {}, opts);
    const deployed = context.platform.deploy(alertmanagerWorkload(context), { parent: this });
    this.url = deployed.url("http");
    this.registerOutputs({ url: this.url });
  }
}

function alertmanagerWorkload({ settings, secrets }: StackContext): Workload {
  const { alerting } = settings;
  const slackCredential = secrets.has("slackWebhookUrl") ? "webhook" : "bot";
  return {
    ...described(settings, alertmanager),
    service: "monitoring",
    command: reloading(settings, [
      "/bin/alertmanager",
      "--config.file=/etc/alertmanager/config/alertmanager.yml",
      "--storage.path=/alertmanager",
      // Interval of snapshots of silences and the notification log, which is what a crash may lose.
      "--data.maintenance-interval=1m",
      // The API needs no sign-in.
      `--silences.max-silences=${alerting.silenceLimit}`,
      "--silences.max-silence-size-bytes=16384",
      "--log.silences",
      `--alerts.per-alertname-limit=${alerting.alertLimit}`,
      ...gossip(alerting.replicas),
      "--enable-feature=utf8-strict-mode,receiver-name-in-metrics",
      `--web.external-url=${alertmanagerUrl(settings)}`,
      // Otherwise the path of the external URL would prefix all pages and the API, also inside the stack.
      "--web.route-prefix=/",
      ...tlsArguments(settings, alertmanager),
    ]),
    files: [
      {
        name: "config",
        directory: "/etc/alertmanager/config",
        files: renderAlertmanager(settings, { slackCredential }),
        secret: false,
        reload: servesTls(settings, alertmanager)
          ? { kind: "watches" }
          : { kind: "http", port: alertmanager.port, path: "/-/reload" },
        check: ["/bin/amtool", "check-config", "{directory}/alertmanager.yml"],
      },
      // Read at each notification.
      {
        ...secretSet(secrets, alertmanager, "secrets", alertmanagerSecrets(settings, slackCredential)),
        removesStale: true,
      },
      ...tlsSet(settings, secrets, alertmanager),
    ],
    volumes: [{ name: "data", directory: "/alertmanager", size: alerting.volumeSize, keep: true }],
    ports: [httpPort(settings, alertmanager, alerting.port)],
    limits: alerting.limits,
    placement: "service",
    stopGraceSeconds: 30,
    replicas: alerting.replicas,
    ...(alerting.replicas > 1 && {
      ownFacts: { [addressVariable]: "address" },
      reaches: [
        { workload: alertmanager.workload, port: gossipPort },
        { workload: alertmanager.workload, port: gossipPort, protocol: "UDP" },
      ],
    }),
    reachesOutside: receivers(settings, slackCredential),
    openTo: [{ port: alertmanager.port, who: "people" }],
  };
}

/**
 * Alertmanager does not watch its config, and nothing in its image can send a reload request with a client certificate. With
 * TLS, a shell signals it instead, within five seconds of a change.
 */
function reloading(settings: Settings, command: readonly string[]): readonly string[] {
  if (!servesTls(settings, alertmanager)) return command;
  return ["/bin/sh", "-c", signalOnChange, ...command];
}

const signalOnChange = [
  "now() { find -L /etc/alertmanager/config/ -type f -exec cat {} + | cksum; }",
  "known=$(now)",
  '"$0" "$@" &',
  "program=$!",
  "trap 'kill $program; wait $program; exit $?' TERM INT",
  "while kill -0 $program 2>/dev/null; do",
  "  sleep 5 &",
  "  wait $!",
  '  [ "$(now)" = "$known" ] || { known=$(now); kill -HUP $program; }',
  "done",
  "wait $program",
].join("\n");

const gossipPort = 9094;
const addressVariable = "POD_IP";

/** Replicas share silences and the notification log. A single one needs no cluster. */
function gossip(replicas: number): string[] {
  if (replicas === 1) return ["--cluster.listen-address="];
  return [
    `--cluster.listen-address=:${gossipPort}`,
    // By default, it advertises only private addresses. The brackets, which IPv6 requires, are accepted around IPv4 too.
    `--cluster.advertise-address=[$(${addressVariable})]:${gossipPort}`,
    ...replicaHosts(alertmanager.workload, replicas).map((host) => `--cluster.peer=${host}:${gossipPort}`),
  ];
}

/** Destinations of notifications. */
function receivers({ alerting, network: { egress } }: Settings, slackCredential: SlackCredential): ReachOutside[] {
  const { pagerduty, slack, email, heartbeat, proxyUrl } = alerting;
  const teams = Object.values(alerting.teams);
  return [
    ...(pagerduty.enabled ? [internet("pagerduty", urlPort(pagerduty.url), egress.pagerduty)] : []),
    ...(slack.enabled
      ? [internet("slack", slackCredential === "bot" ? urlPort(slack.apiUrl) : httpsPort, egress.slack)]
      : []),
    ...(email.enabled && email.smarthost !== undefined
      ? [{ what: "mail server", ports: [addressPort(email.smarthost)], ranges: egress.smtp }]
      : []),
    ...(proxyUrl === undefined ? [] : [{ what: "proxy", ports: [urlPort(proxyUrl)] }]),
    ...(heartbeat.enabled ? [internet("heartbeat", httpsPort, egress.heartbeat)] : []),
    ...(teams.some(({ webhook }) => webhook) ? [internet("team webhooks", httpsPort, egress.webhook)] : []),
    ...(teams.some(({ msteams }) => msteams) ? [internet("Microsoft Teams", httpsPort, egress.msteams)] : []),
  ];
}
