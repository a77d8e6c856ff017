import { z } from "zod";
import { type AlertDefinition, alerts } from "../../alerts/catalogue.ts";
import { alertmanager } from "../../products/alertmanager/product.ts";
import { isHost } from "../hosts.ts";
import { tls } from "../tls.ts";
import {
  baseUrl,
  directory,
  duration,
  emailAddress,
  hostAndPort,
  httpUrl,
  limits,
  plainText,
  port,
  quantity,
  replicas,
  text,
  timeZone,
} from "../units.ts";
import { slackChannel, teams } from "./teams.ts";

const channel = (defaultName: string) => slackChannel.default(defaultName);

const wait = (groupWait: string, groupInterval: string, repeatInterval: string) =>
  z
    .strictObject({
      groupWait: duration({ max: "1h" })
        .default(groupWait)
        .describe("How long to wait before sending the first notification for a new group of alerts."),
      groupInterval: duration({ min: "1s", max: "1d" })
        .default(groupInterval)
        .describe("How long to wait before notifying about new alerts in a group that was already notified."),
      // Alertmanager drops its notification log after 120h (--data.retention) and would notify again.
      repeatInterval: duration({ min: "1s", max: "5d" })
        .default(repeatInterval)
        .describe("How long to wait before repeating a notification for a group that is still firing."),
    })
    .prefault({});

/** Overrides of one alert; the threshold has the alert's own unit and range. */
function rule({ threshold, window, for: wait }: AlertDefinition) {
  const bounds = threshold && `${threshold.min} and ${threshold.max} (${threshold.unit})`;
  return z
    .strictObject({
      enabled: z.boolean().default(true),
      for: duration({ max: "7d" }).default(wait).describe("How long the condition must hold before the alert fires."),
      ...(threshold && {
        threshold: z
          .number({ error: `is not a number; use a number between ${bounds}` })
          .refine((value) => value >= threshold.min && value <= threshold.max, {
            error: `is out of range; use a number between ${bounds}`,
          })
          .default(threshold.default)
          .describe(`Threshold, in ${threshold.unit}.`),
      }),
      ...(window !== undefined && {
        window: duration({ max: "7d" }).default(window).describe("Range of the alert's query."),
      }),
    })
    .prefault({});
}

const rules = z
  .strictObject(Object.fromEntries(Object.entries(alerts).map(([name, definition]) => [name, rule(definition)])))
  .prefault({})
  .transform((tuned) => tuned as unknown as Record<keyof typeof alerts, RuleSettings>);

/** Validated settings of one alert; `threshold` and `window` are present if the catalogue defines them. */
export interface RuleSettings {
  readonly enabled: boolean;
  readonly for: string;
  readonly threshold?: number;
  readonly window?: string;
}

const clock = text(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is not a valid time of day; use HH:MM, such as "22:00"');

/** Alertmanager: receivers, routes, intervals and alert overrides. */
export const alerting = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Enables Alertmanager and all alerts."),
    port: port.default(alertmanager.port).describe("Published port of Alertmanager."),
    volumeSize: quantity.default("1Gi").describe("Size of the volume for silences and the notification log."),
    alertLimit: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(5_000)
      .describe("Maximum number of alerts with the same name in Alertmanager; more are rejected. 0 means no limit."),
    silenceLimit: z
      .int()
      .min(0)
      .max(100_000)
      .default(1_000)
      .describe("Maximum number of silences, including expired ones, which are kept for 5 days. 0 means no limit."),
    externalUrl: baseUrl.optional().describe("URL at which users reach Alertmanager. Defaults to the published port."),
    runbookUrl: baseUrl
      .default("https://github.com/white-room/white-room-monitoring/blob/main/runbooks")
      .describe("Base URL of the runbooks; links are <runbookUrl>/<AlertName>.md."),
    proxyUrl: httpUrl
      .optional()
      .describe(
        "HTTP proxy for PagerDuty, Slack, Microsoft Teams, webhooks and the heartbeat, without credentials. E-mail does not use it.",
      ),
    pagerduty: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Sends pages for P0 and P1."),
        url: httpUrl
          .default("https://events.pagerduty.com/v2/enqueue")
          .describe("Endpoint of the PagerDuty Events API v2."),
      })
      .prefault({}),
    slack: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Sends messages for every priority."),
        apiUrl: httpUrl
          .default("https://slack.com/api/chat.postMessage")
          .describe("API URL used with the bot token; ignored with a webhook."),
        channels: z
          .strictObject({
            alerts: channel("#alerts").describe("P0 and P1."),
            ops: channel("#ops").describe("P2."),
            notifications: channel("#notifications").describe("P3."),
          })
          .prefault({}),
      })
      .prefault({}),
    email: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Sends e-mail for P0, P1 and P2."),
        smarthost: hostAndPort.optional().describe("SMTP server, as host:port."),
        from: emailAddress.default("white-room-monitoring@localhost").describe("Sender address."),
        username: plainText.optional().describe("SMTP user. If unset, no authentication is used."),
        requireTls: z.boolean().default(true).describe("Requires TLS for the SMTP connection."),
        hello: text(isHost, 'is not a valid host; use a name such as "monitoring.example.com"')
          .optional()
          .describe("Host name in the SMTP greeting (EHLO). Defaults to localhost, which some relays reject."),
        tls: tls.prefault({}).describe("Verification of the SMTP server's certificate."),
        to: z
          .strictObject({
            default: z.array(emailAddress).default([]).describe("On-call recipients of P0, P1 and P2."),
          })
          .prefault({}),
      })
      .prefault({}),
    teams,
    heartbeat: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe("Sends a heartbeat (the Watchdog alert) to the secret heartbeatUrl every minute."),
      })
      .prefault({}),
    waits: z
      .strictObject({
        critical: wait("10s", "1m", "1h"),
        high: wait("30s", "5m", "4h"),
        medium: wait("1m", "10m", "12h"),
        low: wait("5m", "1h", "24h"),
        heartbeat: wait("0s", "1m", "30s"),
      })
      .prefault({})
      .describe("Group and repeat intervals of notifications, by severity."),
    quietHours: z
      .strictObject({
        start: clock.describe("Start time."),
        end: clock.describe("End time; if before the start, on the next day."),
        timeZone: timeZone.default("UTC").describe("IANA time zone of start and end."),
        days: z
          .array(z.enum(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]))
          .min(1)
          .optional()
          .describe("Days on which quiet hours start. Defaults to every day."),
      })
      .optional()
      .describe("Quiet hours: P2 and P3 notifications are held until they end. The range may span midnight."),
    extraRules: directory
      .optional()
      .describe(
        "Directory of your own rules: *.yml for Prometheus, loki/*.yml for Loki, and *.test.yml, which npm run check-rules runs.",
      ),
    rules: rules.describe("Per-alert overrides: enabled, for and, where the alert has them, threshold and window."),
    replicas: replicas.describe(
      "Number of clustered Alertmanager replicas, which share silences and the notification log (more than 1 only on Kubernetes).",
    ),
    limits: limits("128Mi", 0.25),
  })
  .prefault({});
