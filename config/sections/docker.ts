import { z } from "zod";
import { duration } from "../units.ts";

/** How the Docker host is used. Only for platform docker. */
export const docker = z
  .strictObject({
    startInterval: duration({ max: "10s" })
      .default("0s")
      .describe(
        "How often the health of a container is checked while it starts, such as 1s; needs Docker Engine 25. 0s: as always, every 10 s, the first time after 10 s.",
      ),
  })
  .prefault({});
