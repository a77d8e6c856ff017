import type { Product } from "../product.ts";

/** Runs the journeys: our own program, on the official Node image. */
export const journeyRunner = {
  workload: "journeys",
  image: "node",
  port: 9118,
  probe: { path: "/healthz", by: "wget" },
  // The image's own user.
  user: "1000:1000",
  secretFiles: {
    secrets: { directory: "/opt/journeys/secrets", keys: ["journeySecret"], read: "at each use" },
  },
  job: "journey",
  tls: { args: ["--tls={directory}"] },
  readsTls: "at each use",
} as const satisfies Product;

/** Directory of its program. */
export const programDirectory = "/opt/journeys/program";

/** Directory of its config, next to that of the program, which checks it. */
export const configDirectory = "/opt/journeys/config";
