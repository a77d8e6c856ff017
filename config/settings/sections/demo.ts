import { z } from "zod";
import { port } from "../units.ts";

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
