import { priorities, type Severity } from "../../alerts/catalogue.ts";
import type { AlertingSettings } from "../../settings/schema.ts";
import { email, pagerduty, type Receiver, type SlackWay, slack } from "./receivers.ts";

/** A destination of notifications, for alerts of the given severities and optionally of one team. */
export interface Destination {
  readonly receiver: Receiver;
  readonly severities: readonly Severity[];
  readonly team?: `team="${string}"` | `team!="${string}"`;
}

const pages = ["critical", "high"] as const;
const every = Object.keys(priorities) as Severity[];

/**
 * All enabled destinations except the heartbeat. Those of the priority always apply, and those of a team are added; for team
 * security, the security key replaces the key of the priority.
 */
export function destinations(alerting: AlertingSettings, slackWay: SlackWay): Destination[] {
  return [
    ...(alerting.pagerduty.enabled ? pagerdutyServices() : []),
    ...(alerting.slack.enabled ? slackChannels(alerting.slack, slackWay) : []),
    ...(alerting.email.enabled ? mailboxes(alerting.email) : []),
  ];
}

function pagerdutyServices(): Destination[] {
  return [
    { receiver: pagerduty("critical", "pagerdutyCriticalKey"), severities: ["critical"], team: 'team!="security"' },
    { receiver: pagerduty("high", "pagerdutyHighKey"), severities: ["high"], team: 'team!="security"' },
    { receiver: pagerduty("security", "pagerdutySecurityKey"), severities: pages, team: 'team="security"' },
  ];
}

/** A webhook posts to a single channel, so team channels would only duplicate messages. */
function slackChannels({ channels }: AlertingSettings["slack"], way: SlackWay): Destination[] {
  if (way === "webhook") return [{ receiver: slack("webhook"), severities: every }];
  return [
    { receiver: slack("alerts", channels.alerts), severities: pages },
    { receiver: slack("ops", channels.ops), severities: ["medium"] },
    { receiver: slack("notifications", channels.notifications), severities: ["low"] },
    { receiver: slack("security", channels.security), severities: every, team: 'team="security"' },
    { receiver: slack("database", channels.database), severities: every, team: 'team="database"' },
  ];
}

function mailboxes({ to }: AlertingSettings["email"]): Destination[] {
  const all: Destination[] = [
    { receiver: email("default", to.default), severities: ["critical", "high", "medium"] },
    { receiver: email("security", to.security), severities: pages, team: 'team="security"' },
    { receiver: email("database", to.database), severities: pages, team: 'team="database"' },
  ];
  return all.filter(({ receiver }) => receiver.email_configs?.[0]?.to !== "");
}
