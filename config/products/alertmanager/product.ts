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
} as const satisfies Product;
