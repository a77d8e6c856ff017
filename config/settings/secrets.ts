import { placeholdersIn, secretPrefix, textsIn } from "../products/journeys/placeholders.ts";
import { longTermOf } from "../products/thanos/long-term.ts";
import { demoJourneySecret } from "../white-room/demo-site.ts";
import type { Settings } from "./schema.ts";
import type { ConnectionKind } from "./tls.ts";
import { urlProblem } from "./urls.ts";

/** Secrets with fixed names. Those of targets are described by `targetSecrets`. */
export const fixedSecrets = {
  grafanaAdminPassword: "password of the Grafana administrator; generated if unset",
  grafanaSecretKey: "encryption key of the Grafana database; generated if unset",
  grafanaMetricsPassword: "password with which Prometheus reads Grafana's metrics; generated if unset",
  grafanaDatabasePassword:
    "password of the Grafana PostgreSQL user; Grafana supports neither spaces nor backslashes in it",
  grafanaOidcClientSecret: "client secret of visualization.oidc",
  pagerdutyCriticalKey: "PagerDuty integration key (Events API v2) for P0",
  pagerdutyHighKey: "PagerDuty integration key for P1",
  pagerdutySecurityKey: "PagerDuty integration key for team security, unless pagerdutyKey-security is set",
  slackBotToken: "Slack bot token with the scope chat:write; can post to every channel",
  slackWebhookUrl: "Slack webhook URL; posts to a single channel",
  smtpPassword: "password of the SMTP user",
  heartbeatUrl: "URL that receives the heartbeat every minute",
  internalTlsKey: "key of network.tls.certificate, in PEM format",
  gatewayTlsKey: "key of network.gateway.certificate, in PEM format",
  traceStorePassword: "password of the user of tracing.store",
  s3AccessKey: "access key of the object storage for logs",
  s3SecretKey: "secret key of the object storage for logs",
  longTermAccessKey: "access key of the object storage for metrics",
  longTermSecretKey: "secret key of the object storage for metrics",
} as const;

export type FixedSecret = keyof typeof fixedSecrets;

/** Secrets named after a team, target, application or endpoint, by prefix. */
export const targetSecrets = {
  pagerdutyKey: "PagerDuty integration key (Events API v2) of this team of alerting.teams",
  webhookUrl: "URL that receives the alerts of this team of alerting.teams as JSON",
  msteamsUrl: "Microsoft Teams workflow URL of this team of alerting.teams",
  postgresPassword: "password of the exporter's role on this target of exporters.postgres",
  redisPassword: "password of the exporter's user on this target of exporters.redis",
  applicationPassword: "password of this application's metrics endpoint",
  applicationToken: "bearer token of this application's metrics endpoint",
  applicationTlsKey: "key of the client certificate for this application's metrics endpoint",
  remoteWritePassword: "password of this endpoint of metrics.remoteWrite",
  remoteWriteToken: "bearer token of this endpoint of metrics.remoteWrite",
  remoteWriteTlsKey: "key of the client certificate for this endpoint of metrics.remoteWrite",
  logsRemotePassword: "password of this endpoint of logs.remote",
  logsRemoteToken: "bearer token of this endpoint of logs.remote",
  logsRemoteTlsKey: "key of the client certificate for this endpoint of logs.remote",
  dataSourcePassword: "password of this data source of visualization.dataSources, by its uid",
  gatewayPassword: "password of this user of network.gateway, 12 to 72 characters",
  probePassword: "password of this probe",
  probeToken: "bearer token of this probe",
  probeHeader: "value of the secretHeader of this probe",
  probeTlsKey: "key of the client certificate of this probe",
  journeySecret: "secret of this journey, followed by its name in ${secret.<name>}",
} as const;

export type TargetSecret = keyof typeof targetSecrets;

/** The name of one of these secrets. */
export type NamedSecret = `${TargetSecret}-${string}`;

export const targetSecretPattern = new RegExp(`^(?:${Object.keys(targetSecrets).join("|")})-[a-z0-9-]+$`);

export function isSecretKey(key: string): boolean {
  return Object.hasOwn(fixedSecrets, key) || targetSecretPattern.test(key);
}

/** Describes what is wrong with a secret without revealing its value; undefined if it is valid. */
export function secretProblem(key: string, value: string): string | undefined {
  if (value.trim() === "") return "is empty";
  // A PEM file ends with a line break.
  if (/^[a-zA-Z]+TlsKey(?:-|$)/.test(key)) {
    if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(value))
      return "is encrypted with a passphrase, which is not supported; decrypt it with `openssl pkey`";
    return /^-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+-----END [A-Z ]*PRIVATE KEY-----$/.test(value.trim())
      ? undefined
      : "is not a private key in PEM format";
  }
  if (/[\r\n]/.test(value)) return "has a line break";
  if (value !== value.trim()) return "starts or ends with whitespace";
  // Many versions split the connection string at spaces, and log it if they cannot read it:
  // https://github.com/prometheus-community/postgres_exporter/blob/v0.17.1/cmd/postgres_exporter/util.go
  if (/^postgresPassword-/.test(key) && value.includes(" "))
    return "contains a space, with which postgres_exporter may fail and log the password";
  // bcrypt ignores bytes after the 72nd. Short passwords are weak, because failed sign-ins are not throttled.
  if (/^gatewayPassword-/.test(key)) {
    const length = Buffer.byteLength(value);
    if (length < 12 || length > 72) return `has ${length} bytes, but must have 12 to 72`;
  }
  const isUrl = /^(?:heartbeatUrl|slackWebhookUrl|(?:webhookUrl|msteamsUrl)-.+)$/.test(key);
  return isUrl && urlProblem(value) !== undefined ? "is not an http:// or https:// URL" : undefined;
}

