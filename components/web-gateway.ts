import * as pulumi from "@pulumi/pulumi";
import { haproxy, haproxyCommand } from "../config/products/haproxy.ts";
import { reach } from "../config/products/product.ts";
import { webGateway } from "../config/products/web-gateway/product.ts";
import {
  behindGateway,
  publishesThroughGateway,
  renderWebGateway,
} from "../config/products/web-gateway/web-gateway.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, type StackContext, tlsSet } from "./context.ts";
import { traitsOf } from "./platform/traits.ts";
import type { Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

interface WebGatewayArgs extends StackContext {
  /**
   * Components whose ports the gateway publishes. In earlier versions, they published the ports themselves and must release
   * them first.
   */
  readonly published: readonly pulumi.Resource[];
}

/** The gateway in front of all pages, or only between Grafana and Loki. */
export class WebGateway extends pulumi.ComponentResource {
  constructor(name: string, args: WebGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:network:WebGateway", name, {}, opts);
    const { settings, secrets, platform, published } = args;
    platform.deploy(webGatewayWorkload(settings, secrets), {
      parent: this,
      ...(publishesThroughGateway(settings) && { dependsOn: published }),
    });
    this.registerOutputs({});
  }
}

function webGatewayWorkload(settings: Settings, secrets: Secrets): Workload {
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
      ...tlsSet(settings, secrets, webGateway),
    ],
    ports: [
      { name: "metrics", port: webGateway.port, scraped: true },
      ...products.map(({ workload, port, publishedPort }) => ({
        name: workload,
        port,
        ...(publishesThroughGateway(settings) && { publishedPort }),
      })),
    ],
    ...(traitsOf(settings).keepsAddresses && { ownFacts: { [webGateway.addressVariable]: "address" as const } }),
    limits: settings.network.webGateway.limits,
    placement: "service",
    stopGraceSeconds: 5,
    reaches: products.map(reach),
  };
}
