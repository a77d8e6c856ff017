import { z } from "zod";
import { duration } from "../units.ts";

/** Settings of the Docker host; only for platform docker. */
export const docker = z
  .strictObject({
    startInterval: duration({ max: "10s" })
      .default("0s")
      .describe(
        "How often container health is checked during start-up, such as 1s. Needs Docker Engine 25 or later. 0s: every 10 s, as after start-up.",
      ),
  })
  .prefault({});
