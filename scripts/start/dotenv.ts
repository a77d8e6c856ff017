import { parseEnv } from "node:util";
import { unknownKey } from "../../config/settings/problems.ts";
import type { FixedSecret } from "../../config/settings/secrets.ts";

/** Names that `.env` can set, with their config keys. All except `visualization.adminUser` are secrets. */
export const environmentNames = {
  GRAFANA_ADMIN_USER: "visualization.adminUser",
  GRAFANA_ADMIN_PASSWORD: "grafanaAdminPassword",
  PAGERDUTY_SERVICE_KEY_CRITICAL: "pagerdutyCriticalKey",
  PAGERDUTY_SERVICE_KEY_HIGH: "pagerdutyHighKey",
  PAGERDUTY_SERVICE_KEY_SECURITY: "pagerdutySecurityKey",
  SMTP_PASSWORD: "smtpPassword",
  SLACK_WEBHOOK_URL: "slackWebhookUrl",
  SLACK_BOT_TOKEN: "slackBotToken",
} as const satisfies Record<string, FixedSecret | "visualization.adminUser">;

type EnvironmentName = keyof typeof environmentNames;

/** Unknown names with one of these prefixes are reported as mistakes; all others belong to other programs. */
const ours = /^(?:GRAFANA|PAGERDUTY|SMTP|SLACK|WHITE_?ROOM)_/;

export interface DotEnv {
  /** Config key → value, for each name that is set and not empty. */
  readonly values: ReadonlyMap<string, string>;
  /** Names that start.sh does not use. */
  readonly ignored: readonly string[];
  /** Messages with the line number. */
  readonly problems: readonly string[];
}

/**
 * Parses `NAME=value` lines with Node's parser, one line at a time to report line numbers, so values cannot span lines. Reports
 * values that Node would truncate or change, so that no secret is silently damaged. Messages never contain values.
 */
export function parseDotEnv(text: string): DotEnv {
  const values = new Map<string, string>();
  const lines = new Map<string, number>();
  const ignored: string[] = [];
  const problems: string[] = [];
  const problem = (line: number, message: string) => problems.push(`.env line ${line}: ${message}`);

  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const number = index + 1;
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, rest] = /^(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) {
      problem(number, "is not NAME=value; write one per line, and start comments with #");
      continue;
    }
    if (!isEnvironmentName(name)) {
      if (ours.test(name)) problem(number, `${name} ${unknownKey(name, Object.keys(environmentNames))}`);
      else ignored.push(name);
      continue;
    }
    const mistake = misread(rest);
    if (mistake !== undefined) {
      problem(number, `${name} ${mistake}`);
      continue;
    }
    const value = parseEnv(`${name}=${rest}`)[name] ?? "";
    if (value === "") continue;
    const earlier = lines.get(name);
    if (earlier !== undefined) {
      problem(number, `${name} is already set on line ${earlier}; keep one`);
      continue;
    }
    lines.set(name, number);
    values.set(environmentNames[name], value);
  }

  const [token, webhook] = [lines.get("SLACK_BOT_TOKEN"), lines.get("SLACK_WEBHOOK_URL")];
  if (token !== undefined && webhook !== undefined) {
    problem(
      Math.max(token, webhook),
      `SLACK_BOT_TOKEN (line ${token}) and SLACK_WEBHOOK_URL (line ${webhook}) are both set; keep only the token, which reaches every channel`,
    );
  }
  return { values, ignored, problems };
}

function isEnvironmentName(name: string): name is EnvironmentName {
  return Object.hasOwn(environmentNames, name);
}

/** Why `parseEnv` would change the value; undefined if it returns the value unchanged. */
function misread(text: string): string | undefined {
  const written = text.trimStart();
  const [quote] = /^["'`]/.exec(written) ?? [];
  if (quote === undefined) {
    const [value = ""] = text.split(/\s#/);
    return value.includes("#") ? 'contains "#", which starts a comment; put the value in single quotes' : undefined;
  }
  const end = written.indexOf(quote, 1);
  if (end < 0) return "has a quote that is never closed";
  if (!/^\s*(?:#.*)?$/.test(written.slice(end + 1))) {
    return "has text after its closing quote; enclose the value in a quote that it does not contain: ', \" or `";
  }
  // In double quotes, Node turns \n into a line break and keeps all other backslashes.
  return quote === '"' && written.slice(1, end).includes("\\")
    ? "has a backslash in double quotes; put the value in single quotes"
    : undefined;
}
