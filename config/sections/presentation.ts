import { z } from "zod";
import { host, httpUrl, limits, port, quantity } from "../units.ts";

/** Grafana. */
export const visualization = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Grafana with its data sources and dashboards."),
    port: port.default(3000).describe("Port Grafana is published on."),
    url: httpUrl
      .optional()
      .describe("Where people reach Grafana; left out: the published port. Links in notifications begin with it."),
    adminUser: z
      .string()
      .min(1)
      .default("admin")
      .describe("Name of the administrator; the password is the secret grafanaAdminPassword, generated when unset."),
    volumeSize: quantity.default("1Gi").describe("Size of Grafana's volume."),
    extraDashboards: z.string().optional().describe("A folder of your own dashboards (JSON), beside the project's."),
    limits: limits("512Mi", 1),
  })
  .prefault({});

/** The White Room simulator and the servers beside it. */
export const demo = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("The simulator, its PostgreSQL, Redis and Nginx, and the receivers of dev notifications."),
    port: port.default(8009).describe("Port of the control page: faults are switched here."),
    notificationsPort: port.default(8025).describe("Port that lists the notifications received."),
    captureNotifications: z
      .boolean()
      .default(true)
      .describe("PagerDuty, Slack, e-mail and heartbeat go to the demo's receivers; false: to the real ones."),
    requestRate: z.number().min(0.1).max(100).default(5).describe("Requests a second through the demo's Nginx."),
  })
  .prefault({});

/** Addresses ports are published on, and the stack's network. */
export const network = z
  .strictObject({
    bindAddress: z
      .union([z.ipv4(), z.ipv6()], { error: 'is no address: write an IP address, such as "127.0.0.1"' })
      .default("127.0.0.1")
      .describe(
        "Address that ports are published on. Nothing but Grafana asks for a password: keep it on loopback or behind a proxy.",
      ),
    publicHost: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Host name in the URLs that people open; left out: localhost when bound to loopback, else the address.",
      ),
    extraHosts: z
      .record(host, z.union([z.ipv4(), z.ipv6()], { error: 'is no address: write an IP address, such as "10.0.0.7"' }))
      .default({})
      .describe("Further names the stack's containers resolve, name to address."),
  })
  .prefault({});
