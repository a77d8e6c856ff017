import type { Settings } from "./schema.ts";
import { urlProblem } from "./urls.ts";

/** Secrets with fixed names. Exporter targets use `postgresPassword-<target>` and `redisPassword-<target>`. */
export const fixedSecrets = {
  grafanaAdminPassword: "password of the Grafana administrator; generated if unset",
  grafanaSecretKey: "encryption key of the Grafana database; generated if unset",
  grafanaDatabasePassword: "password of the Grafana PostgreSQL user",
  pagerdutyCriticalKey: "PagerDuty integration key (Events API v2) for P0",
  pagerdutyHighKey: "PagerDuty integration key for P1",
  pagerdutySecurityKey: "PagerDuty integration key for team security",
  slackBotToken: "Slack bot token with the scope chat:write; can post to every channel",
  slackWebhookUrl: "Slack webhook URL; posts to a single channel",
  smtpPassword: "password of the SMTP user",
  heartbeatUrl: "URL that receives the heartbeat every minute",
  s3AccessKey: "access key of the object storage",
  s3SecretKey: "secret key of the object storage",
} as const;

export type FixedSecret = keyof typeof fixedSecrets;

/** Secrets named after exporter targets. */
export const targetSecretPattern = /^(?:postgresPassword|redisPassword)-[a-z0-9-]+$/;

export function isSecretKey(key: string): boolean {
  return Object.hasOwn(fixedSecrets, key) || targetSecretPattern.test(key);
}

/** Describes what is wrong with a secret without revealing its value; undefined if it is valid. */
export function secretProblem(key: string, value: string): string | undefined {
  if (value.trim() === "") return "is empty";
  if (/[\r\n]/.test(value)) return "has a line break";
  if (value !== value.trim()) return "starts or ends with whitespace";
  const isUrl = key === "heartbeatUrl" || key === "slackWebhookUrl";
  return isUrl && urlProblem(value) !== undefined ? "is not an http:// or https:// URL" : undefined;
}

/** A required secret, and the key path that requires it. */
export interface SecretNeed {
  readonly key: string;
  readonly because: string;
}

/** Secrets required by receivers and exporters. The demo's receivers and servers generate their own. */
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

/** Required secrets that are not set. A Slack webhook replaces the bot token. */
export function missingSecretNeeds(settings: Settings, present: ReadonlySet<string>): SecretNeed[] {
  return secretNeeds(settings).filter(
    ({ key }) => !present.has(key) && !(key === "slackBotToken" && present.has("slackWebhookUrl")),
  );
}

/** Name of the demo's servers among the exporter targets. */
export const demoTarget = "demo";

export function isDemoTarget(settings: Settings, target: string): boolean {
  return settings.demo.enabled && target === demoTarget;
}
