import type { AlertingSettings } from "../../settings/schema.ts";
import type { FixedSecret, NamedSecret } from "../../settings/secrets.ts";
import { tlsConfig } from "../../settings/tls.ts";
import { alertmanager } from "./product.ts";

/** Slack credential: a bot token can post to every channel, a webhook to a single one. */
export type SlackCredential = "bot" | "webhook";

/** A receiver of Alertmanager. */
export interface Receiver {
  readonly name: string;
  readonly pagerduty_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly slack_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly email_configs?: readonly (Readonly<Record<string, unknown>> & { readonly to: string })[];
  readonly webhook_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly msteamsv2_configs?: readonly Readonly<Record<string, unknown>>[];
}

/** Authorities that the mail server's certificate is verified with. */
export const emailCaFile = "email-ca.pem";

/** A receiver without integrations, which discards alerts. */
export const nobody: Receiver = { name: "nobody" };

/** Timeout of one attempt; it is retried within the group interval. */
const attemptTimeout = "10s";

const template = (name: string) => `{{ template "white_room.${name}" . }}`;

/** Path of a secret. Alertmanager reads it at every notification, so rotation requires no reload. */
export function secretFile(key: FixedSecret | NamedSecret): string {
  return `${alertmanager.secretFiles.secrets.directory}/${key}`;
}

/** Global addresses and credentials of the receivers. */
export function globalConfig(
  alerting: AlertingSettings,
  { slackCredential, captured }: { readonly slackCredential: SlackCredential; readonly captured: boolean },
): Record<string, unknown> {
  const { pagerduty, slack, email, proxyUrl } = alerting;
  // Alertmanager resolves relative paths of all receivers but e-mail.
  const emailTls = tlsConfig(email.tls, `/etc/alertmanager/config/${emailCaFile}`);
  return {
    // Receivers inside the stack are not behind the proxy.
    ...(proxyUrl !== undefined && !captured && { http_config: { proxy_url: proxyUrl } }),
    ...(pagerduty.enabled && { pagerduty_url: pagerduty.url }),
    ...(slack.enabled &&
      (slackCredential === "bot"
        ? { slack_app_url: slack.apiUrl, slack_app_token_file: secretFile("slackBotToken") }
        : { slack_api_url_file: secretFile("slackWebhookUrl") })),
    ...(email.enabled && {
      smtp_smarthost: email.smarthost,
      smtp_from: email.from,
      smtp_require_tls: email.requireTls,
      ...(email.hello !== undefined && { smtp_hello: email.hello }),
      ...(Object.keys(emailTls).length > 0 && { smtp_tls_config: emailTls }),
      ...(email.username !== undefined && {
        smtp_auth_username: email.username,
        smtp_auth_password_file: secretFile("smtpPassword"),
      }),
    }),
  };
}

/** Events API v2. A resolved group closes its incident, because both events have the group's key. */
export function pagerduty(name: string, key: FixedSecret | NamedSecret): Receiver {
  return {
    name: `pagerduty-${name}`,
    pagerduty_configs: [
      {
        routing_key_file: secretFile(key),
        send_resolved: true,
        timeout: attemptTimeout,
        client: "White Room monitoring",
        client_url: "{{ .ExternalURL }}",
        description: template("pagerduty.summary"),
        severity: template("pagerduty.severity"),
        source: template("pagerduty.source"),
        component: template("pagerduty.component"),
        class: template("pagerduty.class"),
        group: template("pagerduty.group"),
        links: [
          { href: template("pagerduty.runbook_url"), text: "Runbook" },
          { href: template("pagerduty.dashboard_url"), text: "Dashboard" },
          // Alertmanager omits links with an empty href.
          { href: template("pagerduty.traces_url"), text: "Traces" },
          { href: template("silence_url"), text: "Silence" },
        ],
        // Alertmanager adds defaults for those that are unset. Its default `firing` and `resolved` contain all labels of all
        // alerts, and above 512 kB the details are dropped entirely.
        details: {
          firing: template("pagerduty.firing"),
          resolved: template("pagerduty.resolved"),
          num_firing: "{{ .Alerts.Firing | len }}",
          num_resolved: "{{ .Alerts.Resolved | len }}",
        },
      },
    ],
  };
}

/** A Slack channel; by default, the channel of the webhook. */
export function slack(name: string, channel?: string): Receiver {
  return {
    name: `slack-${name}`,
    slack_configs: [
      {
        ...(channel !== undefined && { channel }),
        // Alertmanager's default user name requires an additional scope.
        username: "",
        send_resolved: true,
        timeout: attemptTimeout,
        color: template("slack.color"),
        fallback: template("slack.title"),
        title: template("slack.title"),
        title_link: "{{ .ExternalURL }}",
        text: template("slack.text"),
        footer: "",
      },
    ],
  };
}

/** E-mail with HTML and text parts. E-mails of the same group and day form a thread. */
export function email(name: string, to: readonly string[]): Receiver {
  return {
    name: `email-${name}`,
    email_configs: [
      {
        to: to.join(", "),
        send_resolved: true,
        headers: { Subject: template("email.subject"), "Auto-Submitted": "auto-generated" },
        html: template("email.html"),
        text: template("email.text"),
        threading: { enabled: true, thread_by_date: "daily" },
      },
    ],
  };
}

/** Alertmanager's own JSON, for programs: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export function webhook(name: string, key: NamedSecret): Receiver {
  return {
    name: `webhook-${name}`,
    webhook_configs: [{ url_file: secretFile(key), send_resolved: true, max_alerts: 100, timeout: attemptTimeout }],
  };
}

/** A workflow of Microsoft Teams, which posts an Adaptive Card. */
export function msteams(name: string, key: NamedSecret): Receiver {
  return {
    name: `msteams-${name}`,
    msteamsv2_configs: [
      {
        webhook_url_file: secretFile(key),
        send_resolved: true,
        title: template("msteams.title"),
        text: template("msteams.text"),
      },
    ],
  };
}

/** Webhook of the heartbeat service. */
export const heartbeat: Receiver = {
  name: "heartbeat",
  webhook_configs: [
    { url_file: secretFile("heartbeatUrl"), send_resolved: false, max_alerts: 1, timeout: attemptTimeout },
  ],
};
