import { priorities, type Severity } from "../../alerts/catalogue.ts";
import type { AlertingSettings } from "../../settings/schema.ts";
import { pagesTeam, teamPagerdutyKey } from "../../settings/secrets.ts";
import { email, msteams, pagerduty, type Receiver, type SlackCredential, slack, webhook } from "./receivers.ts";

/** A destination of notifications, for alerts of the given severities and optionally of one team. */
export interface Destination {
  readonly receiver: Receiver;
  readonly severities: readonly Severity[];
  /** Matcher of the label team. */
  readonly team?: string;
}

const pages = ["critical", "high"] as const;
const every = Object.keys(priorities) as Severity[];

/**
 * All enabled destinations except the heartbeat. Those of the priority always apply, and those of a team are added. Only the
 * PagerDuty key of a team replaces that of the priority, so that one alert is one incident.
 */
export function destinations(alerting: AlertingSettings, slackCredential: SlackCredential): Destination[] {
  return [
    ...(alerting.pagerduty.enabled ? pagerdutyServices(alerting) : []),
    ...(alerting.slack.enabled ? slackChannels(alerting, slackCredential) : []),
    ...(alerting.email.enabled ? mailboxes(alerting) : []),
    ...teamEndpoints(alerting),
  ];
}

/** Teams with their own receivers. */
export function teamsWithReceivers(alerting: AlertingSettings, slackCredential: SlackCredential): string[] {
  const matchers = destinations(alerting, slackCredential).map(({ team }) => team);
  return Object.keys(alerting.teams).filter((team) => matchers.includes(only(team)));
}

const only = (team: string) => `team="${team}"`;

/** Names of receivers that belong to priorities. */
const namesOfPriorities = ["critical", "high", "alerts", "ops", "notifications", "webhook", "default"];

/** Part of a receiver's name that no priority and no other team has. */
function receiverName(team: string): string {
  return namesOfPriorities.includes(team) || team.startsWith("team-") ? `team-${team}` : team;
}

function pagerdutyServices(alerting: AlertingSettings): Destination[] {
  const owners = Object.keys(alerting.teams).filter((team) => pagesTeam(alerting, team));
  const others = owners.length === 1 ? `team!="${owners[0]}"` : `team!~"${owners.join("|")}"`;
  const team = owners.length === 0 ? {} : { team: others };
  return [
    { receiver: pagerduty("critical", "pagerdutyCriticalKey"), severities: ["critical"], ...team },
    { receiver: pagerduty("high", "pagerdutyHighKey"), severities: ["high"], ...team },
    ...owners.map((owner) => ({
      receiver: pagerduty(receiverName(owner), teamPagerdutyKey(owner)),
      severities: pages,
      team: only(owner),
    })),
  ];
}

/** A webhook posts to a single channel, so team channels would only duplicate messages. */
function slackChannels({ slack: { channels }, teams }: AlertingSettings, way: SlackCredential): Destination[] {
  if (way === "webhook") return [{ receiver: slack("webhook"), severities: every }];
  const ofPriorities = [
    { receiver: slack("alerts", channels.alerts), severities: pages, channel: channels.alerts },
    { receiver: slack("ops", channels.ops), severities: ["medium"] as const, channel: channels.ops },
    {
      receiver: slack("notifications", channels.notifications),
      severities: ["low"] as const,
      channel: channels.notifications,
    },
  ];
  const ofTeams = Object.entries(teams).flatMap(([team, { slackChannel }]): Destination[] => {
    if (slackChannel === undefined) return [];
    // A channel gets each alert once.
    const told = ofPriorities.flatMap(({ channel, severities }): readonly Severity[] =>
      channel === slackChannel ? severities : [],
    );
    const severities = every.filter((severity) => !told.includes(severity));
    return [{ receiver: slack(receiverName(team), slackChannel), severities, team: only(team) }];
  });
  return [...ofPriorities.map(({ receiver, severities }) => ({ receiver, severities })), ...ofTeams].filter(
    ({ severities }) => severities.length > 0,
  );
}

function mailboxes({ email: { to }, teams }: AlertingSettings): Destination[] {
  const all: Destination[] = [
    { receiver: email("default", to.default), severities: ["critical", "high", "medium"] },
    ...Object.entries(teams).map(([team, own]) => {
      // The others already get it.
      const added = own.email.filter((address) => !to.default.includes(address));
      return { receiver: email(receiverName(team), added), severities: pages, team: only(team) };
    }),
  ];
  return all.filter(({ receiver }) => receiver.email_configs?.[0]?.to !== "");
}

function teamEndpoints({ teams }: AlertingSettings): Destination[] {
  return Object.entries(teams).flatMap(([team, own]): Destination[] => [
    ...(own.webhook
      ? [{ receiver: webhook(receiverName(team), `webhookUrl-${team}`), severities: every, team: only(team) }]
      : []),
    ...(own.msteams
      ? [{ receiver: msteams(receiverName(team), `msteamsUrl-${team}`), severities: every, team: only(team) }]
      : []),
  ]);
}
