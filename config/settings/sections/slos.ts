import { z } from "zod";
import { duration, name } from "../units.ts";

/** What an objective counts. */
export const objectiveKinds = ["requests", "latency", "probe", "render"] as const;

/** Service level objectives. Values that depend on other keys are checked in objective-checks.ts. */
export const slos = z
  .array(
    z.strictObject({
      name: name.describe("Name of the objective, the value of its slo label."),
      service: name.describe(
        "Service that the objective is about: a name or `service` in applications, or that of a probe.",
      ),
      team: name.default("platform").describe("Team that gets the alerts, one of alerting.teams."),
      of: z
        .enum(objectiveKinds)
        .default("requests")
        .describe(
          "What counts as good: requests without a server error, requests within `threshold` (latency), successful probes, or audio renders within their deadline.",
        ),
      // A default, so that the other objectives are still checked if this value is rejected.
      objective: z
        .number({ error: "is not a number; use a percentage, such as 99.9" })
        .min(1, "is too small; use a percentage, such as 99.9")
        .max(99.9999)
        .default(99.9)
        .describe("Share of good events, in percent."),
      window: duration({ min: "7d", max: "90d" })
        .default("30d")
        .describe(
          "Window over which the error budget counts. With a shorter metrics.retentionTime, the budget left covers only the time for which there is data.",
        ),
      threshold: z
        .number({ error: "is not a number; use the bound of a bucket in seconds, such as 0.5" })
        .min(0.001)
        .max(3_600)
        .optional()
        .describe(
          "Required with of: latency, and used only there: a bucket of whiteroom_http_request_duration_seconds, in seconds.",
        ),
      probe: name
        .optional()
        .describe("Only with probe: name of a single probe. Defaults to all probes of the service."),
      minimumEvents: z
        .int()
        .min(0)
        .max(1_000_000)
        .optional()
        .describe(
          "Least number of events in the long range of an alert (1h, 6h or 3d); with fewer, the alert does not fire. Defaults to 100, and to 10 for probes.",
        ),
    }),
  )
  .default([])
  .describe(
    "Service level objectives. juce-backend and swift-frontend have a default one unless the list has one of their requests: 99.9 % of requests without a server error, over 30 days.",
  );
