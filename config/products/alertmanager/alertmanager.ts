import { readFileSync } from "node:fs";
import { type RenderedFile, toYaml } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { type FixedSecret, type NamedSecret, pagesTeam, teamPagerdutyKey } from "../../settings/secrets.ts";
import { destinations } from "./destinations.ts";
import { type InhibitRule, inhibitRules } from "./inhibition.ts";
import { quietHoursInterval, type TimeInterval } from "./quiet-hours.ts";
import { emailCaFile, globalConfig, heartbeat, nobody, type Receiver, type SlackCredential } from "./receivers.ts";
import { type Route, routes } from "./routes.ts";

export type { SlackCredential } from "./receivers.ts";

/** Which of the two Slack secrets is set. */
export interface AlertmanagerOptions {
  readonly slackCredential: SlackCredential;
}

/** Alertmanager's main config as an object. */
export interface AlertmanagerConfig {
  readonly global: Readonly<Record<string, unknown>>;
  readonly templates: readonly string[];
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly time_intervals?: readonly TimeInterval[];
  readonly receivers: readonly Receiver[];
}

function templatePaths({ teams }: Settings["alerting"]): string[] {
  const usesTeams = Object.values(teams).some(({ msteams }) => msteams);
  return ["common", "email", ...(usesTeams ? ["msteams"] : []), "pagerduty", "slack"].map(
    (name) => `templates/${name}.tmpl`,
  );
}

function templates(alerting: Settings["alerting"]): RenderedFile[] {
  return templatePaths(alerting).map((path) => ({
    path,
    content: readFileSync(new URL(path, import.meta.url), "utf8"),
  }));
}

/** Alertmanager's main config and templates, in one directory. The secrets are separate, see alertmanagerSecrets. */
export function renderAlertmanager(settings: Settings, options: AlertmanagerOptions): RenderedFile[] {
  const { enabled, tls } = settings.alerting.email;
  return [
    { path: "alertmanager.yml", content: toYaml(alertmanagerConfig(settings, options)) },
    ...(enabled && tls.ca !== undefined ? [{ path: emailCaFile, content: tls.ca }] : []),
    ...templates(settings.alerting),
  ];
}

/**
 * Routing, receivers, inhibition and quiet hours. Templates are listed by name, because a glob would also match removed ones.
 */
export function alertmanagerConfig(
  { alerting, demo }: Settings,
  { slackCredential }: AlertmanagerOptions,
): AlertmanagerConfig {
  const reached = destinations(alerting, slackCredential);
  return {
    global: globalConfig(alerting, { slackCredential, captured: demo.enabled && demo.captureNotifications }),
    templates: templatePaths(alerting),
    route: routes(alerting, reached),
    inhibit_rules: inhibitRules,
    ...(alerting.quietHours && { time_intervals: [quietHoursInterval(alerting.quietHours)] }),
    receivers: [nobody, ...(alerting.heartbeat.enabled ? [heartbeat] : []), ...reached.map(({ receiver }) => receiver)],
  };
}

/** Secrets that the config reads from `/etc/alertmanager/secrets/<key>`. */
export function alertmanagerSecrets(
  { alerting }: Settings,
  slackCredential: SlackCredential,
): (FixedSecret | NamedSecret)[] {
  const { pagerduty, slack, email, heartbeat } = alerting;
  const ofTeams = Object.entries(alerting.teams).flatMap(
    ([team, { webhook, msteams }]): (FixedSecret | NamedSecret)[] => [
      ...(pagesTeam(alerting, team) ? [teamPagerdutyKey(team)] : []),
      ...(webhook ? [`webhookUrl-${team}` as const] : []),
      ...(msteams ? [`msteamsUrl-${team}` as const] : []),
    ],
  );
  return [
    ...(pagerduty.enabled ? (["pagerdutyCriticalKey", "pagerdutyHighKey"] as const) : []),
    ...ofTeams,
    ...(slack.enabled ? ([slackCredential === "bot" ? "slackBotToken" : "slackWebhookUrl"] as const) : []),
    ...(email.enabled && email.username !== undefined ? (["smtpPassword"] as const) : []),
    ...(heartbeat.enabled ? (["heartbeatUrl"] as const) : []),
  ];
}
