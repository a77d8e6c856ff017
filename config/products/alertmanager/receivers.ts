import type { AlertingSettings } from "../../settings/schema.ts";
import type { FixedSecret } from "../../settings/secrets.ts";

/** How Slack is reached: a bot token posts to every channel, a webhook to the one it is bound to. */
export type SlackWay = "bot" | "webhook";

/** A receiver as Alertmanager's file has it. */
export interface Receiver {
  readonly name: string;
  readonly pagerduty_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly slack_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly email_configs?: readonly (Readonly<Record<string, unknown>> & { readonly to: string })[];
  readonly webhook_configs?: readonly Readonly<Record<string, unknown>>[];
}

/** The receiver of what goes nowhere: it has no integration. */
export const nobody: Receiver = { name: "nobody" };

/** One attempt may take this long; then it is made again, within the group's interval. */
const attemptTimeout = "10s";

const template = (name: string) => `{{ template "white_room.${name}" . }}`;

/** Where Alertmanager finds a secret. It reads the file at every notification, so a rotation needs no reload. */
export function secretFile(key: FixedSecret): string {
  return `/etc/alertmanager/secrets/${key}`;
}

/** What all receivers of a kind share: addresses and credentials, once. */
export function globalConfig(alerting: AlertingSettings, slackWay: SlackWay): Record<string, unknown> {
  const { pagerduty, slack, email } = alerting;
  return {
    ...(pagerduty.enabled && { pagerduty_url: pagerduty.url }),
    ...(slack.enabled &&
      (slackWay === "bot"
        ? { slack_app_url: slack.apiUrl, slack_app_token_file: secretFile("slackBotToken") }
        : { slack_api_url_file: secretFile("slackWebhookUrl") })),
    ...(email.enabled && {
      smtp_smarthost: email.smarthost,
      smtp_from: email.from,
      smtp_require_tls: email.requireTls,
      ...(email.username !== undefined && {
        smtp_auth_username: email.username,
        smtp_auth_password_file: secretFile("smtpPassword"),
      }),
    }),
  };
}

/** Events API v2. A resolved group closes its incident: both events carry the group's key. */
export function pagerduty(name: string, key: FixedSecret): Receiver {
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
          { href: template("silence_url"), text: "Silence" },
        ],
        // Alertmanager adds each of these by itself when it is left out; its own `firing` and `resolved` carry every
        // label of every alert, and past 512 kB PagerDuty's details are dropped whole.
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

/** A Slack channel; without one, the channel that the webhook is bound to. */
export function slack(name: string, channel?: string): Receiver {
  return {
    name: `slack-${name}`,
    slack_configs: [
      {
        ...(channel !== undefined && { channel }),
        // Alertmanager's default name needs a scope of its own beside chat:write.
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

/** Mail with an HTML and a text part. Mails of one group and day form a thread. */
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

/** The URL that expects to be called as long as alerts can be delivered. */
export const heartbeat: Receiver = {
  name: "heartbeat",
  webhook_configs: [
    { url_file: secretFile("heartbeatUrl"), send_resolved: false, max_alerts: 1, timeout: attemptTimeout },
  ],
};
