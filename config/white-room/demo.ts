import type { Settings } from "../settings/schema.ts";
import { demoTarget } from "../settings/secrets.ts";
import { studioController } from "./log-formats.ts";

/** Host names of the demo on the stack's network. */
export const demoHosts = {
  simulator: "demo-simulator",
  sinks: "demo-sinks",
  postgres: "demo-postgres",
  redis: "demo-redis",
  nginx: "demo-nginx",
} as const;

export const demoPorts = {
  "juce-backend": 8000,
  "swift-frontend": 8001,
  "audio-engine": 8002,
  api: 8080,
  smtp: 2525,
  nginx: 8080,
  nginxStatus: 8081,
  nginxTls: 8443,
  dns: 8053,
} as const;

/** Log directory shared by the demo and the collector. */
export const demoLogVolume = { name: "demo-logs", directory: "/var/log/white-room", size: "128Mi" } as const;

/** Where the simulator keeps the site's certificate, for Nginx. */
export const demoCertificateVolume = {
  name: "demo-certificate",
  directory: "/var/lib/demo-certificate",
  size: "1Mi",
} as const;

const jobs = ["juce-backend", "swift-frontend", "audio-engine"] as const;

/**
 * With the demo enabled, its services are the first targets of every job and exporter, its device is a known sender of
 * syslog, and its receivers get the notifications. Configured targets are kept.
 */
export function withDemo(settings: Settings): Settings {
  const { demo, applications, exporters, logs, alerting } = settings;
  if (!demo.enabled) return settings;
  const { syslog } = logs.sources;
  const simulated = jobs.map((job) => {
    const application = applications[job];
    if (application === undefined) return [];
    return [
      [job, { ...application, targets: [`${demoHosts.simulator}:${demoPorts[job]}`, ...application.targets] }],
    ] as const;
  });
  return {
    ...settings,
    applications: { ...applications, ...Object.fromEntries(simulated.flat()) },
    exporters: {
      ...exporters,
      postgres: {
        ...exporters.postgres,
        targets: [
          {
            name: demoTarget,
            publishedPort: exporters.postgres.port,
            host: demoHosts.postgres,
            port: 5432,
            user: "white_room_monitoring",
            database: "white_room",
            sslMode: "disable",
          },
          ...exporters.postgres.targets,
        ],
      },
      redis: {
        ...exporters.redis,
        targets: [
          {
            name: demoTarget,
            publishedPort: exporters.redis.port,
            host: demoHosts.redis,
            port: 6379,
            user: "white_room_monitoring",
            tls: false,
            authenticated: true,
          },
          ...exporters.redis.targets,
        ],
      },
      nginx: {
        ...exporters.nginx,
        targets: [
          {
            name: demoTarget,
            publishedPort: exporters.nginx.port,
            statusUrl: `http://${demoHosts.nginx}:${demoPorts.nginxStatus}/stub_status`,
          },
          ...exporters.nginx.targets,
        ],
      },
    },
    logs: {
      ...logs,
      sources: {
        ...logs.sources,
        syslog: {
          ...syslog,
          services: [...new Set([studioController.program, ...syslog.services])],
          hosts: [...new Set([studioController.hostname, ...syslog.hosts])],
        },
      },
    },
    alerting: demo.captureNotifications ? captured(alerting, demo.notificationsPort) : alerting,
  };
}

/** How many of the demo's targets precede those that are configured in a list. */
export function demoTargetsBefore({ demo }: Settings, list: string): number {
  const lists = [
    ...jobs.map((job) => `applications.${job}.targets`),
    ...["postgres", "redis", "nginx"].map((kind) => `exporters.${kind}.targets`),
  ];
  return demo.enabled && lists.includes(list) ? 1 : 0;
}

/** Teams with a mailbox of their own in the demo. */
const demoTeamAddresses: Readonly<Record<string, string>> = {
  security: "security@white-room.example",
  database: "database@white-room.example",
};

function captured(alerting: Settings["alerting"], port: number): Settings["alerting"] {
  const sinks = `http://${demoHosts.sinks}:${port}`;
  const to = (recipients: readonly string[], fallback: string) => (recipients.length > 0 ? recipients : [fallback]);
  return {
    ...alerting,
    pagerduty: { ...alerting.pagerduty, url: `${sinks}/pagerduty/v2/enqueue` },
    slack: { ...alerting.slack, apiUrl: `${sinks}/slack/api/chat.postMessage` },
    email: {
      ...alerting.email,
      smarthost: `${demoHosts.sinks}:${demoPorts.smtp}`,
      requireTls: false,
      // No authentication: the demo's receiver accepts everything and does not support TLS.
      username: undefined,
      to: { default: to(alerting.email.to.default, "oncall@white-room.example") },
    },
    teams: Object.fromEntries(
      Object.entries(alerting.teams).map(([team, own]) => [
        team,
        { ...own, email: team in demoTeamAddresses ? to(own.email, demoTeamAddresses[team] ?? "") : own.email },
      ]),
    ),
  };
}

/** URLs of the demo's receivers, which replace the secrets when notifications are captured. */
export function capturedUrls({ demo, alerting }: Settings): Readonly<Record<string, string>> {
  if (!demo.enabled || !demo.captureNotifications) return {};
  const sinks = `http://${demoHosts.sinks}:${demo.notificationsPort}`;
  const ofTeams = Object.keys(alerting.teams).flatMap((team) => [
    [`webhookUrl-${team}`, `${sinks}/webhook/${team}`],
    [`msteamsUrl-${team}`, `${sinks}/msteams/${team}`],
  ]);
  return {
    slackWebhookUrl: `${sinks}/slack/webhook/demo`,
    heartbeatUrl: `${sinks}/heartbeat`,
    ...Object.fromEntries(ofTeams),
  };
}

/** Default of a team's PagerDuty key while the demo's receivers capture notifications. */
export function demoTeamKey(key: string): string | undefined {
  const team = /^pagerdutyKey-(.+)$/.exec(key)?.[1];
  return team === undefined ? undefined : `demo-pagerduty-${team}-key`;
}

/** Well-known default secrets of the demo's receivers and servers. */
export const demoSecrets = {
  pagerdutyCriticalKey: "demo-pagerduty-critical-key",
  pagerdutyHighKey: "demo-pagerduty-high-key",
  pagerdutySecurityKey: "demo-pagerduty-security-key",
  slackBotToken: "demo-slack-bot-token",
  smtpPassword: "demo-smtp-password",
} as const;
