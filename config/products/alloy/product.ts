import {
  type CollectorProduct,
  collectorDataDirectory,
  collectorJob,
  collectorUser,
  remoteSecrets,
} from "../collector/collector.ts";

const port = 12_345;

/** Of otelcol.storage.file, in which spans wait while Jaeger is down. */
const stability = "--stability.level=public-preview";

/** The default collector. */
export const alloy = {
  workload: "alloy",
  image: "alloy",
  job: collectorJob,
  configDirectory: "/etc/alloy",
  program: "/bin/alloy",
  args: [
    "run",
    `--server.http.listen-addr=:${port}`,
    `--storage.path=${collectorDataDirectory}`,
    "--disable-reporting",
    stability,
    "/etc/alloy/config.alloy",
  ],
  port,
  portKey: "alloyPort",
  probe: { path: "/-/ready", by: "bash" },
  user: collectorUser,
  readsTls: "at each use",
  secretFiles: remoteSecrets("alloy"),
  /** Variable with the node name (Kubernetes). */
  hostVariable: "NODE_NAME",
  /** Accepts POST. Returns 400 with the reason if it rejects the file, and keeps using the old one. */
  reloadPath: "/-/reload",
  takesSpans: true,
  check: ["/bin/alloy", "validate", stability, "{directory}/config.alloy"],
} as const satisfies CollectorProduct;
