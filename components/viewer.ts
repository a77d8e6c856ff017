import * as pulumi from "@pulumi/pulumi";
import { alertmanager } from "../config/products/alertmanager/product.ts";
import { internalUrl } from "../config/products/internal-tls.ts";
import { publicHost } from "../config/products/links.ts";
import { hasLoki, loki } from "../config/products/loki/product.ts";
import { reach } from "../config/products/product.ts";
import { prometheus } from "../config/products/prometheus/product.ts";
import { viewer } from "../config/products/viewer/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { allDashboards } from "../dashboards/all.ts";
import { described, type StackContext } from "./context.ts";
import type { Workload } from "./platform/workload.ts";

/** The dashboard viewer, which shows the same dashboard files and queries the same data sources as Grafana. */
export class Viewer extends pulumi.ComponentResource {
  readonly url: string | undefined;

  constructor(name: string, { settings, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:visualization:Viewer", name, {}, opts);
    this.url = platform.deploy(viewerWorkload(settings), { parent: this }).url("http");
    this.registerOutputs({ url: this.url });
  }
}

const dashboards = "/etc/viewer/dashboards";

function viewerWorkload(settings: Settings): Workload {
  const { alerting, metrics, visualization } = settings;
  const sources = [prometheus, ...(hasLoki(settings) ? [loki] : []), ...(alerting.enabled ? [alertmanager] : [])];
  return {
    ...described(settings, viewer),
    service: "monitoring",
    command: [
      "/usr/local/bin/node",
      "/opt/viewer/server.mjs",
      ...["--host", "0.0.0.0", "--port", String(viewer.port), "--public-host", publicHost(settings, "viewer")],
      ...["--dashboards", dashboards, "--scrape-interval", metrics.scrapeInterval],
      ...sources.flatMap((source) => [`--${source.workload}`, internalUrl(settings, source)]),
    ],
    files: [
      {
        name: "dashboards",
        directory: dashboards,
        files: allDashboards(settings),
        secret: false,
        reload: { kind: "watches" },
        removesStale: true,
      },
    ],
    ports: [{ name: "http", port: viewer.port, publishedPort: visualization.port }],
    limits: { memory: "128Mi", cpu: 0.5 },
    placement: "service",
    stopGraceSeconds: 5,
    reaches: sources.map(reach),
    openTo: [{ port: viewer.port, who: "people" }],
  };
}
