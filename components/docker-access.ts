import * as pulumi from "@pulumi/pulumi";
import { haproxy, haproxyCommand } from "../config/products/haproxy.ts";
import { socketProxy } from "../config/products/socket-proxy/product.ts";
import {
  hasCadvisor,
  mountedSockets,
  proxiedSockets,
  renderSocketProxy,
} from "../config/products/socket-proxy/socket-proxy.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, type StackContext } from "./context.ts";
import type { Workload } from "./platform/workload.ts";

/** The socket proxy, through which the collector and cAdvisor read from Docker. */
export class DockerAccess extends pulumi.ComponentResource {
  constructor(name: string, { settings, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:docker:DockerAccess", name, {}, opts);
    platform.deploy(socketProxyWorkload(settings), { parent: this });
    this.registerOutputs({});
  }
}

function socketProxyWorkload(settings: Settings): Workload {
  const { docker } = settings;
  return {
    ...described(settings, socketProxy),
    service: "monitoring",
    command: haproxyCommand,
    files: [
      {
        name: "config",
        directory: haproxy.directory,
        files: renderSocketProxy(settings),
        secret: false,
        reload: { kind: "restart" },
      },
    ],
    hostPaths: [
      { hostPath: docker.socket, directory: mountedSockets.docker, readOnly: true },
      ...(hasCadvisor(settings) ? [{ hostPath: "/run", directory: mountedSockets.run, readOnly: true }] : []),
    ],
    sharedVolumes: [{ ...proxiedSockets, readOnly: false }],
    ports: [{ name: "metrics", port: socketProxy.port, scraped: true }],
    limits: docker.socketProxy.limits,
    placement: "service",
    stopGraceSeconds: 5,
  };
}
