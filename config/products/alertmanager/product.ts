import type { Product } from "../product.ts";

/** Groups, routes and sends alerts. */
export const alertmanager = {
  workload: "alertmanager",
  image: "alertmanager",
  port: 9093,
  probe: { path: "/-/ready", by: "wget" },
  user: "65534:65534",
  secretFiles: {
    secrets: {
      directory: "/etc/alertmanager/secrets",
      keys: [
        ...(["pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutySecurityKey"] as const),
        ...(["pagerdutyKey", "webhookUrl", "msteamsUrl"] as const),
        ...(["slackBotToken", "slackWebhookUrl", "smtpPassword", "heartbeatUrl"] as const),
      ],
      read: "at each use",
    },
  },
  job: "alertmanager",
  tls: {
    args: ["--web.config.file={directory}/web.yml", "--cluster.tls-config={directory}/gossip.yml"],
    probe: {
      command: [
        ...["/bin/amtool", "--alertmanager.url=https://127.0.0.1:9093"],
        ...["--http.config.file={directory}/client.yml", "cluster", "show"],
      ],
    },
  },
  readsTls: "at each use",
} as const satisfies Product;
