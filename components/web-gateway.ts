import * as pulumi from "@pulumi/pulumi";
import { haproxy, haproxyCommand } from "../config/products/haproxy.ts";
import { reach } from "../config/products/product.ts";
import { webGateway } from "../config/products/web-gateway/product.ts";
import { behindGateway, renderWebGateway } from "../config/products/web-gateway/web-gateway.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, type StackContext } from "./context.ts";
import type { Workload } from "./platform/workload.ts";

/** The gateway, which publishes the ports of Prometheus, Alertmanager and Loki. */
export class WebGateway extends pulumi.ComponentResource {
  constructor(name: string, { settings, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:network:WebGateway", name, {}, opts);
    platform.deploy(webGatewayWorkload(settings), { parent: this });
    this.registerOutputs({});
  }
}

function webGatewayWorkload(settings: Settings): Workload {
  const products = behindGateway(settings);
  return {
    ...described(settings, webGateway),
    service: "monitoring",
    command: haproxyCommand,
    files: [
      {
        name: "config",
        directory: haproxy.directory,
        files: renderWebGateway(settings),
        secret: false,
        reload: { kind: "restart" },
      },
    ],
    ports: [
      { name: "metrics", port: webGateway.port, scraped: true },
      ...products.map(({ workload, port, publishedPort }) => ({ name: workload, port, publishedPort })),
    ],
    limits: settings.network.webGateway.limits,
    placement: "service",
    stopGraceSeconds: 5,
    reaches: products.map(reach),
  };
}
