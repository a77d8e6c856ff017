import { z } from "zod";
import { type AlertDefinition, alerts } from "../../alerts/catalogue.ts";
import { alertmanager } from "../../products/alertmanager/product.ts";
import { timeZoneProblem } from "../time-zones.ts";
import { duration, emailAddress, hostAndPort, httpUrl, limits, port, quantity, replicas, text } from "../units.ts";

const channel = (defaultName: string) =>
  text(/^#[a-z0-9_-]{1,79}$/, 'is no Slack channel: write "#" and its name, such as "#alerts"').default(defaultName);

const wait = (groupWait: string, groupInterval: string, repeatInterval: string) =>
  z
    .strictObject({
      groupWait: duration({ max: "1h" })
        .default(groupWait)
        .describe("How long a new group of alerts waits for more of them."),
      groupInterval: duration({ min: "1s", max: "1d" })
        .default(groupInterval)
        .describe("How long what joins a group waits that was notified of."),
      // Alertmanager forgets what it sent after 120h, its --data.retention, and would repeat it then.
      repeatInterval: duration({ min: "1s", max: "5d" })
        .default(repeatInterval)
        .describe("How long until a group that still fires is notified of again."),
    })
    .prefault({});

/** One alert as config may tune it: threshold in the alert's own unit and range. */
function rule({ threshold, window, for: wait }: AlertDefinition) {
  const bounds = threshold && `${threshold.min} to ${threshold.max} (${threshold.unit})`;
  return z
    .strictObject({
      enabled: z.boolean().default(true),
      for: duration({ max: "7d" }).default(wait).describe("How long it must last before it fires."),
      ...(threshold && {
        threshold: z
          .number({ error: `is no number: write a number from ${bounds}` })
          .refine((value) => value >= threshold.min && value <= threshold.max, {
            error: `is out of range: write a number from ${bounds}`,
          })
          .default(threshold.default)
          .describe(`In the unit "${threshold.unit}".`),
      }),
      ...(window !== undefined && {
        window: duration({ max: "7d" }).default(window).describe("The range it looks back over."),
      }),
    })
    .prefault({});
}

const rules = z
  .strictObject(Object.fromEntries(Object.entries(alerts).map(([name, definition]) => [name, rule(definition)])))
  .prefault({})
  .transform((tuned) => tuned as unknown as Record<keyof typeof alerts, RuleSettings>);

/** One alert after validation; `threshold` and `window` are there exactly where the catalogue has them. */
export interface RuleSettings {
  readonly enabled: boolean;
  readonly for: string;
  readonly threshold?: number;
  readonly window?: string;
}

const clock = text(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is no time of day: write hours and minutes, such as "22:00"');

const timeZone = z.string().superRefine((zone, context) => {
  const message = timeZoneProblem(zone);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/** Alertmanager: receivers, routes, waits, and the tuning of every alert. */
export const alerting = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Alertmanager and every alert."),
    port: port.default(alertmanager.port).describe("Port Alertmanager is published on."),
    volumeSize: quantity.default("1Gi").describe("Size of the volume that keeps silences and the notification log."),
    externalUrl: httpUrl.optional().describe("Where people reach Alertmanager; left out: the published port."),
    runbookUrl: httpUrl
      .default("https://github.com/white-room/white-room-monitoring/blob/main/runbooks")
      .describe("Folder of the runbooks; links are <runbookUrl>/<AlertName>.md."),
    pagerduty: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Pages for P0 and P1."),
        url: httpUrl
          .default("https://events.pagerduty.com/v2/enqueue")
          .describe("Where events are sent (Events API v2)."),
      })
      .prefault({}),
    slack: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Messages for every priority."),
        apiUrl: httpUrl
          .default("https://slack.com/api/chat.postMessage")
          .describe("Where the bot token posts; not used with a webhook."),
        channels: z
          .strictObject({
            alerts: channel("#alerts").describe("P0 and P1."),
            ops: channel("#ops").describe("P2."),
            notifications: channel("#notifications").describe("P3."),
            security: channel("#security").describe("Team security, beside the priority's channel."),
            database: channel("#database-team").describe("Team database, beside the priority's channel."),
          })
          .prefault({}),
      })
      .prefault({}),
    email: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Mails for P0, P1 and P2."),
        smarthost: hostAndPort.optional().describe("The SMTP server, as host:port."),
        from: emailAddress.default("white-room-monitoring@localhost").describe("Sender."),
        username: z.string().min(1).optional().describe("SMTP user; left out: no authentication."),
        requireTls: z.boolean().default(true).describe("Refuse to send without TLS."),
        to: z
          .strictObject({
            default: z.array(emailAddress).default([]).describe("Everybody on call: P0, P1, P2."),
            security: z.array(emailAddress).default([]).describe("Team security, beside the default."),
            database: z.array(emailAddress).default([]).describe("Team database, beside the default."),
          })
          .prefault({}),
      })
      .prefault({}),
    heartbeat: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Watchdog calls the secret heartbeatUrl every minute."),
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
      .describe("How long notifications wait, by severity."),
    quietHours: z
      .strictObject({
        start: clock.describe("When they begin."),
        end: clock.describe("When they end; before the start, it is the next day."),
        timeZone: timeZone.default("UTC").describe("IANA name of the zone that both are in."),
        days: z
          .array(z.enum(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]))
          .min(1)
          .optional()
          .describe("Days on which they begin; left out: every day."),
      })
      .optional()
      .describe("P2 and P3 wait until these are over. A range over midnight is fine."),
    rules: rules.describe("Each alert: enabled, for, and where it has them threshold and window."),
    replicas: replicas.describe(
      "How many Alertmanagers share silences and what was sent (more than 1: Kubernetes). To switch it off: enabled.",
    ),
    limits: limits("128Mi", 0.25),
  })
  .prefault({});