/** A required secret, and the key path that requires it. */
export interface SecretNeed {
  readonly key: string;
  readonly because: string;
}

/** Secrets required by receivers and exporters. The demo's receivers and servers generate their own. */
function secretNeeds(settings: Settings): SecretNeed[] {
  const { alerting, exporters, logs, probes, tracing, visualization, demo, network } = settings;
  const captured = demo.enabled && demo.captureNotifications;
  const needs: SecretNeed[] = [];
  if (alerting.enabled && !captured) {
    if (alerting.pagerduty.enabled) {
      for (const key of ["pagerdutyCriticalKey", "pagerdutyHighKey"])
        needs.push({ key, because: "alerting.pagerduty" });
    }
    for (const [team, { webhook, msteams }] of Object.entries(alerting.teams)) {
      const path = `alerting.teams.${team}`;
      if (pagesTeam(alerting, team)) {
        const key = teamPagerdutyKey(team);
        needs.push({ key, because: key === "pagerdutySecurityKey" ? "alerting.pagerduty" : `${path}.pagerduty` });
      }
      if (webhook) needs.push({ key: `webhookUrl-${team}`, because: `${path}.webhook` });
      if (msteams) needs.push({ key: `msteamsUrl-${team}`, because: `${path}.msteams` });
    }
    if (alerting.slack.enabled) needs.push({ key: "slackBotToken", because: "alerting.slack" });
    if (alerting.email.enabled && alerting.email.username !== undefined) {
      needs.push({ key: "smtpPassword", because: "alerting.email.username" });
    }
    if (alerting.heartbeat.enabled) needs.push({ key: "heartbeatUrl", because: "alerting.heartbeat" });
  }
  for (const { keys, path } of [...prometheusConnections(settings), ...collectorConnections(settings)])
    needs.push(...keys.map((key) => ({ key, because: path })));
  if (network.tls.enabled) needs.push({ key: "internalTlsKey", because: "network.tls.enabled" });
  if (network.gateway.enabled) {
    for (const user of network.gateway.users)
      needs.push({ key: `gatewayPassword-${user}`, because: "network.gateway.users" });
    if (network.gateway.tls === "files") needs.push({ key: "gatewayTlsKey", because: "network.gateway.tls" });
  }
  if (probes.enabled) {
    for (const [index, target] of probes.targets.entries()) {
      needs.push(...probeSecrets(target).map((key) => ({ key, because: `probes.targets[${index}]` })));
    }
    for (const [index, journey] of probes.journeys.entries()) {
      needs.push(
        ...journeySecrets(journey)
          .map((secret) => ({ key: journeySecret(journey.name, secret), because: `probes.journeys[${index}]` }))
          .filter(({ key }) => !demo.enabled || key !== demoJourneySecret),
      );
    }
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
  if (
    logs.enabled &&
    logs.loki.enabled &&
    logs.objectStorage !== undefined &&
    !usesStorageRole(settings, logs.objectStorage)
  ) {
    for (const key of ["s3AccessKey", "s3SecretKey"]) needs.push({ key, because: "logs.objectStorage" });
  }
  const longTerm = longTermOf(settings);
  if (longTerm !== undefined && !usesStorageRole(settings, longTerm.objectStorage)) {
    for (const key of longTermKeys) needs.push({ key, because: "metrics.longTerm.objectStorage" });
  }
  if (tracing.enabled && tracing.storage !== "badger")
    needs.push({ key: "traceStorePassword", because: "tracing.storage" });
  if (visualization.enabled && visualization.database !== undefined) {
    needs.push({ key: "grafanaDatabasePassword", because: "visualization.database" });
  }
  if (visualization.enabled && visualization.oidc !== undefined) {
    needs.push({ key: "grafanaOidcClientSecret", because: "visualization.oidc" });
  }
  if (visualization.enabled) {
    const isNeeded = needs.some(({ key }) => key === "smtpPassword");
    if (sendsGrafanaMail(settings) && alerting.email.username !== undefined && !captured && !isNeeded)
      needs.push({ key: "smtpPassword", because: "visualization.email" });
    for (const [index, { uid, username }] of visualization.dataSources.entries()) {
      if (username !== undefined)
        needs.push({ key: dataSourceSecret(uid), because: `visualization.dataSources[${index}].username` });
    }
  }
  return needs;
}

/** Whether Grafana sends e-mail. */
export function sendsGrafanaMail({ visualization }: Settings): boolean {
  return visualization.enabled && visualization.email.enabled;
}

/** Secrets that can be set in place of another. */
export const alternatives: Readonly<Record<string, string>> = {
  slackBotToken: "slackWebhookUrl",
  pagerdutySecurityKey: "pagerdutyKey-security",
};

/** Required secrets that are not set, nor their alternative. */
export function missingSecretNeeds(settings: Settings, present: ReadonlySet<string>): SecretNeed[] {
  return secretNeeds(settings).filter(({ key }) => !present.has(key) && !present.has(alternatives[key] ?? ""));
}

/** Whether a team has its own PagerDuty service. */
export function pagesTeam({ pagerduty, teams }: Settings["alerting"], team: string): boolean {
  return pagerduty.enabled && teams[team]?.pagerduty === true;
}

/** PagerDuty key of a team. The key of team security keeps its original name. */
export function teamPagerdutyKey(team: string): FixedSecret | NamedSecret {
  return team === "security" ? "pagerdutySecurityKey" : `pagerdutyKey-${team}`;
}

type Connection = Pick<Settings["applications"][string], "auth" | "username" | "tls">;

/** Secrets of a connection. */
export function connectionSecrets(kind: ConnectionKind, name: string, { auth, tls }: Connection): string[] {
  return [
    ...(auth === "basic" ? [`${kind}Password-${name}`] : []),
    ...(auth === "bearer" ? [`${kind}Token-${name}`] : []),
    ...(tls.certificate === undefined ? [] : [`${kind}TlsKey-${name}`]),
  ];
}

type Probe = Settings["probes"]["targets"][number];

/** Secrets of a probe. */
export function probeSecrets({ name, auth, secretHeader, tls }: Probe): string[] {
  return [
    ...(auth === "basic" ? [`probePassword-${name}`] : []),
    ...(auth === "bearer" ? [`probeToken-${name}`] : []),
    ...(secretHeader === undefined ? [] : [`probeHeader-${name}`]),
    ...(tls.certificate === undefined ? [] : [`probeTlsKey-${name}`]),
  ];
}

/** Key of a data source's password. */
export function dataSourceSecret(uid: string): NamedSecret {
  return `dataSourcePassword-${uid}`;
}

/** Key of a journey's secret. */
export function journeySecret(journey: string, secret: string): NamedSecret {
  return `journeySecret-${journey}-${secret}`;
}

/** Names of secrets in `${secret.<name>}`: without "-", so that no two journeys share a key by accident. */
export const journeySecretName = /^[a-z0-9]{1,40}$/;

/** Names of the secrets that the steps of a journey use. */
export function journeySecrets({ steps }: Pick<Settings["probes"]["journeys"][number], "steps">): string[] {
  const names = steps
    .flatMap(({ request }) => textsIn(request).flatMap(placeholdersIn))
    .filter((name) => name.startsWith(secretPrefix))
    .map((name) => name.slice(secretPrefix.length))
    .filter((name) => journeySecretName.test(name));
  return [...new Set(names)].sort();
}

/** A connection that needs secrets, with their keys and its key path. */
interface SecretConnection {
  readonly keys: string[];
  readonly path: string;
}

/** Connections of Prometheus that need secrets. */
export function prometheusConnections({ applications, metrics }: Settings): SecretConnection[] {
  return [
    ...Object.entries(applications)
      .filter(([, { enabled }]) => enabled)
      .map(([name, application]) => ({
        keys: connectionSecrets("application", name, application),
        path: `applications.${name}`,
      })),
    ...metrics.remoteWrite.map((endpoint, index) => ({
      keys: endpoint.name === undefined ? [] : connectionSecrets("remoteWrite", endpoint.name, endpoint),
      path: `metrics.remoteWrite[${index}]`,
    })),
  ].filter(({ keys }) => keys.length > 0);
}

/** Connections of the log collector that need secrets. */
export function collectorConnections({ logs }: Settings): SecretConnection[] {
  if (!logs.enabled) return [];
  return logs.remote
    .map((endpoint, index) => ({
      keys: connectionSecrets("logsRemote", endpoint.name, endpoint),
      path: `logs.remote[${index}]`,
    }))
    .filter(({ keys }) => keys.length > 0);
}

/** Whether a program authenticates to its object storage with a role, unless keys are set. */
export function usesStorageRole(
  { kubernetes }: Settings,
  { auth }: Pick<NonNullable<Settings["logs"]["objectStorage"]>, "auth">,
): boolean {
  return auth === "role" || Object.keys(kubernetes.serviceAccountAnnotations).length > 0;
}

/** Access key and secret key of the object storage for metrics. */
export const longTermKeys = ["longTermAccessKey", "longTermSecretKey"] as const;

/** Name of the demo's servers among the exporter targets. */
export const demoTarget = "demo";

export function isDemoTarget(settings: Settings, target: string): boolean {
  return settings.demo.enabled && target === demoTarget;
}
