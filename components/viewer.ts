import * as pulumi from "@pulumi/pulumi";
import { publicHost } from "../config/links.ts";
import type { Settings } from "../config/schema.ts";
import { allDashboards } from "../dashboards/all.ts";
import { imageOf, type StackContext } from "./context.ts";
import { type Workload, wgetProbe } from "./platform/workload.ts";

/** Dashboard viewer: a preview without Grafana that reads the same files and queries the same data sources. */
export class Viewer extends pulumi.ComponentResource {
  readonly url: string | undefined;

  constructor(name: string, { settings, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:visualization:Viewer", name, {}, opts);
    this.url = platform.deploy(viewerWorkload(settings), { parent: this }).url("http");
    this.registerOutputs({ url: this.url });
  }
}

const port = 3000;
const dashboards = "/etc/viewer/dashboards";

function viewerWorkload(settings: Settings): Workload {
  const { alerting, logs, metrics, visualization } = settings;
  const sources = [
    { workload: "prometheus", port: 9090 },
    ...(logs.enabled ? [{ workload: "loki", port: 3100 }] : []),
    ...(alerting.enabled ? [{ workload: "alertmanager", port: 9093 }] : []),
  ];
  return {
    name: "viewer",
    service: "monitoring",
    image: imageOf(settings, "viewer"),
    command: [
      "/usr/local/bin/node",
      "/opt/viewer/server.mjs",
      ...["--host", "0.0.0.0", "--port", String(port), "--public-host", publicHost(settings)],
      ...["--dashboards", dashboards, "--scrape-interval", metrics.scrapeInterval],
      ...sources.flatMap(({ workload, port }) => [`--${workload}`, `http://${workload}:${port}`]),
    ],
    user: "1000:1000",
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
    ports: [{ name: "http", port, publishedPort: visualization.port }],
    probe: wgetProbe(port, "/healthz"),
    limits: { memory: "128Mi", cpu: 0.5 },
    placement: "service",
    stopGraceSeconds: 5,
    reaches: sources,
    openTo: [{ port, who: "people" }],
  };
}
