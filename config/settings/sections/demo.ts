import { z } from "zod";
import { port } from "../units.ts";

/** The White Room simulator and its servers. */
export const demo = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        "Enables the demo: the simulator, its PostgreSQL, Redis and Nginx, and the notification receivers for development.",
      ),
    port: port.default(8009).describe("Published port of the control page, where faults are injected."),
    notificationsPort: port.default(8025).describe("Published port of the page that lists received notifications."),
    captureNotifications: z
      .boolean()
      .default(true)
      .describe(
        "Sends PagerDuty, Slack, e-mail and heartbeat notifications to the demo's receivers instead of the real ones.",
      ),
    requestRate: z.number().min(0.1).max(100).default(5).describe("Requests per second through the demo's Nginx."),
  })
  .prefault({});
