import { unknownKey } from "../../config/problems.ts";
import type { FixedSecret } from "../../config/secrets.ts";

/** The names that `.env` may set, and the config key of each. All but one are secrets. */
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

/** Names that begin like ours are taken for mistakes; all others belong to somebody else. */
const ours = /^(?:GRAFANA|PAGERDUTY|SMTP|SLACK|WHITE_?ROOM)_/;

export interface DotEnv {
  /** Config key → value, for what is set and not empty. */
  readonly values: ReadonlyMap<string, string>;
  /** Names that start.sh knows nothing about. */
  readonly ignored: readonly string[];
  /** Each with its line number. */
  readonly problems: readonly string[];
}

/** Reads `NAME=value` lines, quotes and `export` as shells write them, `#` comments. A value is never in a message. */
export function parseDotEnv(text: string): DotEnv {
  const values = new Map<string, string>();
  const lines = new Map<string, number>();
  const ignored: string[] = [];
  const problems: string[] = [];
  const problem = (line: number, message: string) => problems.push(`.env line ${line}: ${message}`);

  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const number = index + 1;
    const line = raw.trim().replace(/^export\s+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const [, name, rest] = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) {
      problem(number, "is no NAME=value; write one a line, and # before a comment");
      continue;
    }
    if (!isEnvironmentName(name)) {
      if (ours.test(name)) problem(number, `${name} ${unknownKey(name, Object.keys(environmentNames))}`);
      else ignored.push(name);
      continue;
    }
    const value = unquote(rest);
    if (value === undefined) {
      problem(number, `${name} has a quote that does not close`);
      continue;
    }
    if (value === "") continue;
    const earlier = lines.get(name);
    if (earlier !== undefined) {
      problem(number, `${name} is set in line ${earlier} already: keep one`);
      continue;
    }
    lines.set(name, number);
    values.set(environmentNames[name], value);
  }

  const [token, webhook] = [lines.get("SLACK_BOT_TOKEN"), lines.get("SLACK_WEBHOOK_URL")];
  if (token !== undefined && webhook !== undefined) {
    problem(
      Math.max(token, webhook),
      `SLACK_BOT_TOKEN (line ${token}) and SLACK_WEBHOOK_URL (line ${webhook}) are both set, and only one can be used: keep the token, which reaches every channel`,
    );
  }
  return { values, ignored, problems };
}

function isEnvironmentName(name: string): name is EnvironmentName {
  return Object.hasOwn(environmentNames, name);
}

/** The value without its quotes or its comment; undefined where a quote stays open. */
function unquote(text: string): string | undefined {
  const quote = text[0];
  if (quote === '"' || quote === "'") {
    const [, , inner] = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(text) ?? [];
    if (inner === undefined) return undefined;
    return quote === '"' ? inner.replace(/\\(["\\$])/g, "$1") : inner;
  }
  return text.replace(/\s+#.*$/, "").trim();
}
