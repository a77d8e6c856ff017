import { z } from "zod";
import { duration } from "../units.ts";

/** Docker-specific settings. */
export const docker = z
  .strictObject({
    startInterval: duration({ max: "10s" })
      .default("0s")
      .describe(
        "Interval of container health checks during start-up, such as 1s. Requires Docker Engine 25 or later. 0s uses the regular interval of 10 s.",
      ),
  })
  .prefault({});
