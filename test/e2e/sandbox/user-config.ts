import { join } from "node:path";
import { type Outside, outsideHost } from "./outside.ts";
import { fast } from "./sandbox.ts";

/** Part of every secret. */
export const canary = "canary-8c2d5";
/** Port of the gateway. */
export const port = 8443;
/** Users of the gateway. */
export const users = ["alice", "bob"] as const;

export type Secrets = Readonly<Record<string, string>>;

/** The stack's secrets, except the keys of certificates. A different `word` changes all of them. */
export function secretsOf(word: string, receivers: string): Secrets {
  const secret = (name: string) => `${canary}-${name}-${word}`;
  return {
    "webhookUrl-mobile": `${receivers}/${secret("mobile")}`,
    "webhookUrl-studio": `${receivers}/${secret("studio")}`,
    "msteamsUrl-studio": `${receivers}/${secret("studio-teams")}`,
    "webhookUrl-release": `${receivers}/${secret("release")}`,
    "pagerdutyKey-mobile": secret("mobile-key"),
    pagerdutyCriticalKey: secret("critical"),
    pagerdutyHighKey: secret("high"),
    pagerdutySecurityKey: secret("security"),
    heartbeatUrl: `${receivers}/${secret("heartbeat")}`,
    "applicationToken-licensing": secret("token"),
    "applicationPassword-billing": secret("billing"),
    "remoteWritePassword-archive": secret("archive"),
    "logsRemotePassword-central": secret("central"),
    ...Object.fromEntries(users.map((user) => [`gatewayPassword-${user}`, secret(user)])),
  };
}

export interface UserConfig {
  readonly outside: Outside;
  /** Folder of alerting.extraRules. */
  readonly rules: string;
  /** Folder of the log files. */
  readonly logs: string;
  /** Client certificate for scraping billing. */
  readonly clientCertificate: string;
  /** More keys of network.gateway. */
  readonly gateway?: object;
  /** Whether to add the team release, with its own log file. */
  readonly more?: boolean;
}

/** What a user writes to the stack file: a team, rules, targets, log files, destinations and the sign-in gateway. */
export function userConfig(options: UserConfig): Record<string, unknown> {
  const { outside, rules, logs, clientCertificate, gateway, more = false } = options;
  const tls = { ca: outside.ca };
  const target = { targets: [outside.secured], scheme: "https" };
  return {
    demo: { enabled: true, captureNotifications: false },
    metrics: {
      ...fast["metrics"],
      remoteWrite: [
        {
          ...{ name: "archive", url: `https://${outside.store}/api/v1/write` },
          ...{ auth: "basic", username: "writer", tls },
          filters: [{ action: "keep", labels: { job: "licensing|billing" } }],
        },
      ],
    },
    alerting: {
      ...fast["alerting"],
      pagerduty: { url: `${outside.receivers}/pagerduty` },
      slack: { enabled: false },
      email: { enabled: false },
      teams: {
        mobile: { webhook: true, pagerduty: true },
        studio: { webhook: true, msteams: true },
        ...(more && { release: { webhook: true } }),
      },
      extraRules: rules,
    },
    applications: {
      licensing: { ...target, metricsPath: "/licensing/metrics", auth: "bearer", tls },
      billing: {
        ...{ ...target, metricsPath: "/billing/metrics", auth: "basic", username: "scraper" },
        tls: { ...tls, certificate: clientCertificate },
      },
    },
    logs: {
      collector: "promtail",
      remote: [{ name: "central", url: `https://${outside.secured}/logs`, auth: "basic", username: "writer", tls }],
      sources: {
        syslog: { enabled: false },
        files: {
          licensing: {
            ...{ paths: [join(logs, "licensing.log")], format: "logfmt" },
            ...{ level: "severity", traceId: "trace" },
          },
          ...(more && { release: { paths: [join(logs, "release.log")], format: "plain" } }),
        },
      },
    },
    network: {
      extraHosts: { [outsideHost]: "host-gateway" },
      gateway: { enabled: true, port, users, ...gateway },
    },
  };
}

export const rule = `groups:
  - name: licensing
    rules:
      - alert: LicenseServerFull
        expr: max by (service, cluster, env) (license_sessions{job="licensing"}) > 100
        labels: { severity: medium, team: mobile }
        annotations:
          summary: "{{ $labels.service }} is full"
          description: "{{ $labels.service }} has {{ $value }} sessions."
`;

export const ruleTest = `rule_files: [licensing.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - series: license_sessions{job="licensing", service="licensing", cluster="c", env="e"}
        values: 100 101
    alert_rule_test:
      - { eval_time: 0s, alertname: LicenseServerFull }
      - eval_time: 15s
        alertname: LicenseServerFull
        exp_alerts:
          - exp_labels: { severity: medium, team: mobile, service: licensing, cluster: c, env: e }
            exp_annotations: { summary: licensing is full, description: licensing has 101 sessions. }
`;
