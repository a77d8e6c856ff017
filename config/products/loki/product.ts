import type { Settings } from "../../settings/schema.ts";
import type { Product } from "../product.ts";

const configFile = "/etc/loki/config/loki.yml";
const healthPort = 3101;

/** Stores log lines and evaluates log rules. */
export const loki = {
  workload: "loki",
  image: "loki",
  job: "loki",
  configDirectory: "/etc/loki",
  configFile,
  /**
   * Limits, which Loki reloads. They have their own directory, because a change in that of the config file restarts Loki.
   */
  limitsFile: "/etc/loki/limits/limits.yml",
  dataDirectory: "/loki",
  port: 3100,
  // The image has no shell, so Loki probes itself.
  probe: { path: "/ready", by: ["/usr/bin/loki", `-config.file=${configFile}`, "-health"] },
  user: "10001:10001",
  secretFiles: {
    secrets: { directory: "/etc/loki/secrets", keys: ["s3AccessKey", "s3SecretKey"], read: "at start" },
  },
  /** File of both secrets, in the format of its S3 client. */
  credentialsFile: "credentials",
  /** Environment variable with the replica's address, which it advertises to the others. */
  addressVariable: "POD_IP",
  tls: {
    // TLS is configured in its config file.
    args: [],
    // Its own check knows no TLS (Loki 3.7), but a second server can answer it, with nothing else to read.
    probe: {
      plainPort: healthPort,
      command: ["/usr/bin/loki", `-health.url=http://127.0.0.1:${healthPort}/ready`, "-health"],
    },
  },
  // The CA is read at start-up; the certificate is reloaded.
  readsTls: "at start",
  healthPort,
  grpcPort: 9095,
  gossipPort: 7946,
} as const satisfies Product & Record<string, unknown>;

/** Whether the stack stores logs itself, instead of only sending them to `logs.remote`. */
export function hasLoki({ logs }: Settings): boolean {
  return logs.enabled && logs.loki.enabled;
}
