import { setImmediate as eventLoopTurn } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { drillCommand } from "../config/alerts/drill-command.ts";
import { publicHost } from "../config/products/links.ts";
import type { SecretSource } from "../config/settings/load.ts";
import type { Settings } from "../config/settings/schema.ts";
import type { StackContext } from "./context.ts";
import type { Platform } from "./platform/platform.ts";
import { Secrets } from "./secrets.ts";

export interface ObservabilityStackArgs {
  readonly settings: Settings;
  readonly secret: SecretSource;
}

/** Outputs for users: URLs and credentials. */
export interface StackOutputs {
  readonly urls: Readonly<Record<string, string>>;
  readonly grafanaAdminUser?: string;
  readonly grafanaAdminPassword?: pulumi.Output<string>;
  readonly drill?: string;
}

/** The whole stack: all enabled components on the configured platform. */
export class ObservabilityStack extends pulumi.ComponentResource {
  outputs: StackOutputs = { urls: {} };

  private constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:stack:ObservabilityStack", name, {}, opts);
  }

  /**
   * Disabled components are not loaded, to save start-up time. The platform comes first, so that the engine starts its
   * plugin while the other modules are loaded.
   */
  static async create(name: string, { settings, secret }: ObservabilityStackArgs): Promise<ObservabilityStack> {
    const { alerting, logs, visualization, demo } = settings;
    const stack = new ObservabilityStack(name);
    const parent = { parent: stack };
    const platform = await choosePlatform(settings, stack);
    const context: StackContext = { settings, secrets: new Secrets("secrets", settings, secret, parent), platform };
    const urls: Record<string, string | undefined> = {};

    const { Metrics } = await importInTurn(() => import("./metrics.ts"));
    urls.prometheus = new Metrics("metrics", context, parent).url;
    if (alerting.enabled) {
      const { Alerting } = await importInTurn(() => import("./alerting.ts"));
      urls.alertmanager = new Alerting("alerting", context, parent).url;
    }
    if (logs.enabled) {
      const { Logs } = await importInTurn(() => import("./logs.ts"));
      urls.loki = new Logs("logs", context, parent).url;
    }
    const { Exporters } = await importInTurn(() => import("./exporters.ts"));
    new Exporters("exporters", context, parent);
    let grafana: { adminUser: string; adminPassword: pulumi.Output<string> } | undefined;
    if (visualization.enabled) {
      const { Visualization } = await importInTurn(() => import("./visualization.ts"));
      const part = new Visualization("visualization", context, parent);
      urls.grafana = part.url;
      grafana = part;
    }
    if (visualization.viewer.enabled) {
      const { Viewer } = await importInTurn(() => import("./viewer.ts"));
      urls.dashboards = new Viewer("viewer", context, parent).url;
    }
    if (demo.enabled) {
      const { Demo } = await importInTurn(() => import("./demo.ts"));
      const part = new Demo("demo", context, parent);
      urls.demo = part.url;
      urls.notifications = part.notificationsUrl;
    }

    platform.connect();

    stack.outputs = {
      urls: Object.fromEntries(Object.entries(urls).flatMap(([part, url]) => (url === undefined ? [] : [[part, url]]))),
      ...(grafana && { grafanaAdminUser: grafana.adminUser, grafanaAdminPassword: grafana.adminPassword }),
      ...(alerting.enabled && { drill: drillCommand(settings, pulumi.getStack()) }),
    };
    stack.registerOutputs({ urls: stack.outputs.urls });
    return stack;
  }
}

/**
 * Imports a module after a turn of the event loop, so that pending registrations are sent and the engine processes them
 * while the module loads.
 */
async function importInTurn<Module>(load: () => Promise<Module>): Promise<Module> {
  await eventLoopTurn();
  return load();
}

/** Loads only the configured platform, to save start-up time. */
async function choosePlatform(settings: Settings, parent: pulumi.Resource): Promise<Platform> {
  switch (settings.platform) {
    case "docker": {
      const { DockerPlatform } = await importInTurn(() => import("./platform/docker.ts"));
      return new DockerPlatform(
        "docker",
        {
          prefix: `white-room-${pulumi.getStack()}`,
          bindAddress: settings.network.bindAddress,
          publicHost: publicHost(settings),
          extraHosts: settings.network.extraHosts,
          startInterval: settings.docker.startInterval,
          seLinuxType: settings.docker.seLinuxType,
        },
        { parent },
      );
    }
    case "kubernetes": {
      const { KubernetesPlatform } = await importInTurn(() => import("./platform/kubernetes.ts"));
      const { kubernetesArgs } = await import("./platform/kubernetes-args.ts");
      return new KubernetesPlatform("kubernetes", kubernetesArgs(settings, pulumi.getStack()), { parent });
    }
    default:
      return settings.platform satisfies never;
  }
}
