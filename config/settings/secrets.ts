import type { Settings } from "./schema.ts";
import { httpUrl } from "./units.ts";

/** Secrets with a fixed name. Those of exporter targets are `postgresPassword-<target>` and `redisPassword-<target>`. */
export const fixedSecrets = {
  grafanaAdminPassword: "password of Grafana's administrator; generated when unset",
  grafanaSecretKey: "key that Grafana encrypts its database with; generated when unset",
  grafanaDatabasePassword: "password of Grafana's PostgreSQL",
  pagerdutyCriticalKey: "PagerDuty integration key (Events API v2) for P0",
  pagerdutyHighKey: "PagerDuty integration key for P1",
  pagerdutySecurityKey: "PagerDuty integration key for team security",
  slackBotToken: "Slack bot token with chat:write; reaches every channel",
  slackWebhookUrl: "Slack webhook; bound to one channel",
  smtpPassword: "password of the SMTP user",
  heartbeatUrl: "URL that Watchdog calls every minute",
  s3AccessKey: "access key of the object storage",
  s3SecretKey: "secret key of the object storage",
} as const;

export type FixedSecret = keyof typeof fixedSecrets;

/** Secrets named after an exporter's target. */
export const targetSecretPattern = /^(?:postgresPassword|redisPassword)-[a-z0-9-]+$/;

export function isSecretKey(key: string): boolean {
  return key in fixedSecrets || targetSecretPattern.test(key);
}

/** What is wrong with a secret's value, without a word of it; undefined where nothing is. */
export function secretMistake(key: string, value: string): string | undefined {
  if (value.trim() === "") return "is empty";
  if (/[\r\n]/.test(value)) return "has a line break";
  if (value !== value.trim()) return "begins or ends with white space";
  const isUrl = key === "heartbeatUrl" || key === "slackWebhookUrl";
  return isUrl && !httpUrl.safeParse(value).success ? "is no URL that begins with http:// or https://" : undefined;
}

/** A secret that these settings need, and the key path that makes it necessary. */
export interface SecretNeed {
  readonly key: string;
  readonly because: string;
}

/** Secrets a receiver or an exporter reads. What the demo receives or serves needs none: it brings its own. */
function secretNeeds(settings: Settings): SecretNeed[] {
  const { alerting, exporters, logs, visualization, demo } = settings;
  const captured = demo.enabled && demo.captureNotifications;
  const needs: SecretNeed[] = [];
  if (alerting.enabled && !captured) {
    if (alerting.pagerduty.enabled) {
      for (const key of ["pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutySecurityKey"]) {
        needs.push({ key, because: "alerting.pagerduty" });
      }
    }
    if (alerting.slack.enabled) needs.push({ key: "slackBotToken", because: "alerting.slack" });
    if (alerting.email.enabled && alerting.email.username !== undefined) {
      needs.push({ key: "smtpPassword", because: "alerting.email.username" });
    }
    if (alerting.heartbeat.enabled) needs.push({ key: "heartbeatUrl", because: "alerting.heartbeat" });
  }
  if (exporters.postgres.enabled) {
    for (const { name } of exporters.postgres.targets) {
      if (!isDemoTarget(settings, name))
        needs.push({ key: `postgresPassword-${name}`, because: "exporters.postgres.targets" });
    }
  }
  if (exporters.redis.enabled) {
    for (const { name, authenticated } of exporters.redis.targets) {
      if (authenticated && !isDemoTarget(settings, name)) {
        needs.push({ key: `redisPassword-${name}`, because: "exporters.redis.targets" });
      }
    }
  }
  if (logs.enabled && logs.objectStorage !== undefined) {
    for (const key of ["s3AccessKey", "s3SecretKey"]) needs.push({ key, because: "logs.objectStorage" });
  }
  if (visualization.enabled && visualization.database !== undefined) {
    needs.push({ key: "grafanaDatabasePassword", because: "visualization.database" });
  }
  return needs;
}

/** Keys that these settings need and that are not set; a webhook takes the place of the Slack bot's token. */
export function missingSecretNeeds(settings: Settings, present: ReadonlySet<string>): SecretNeed[] {
  return secretNeeds(settings).filter(
    ({ key }) => !present.has(key) && !(key === "slackBotToken" && present.has("slackWebhookUrl")),
  );
}

/** The name under which the demo adds its own servers to the exporters' targets. */
export const demoTarget = "demo";

export function isDemoTarget(settings: Settings, target: string): boolean {
  return settings.demo.enabled && target === demoTarget;
}
