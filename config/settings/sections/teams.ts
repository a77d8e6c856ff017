import { z } from "zod";
import type { Team } from "../../alerts/catalogue.ts";
import { emailAddress, name, text } from "../units.ts";

/** A Slack channel, by name or ID. */
export const slackChannel = text(
  /^(?:#[\p{Ll}\p{Lm}\p{Lo}\p{M}\p{N}_-]{1,79}|[CDGU][A-Z0-9]{8,20})$/u,
  'is not a valid Slack channel; use "#" followed by the channel name, such as "#alerts", or a channel ID, such as "C024BE91L"',
);

const wrongType = "has the wrong type; use true or false";

const team = z.strictObject({
  slackChannel: slackChannel
    .optional()
    .describe(
      "Slack channel of the team, in addition to the channel of the priority. Requires slackBotToken. Defaults to #security and #database-team for the teams security and database.",
    ),
  email: z.array(emailAddress).default([]).describe("Recipients of P0 and P1, in addition to alerting.email.to."),
  pagerduty: z
    .boolean({ error: `${wrongType}, and set the key as the secret pagerdutyKey-<team>` })
    .optional()
    .describe(
      "Sends P0 and P1 to the team's own PagerDuty service instead of the priority's, with the secret pagerdutyKey-<team>. Team security defaults to true and also accepts pagerdutySecurityKey.",
    ),
  webhook: z
    .boolean({ error: `${wrongType}, and set the URL as the secret webhookUrl-<team>` })
    .default(false)
    .describe("Sends alerts of every priority as JSON to the secret URL webhookUrl-<team>."),
  msteams: z
    .boolean({ error: `${wrongType}, and set the URL as the secret msteamsUrl-<team>` })
    .default(false)
    .describe(
      "Sends alerts of every priority to Microsoft Teams, through the workflow whose URL is the secret msteamsUrl-<team>.",
    ),
});

interface Defaults {
  readonly slackChannel?: string;
  readonly pagerduty?: boolean;
}

const builtIn: Readonly<Record<Team, Defaults>> = {
  platform: {},
  audio: {},
  product: {},
  security: { slackChannel: "#security", pagerduty: true },
  database: { slackChannel: "#database-team" },
};
const defaults: Readonly<Record<string, Defaults>> = builtIn;

/** Teams that alerts belong to, and their receivers. Every team named by one of the stack's alerts exists. */
export const teams = z
  .record(name, team.prefault({}))
  .default({})
  .transform((given) => {
    const named = { ...Object.fromEntries(Object.keys(builtIn).map((each) => [each, team.parse({})])), ...given };
    return Object.fromEntries(
      Object.entries(named).map(([each, own]) => {
        const channel = own.slackChannel ?? defaults[each]?.slackChannel;
        const pagerduty = own.pagerduty ?? defaults[each]?.pagerduty ?? false;
        return [each, { ...own, ...(channel !== undefined && { slackChannel: channel }), pagerduty }];
      }),
    );
  })
  .describe(
    "Teams, by the value of their alerts' team label: platform, audio, product, database, security and your own.",
  );
