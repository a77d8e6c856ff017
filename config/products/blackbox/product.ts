import type { Product } from "../product.ts";

/** Probes endpoints from outside: HTTP, TCP, TLS, DNS, ICMP and gRPC. */
export const blackbox = {
  workload: "blackbox",
  image: "blackboxExporter",
  port: 9115,
  probe: { path: "/-/healthy", by: "wget" },
  // The image sets no user.
  user: "65534:65534",
  secretFiles: {
    secrets: {
      directory: "/etc/blackbox/secrets",
      keys: ["probePassword", "probeToken", "probeHeader", "probeTlsKey"],
      read: "at each use",
    },
  },
  job: "blackbox",
  tls: { args: ["--web.config.file={directory}/web.yml"] },
  readsTls: "at each use",
} as const satisfies Product;

/**
 * Directory of its config. Secrets and certificates are referred to by absolute paths, which do not depend on the working
 * directory.
 */
export const blackboxDirectory = "/etc/blackbox/config";

/** Scrape job of the probes, in addition to that of the exporter's own metrics. */
export const probeJob = "probe";
