import { recordedWindow } from "../alerts/rates.ts";
import { either, type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { pagesTeam } from "./secrets.ts";
import { type StackConfig, secretRemoval } from "./stack-file.ts";
import { seconds } from "./units.ts";

export function checkSlackCredentials(_: Settings, config: StackConfig): Problem[] {
  const { secrets } = config;
  if (!secrets.has("slackBotToken") || !secrets.has("slackWebhookUrl")) return [];
  return [
    {
      path: "slackWebhookUrl",
      message: `cannot be set together with slackBotToken; keep the token, which can post to every channel, and ${secretRemoval(config, "slackWebhookUrl")}`,
    },
  ];
}

export function checkSecurityKeys(_: Settings, config: StackConfig): Problem[] {
  const [newKey, oldKey] = ["pagerdutyKey-security", "pagerdutySecurityKey"];
  if (!config.secrets.has(newKey) || !config.secrets.has(oldKey)) return [];
  return [
    {
      path: oldKey,
      message: `cannot be set together with ${newKey}, which replaces it; ${secretRemoval(config, oldKey)}`,
    },
  ];
}

export function checkEmail({ alerting }: Settings): Problem[] {
  if (!alerting.enabled || !alerting.email.enabled) return [];
  const problems: Problem[] = [];
  if (alerting.email.smarthost === undefined) {
    problems.push({
      path: "alerting.email.smarthost",
      message:
        'is required; set it to the host and port of the SMTP server, such as "smtp.example.com:587", or disable e-mail with alerting.email.enabled: false',
    });
  }
  if (alerting.email.to.default.length === 0) {
    problems.push({
      path: "alerting.email.to.default",
      message:
        'is empty; add the on-call addresses, such as ["oncall@example.com"], or disable e-mail with alerting.email.enabled: false',
    });
  }
  return problems;
}

export function checkQuietHours({ alerting }: Settings): Problem[] {
  const quiet = alerting.quietHours;
  if (quiet === undefined || quiet.start !== quiet.end) return [];
  return [
    {
      path: "alerting.quietHours.end",
      message: `${show(quiet.end)} is the same as the start; use another time, or remove quietHours`,
    },
  ];
}

/**
 * Alertmanager repeats a notification at the first group interval after the repeat interval, so a shorter repeat interval has
 * no effect.
 */
export function checkRepeatIntervals({ alerting }: Settings): Problem[] {
  return Object.entries(alerting.waits).flatMap(([severity, { groupInterval, repeatInterval }]) =>
    severity === "heartbeat" || seconds(repeatInterval) >= seconds(groupInterval)
      ? []
      : [
          {
            path: `alerting.waits.${severity}.repeatInterval`,
            message: `${show(repeatInterval)} is shorter than groupInterval ${show(groupInterval)}; use at least ${show(groupInterval)}`,
          },
        ],
  );
}

/**
 * Alertmanager flushes a group once per group interval. With an equal repeat interval, it would send only every second
 * heartbeat.
 */
export function checkHeartbeat({ alerting }: Settings): Problem[] {
  const { groupInterval, repeatInterval } = alerting.waits.heartbeat;
  if (seconds(repeatInterval) < seconds(groupInterval)) return [];
  return [
    {
      path: "alerting.waits.heartbeat.repeatInterval",
      message: `${show(repeatInterval)} is not shorter than groupInterval ${show(groupInterval)}, so every second heartbeat would be skipped; use less than ${show(groupInterval)}`,
    },
  ];
}

/** Without a receiver, a team with its own channel would miss its alerts. */
export function checkReceivers({ alerting }: Settings): Problem[] {
  if (!alerting.enabled || alerting.slack.enabled || !alerting.email.enabled) return [];
  return Object.entries(alerting.teams)
    .filter(
      ([team, { slackChannel, email, webhook, msteams }]) =>
        slackChannel !== undefined && email.length === 0 && !webhook && !msteams && !pagesTeam(alerting, team),
    )
    .map(([team]) => ({
      path: `alerting.teams.${team}.email`,
      message: `is empty and Slack is disabled, so team ${team} would get no notifications; add its addresses, or enable Slack`,
    }));
}

export function checkTeams({ alerting, probes, slos }: Settings): Problem[] {
  const known = Object.keys(alerting.teams);
  const named = [
    ...probes.targets.map(({ team }, index) => ({ team, path: `probes.targets[${index}].team` })),
    ...probes.journeys.map(({ team }, index) => ({ team, path: `probes.journeys[${index}].team` })),
    ...slos.map(({ team }, index) => ({ team, path: `slos[${index}].team` })),
  ];
  return named
    .filter(({ team }) => !known.includes(team))
    .map(({ team, path }) => ({
      path,
      message: `team ${show(team)} is not known; use ${either(known)}, or add it to alerting.teams`,
    }));
}

/** A rate needs four samples in its range to survive a missed scrape, and at least 30s to be meaningful. */
export function checkWindows({ metrics, alerting }: Settings): Problem[] {
  const shortest = 4 * seconds(metrics.scrapeInterval);
  const least = Math.max(30, shortest);
  const problems = Object.entries(alerting.rules).flatMap(([name, { enabled, window }]) =>
    !enabled || window === undefined || seconds(window) >= least
      ? []
      : [
          {
            path: `alerting.rules.${name}.window`,
            message: `${show(window)} is ${least === shortest ? `shorter than four times metrics.scrapeInterval ${show(metrics.scrapeInterval)}` : "too short"}; use at least "${least}s"`,
          },
        ],
  );
  if (seconds(recordedWindow) < shortest) {
    problems.push({
      path: "metrics.scrapeInterval",
      message: `${show(metrics.scrapeInterval)} is too long for the recording rules, which use a ${recordedWindow} range; use at most "75s"`,
    });
  }
  return alerting.enabled ? problems : [];
}
