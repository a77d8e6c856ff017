import * as pulumi from "@pulumi/pulumi";
import { drillCommand } from "../config/drill-command.ts";
import type { RenderedFile } from "../config/file.ts";
import { publicHost } from "../config/links.ts";
import type { SecretSource } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import type { Settings } from "../config/schema.ts";
import { stackFile } from "../config/stack-file.ts";
import { Alerting } from "./alerting.ts";
import type { StackContext } from "./context.ts";
import { Exporters } from "./exporters.ts";
import { Logs } from "./logs.ts";
import { Metrics } from "./metrics.ts";
import type { Platform } from "./platform/platform.ts";
import { Secrets } from "./secrets.ts";

export interface ObservabilityStackArgs {
  readonly settings: Settings;
  readonly secret: SecretSource;
}

/** What people need after `up`: where things are, and how to get in. */
export interface StackOutputs {
  readonly urls: Readonly<Record<string, string>>;
  readonly grafanaAdminUser?: string;
  readonly grafanaAdminPassword?: pulumi.Output<string>;
  readonly drill?: string;
}

/** The whole stack: every part that the settings switch on, on the platform they choose. */
export class ObservabilityStack extends pulumi.ComponentResource {
  outputs: StackOutputs = { urls: {} };

  private constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:stack:ObservabilityStack", name, {}, opts);
  }

  /** Parts that are off are not even loaded: the dashboards' and the demo's code costs start-up time. */
  static async create(name: string, { settings, secret }: ObservabilityStackArgs): Promise<ObservabilityStack> {
    const dashboards = settings.visualization.enabled ? await loadDashboards(settings) : [];
    const stack = new ObservabilityStack(name);
    const parent = { parent: stack };
    const context: StackContext = {
      settings,
      secrets: new Secrets("secrets", settings, secret, parent),
      platform: await choosePlatform(settings, stack),
    };
    const urls: Record<string, string | undefined> = {};

    urls.prometheus = new Metrics("metrics", context, parent).url;
    if (settings.alerting.enabled) urls.alertmanager = new Alerting("alerting", context, parent).url;
    if (settings.logs.enabled) urls.loki = new Logs("logs", context, parent).url;
    new Exporters("exporters", context, parent);
    let grafana: { adminUser: string; adminPassword: pulumi.Output<string> } | undefined;
    if (settings.visualization.enabled) {
      const { Visualization } = await import("./visualization.ts");
      const visualization = new Visualization("visualization", { ...context, dashboards }, parent);
      urls.grafana = visualization.url;
      grafana = visualization;
    }
    if (settings.demo.enabled) {
      const { Demo } = await import("./demo.ts");
      const demo = new Demo("demo", context, parent);
      urls.demo = demo.url;
      urls.notifications = demo.notificationsUrl;
    }

    context.platform.connect();

    stack.outputs = {
      urls: Object.fromEntries(Object.entries(urls).flatMap(([part, url]) => (url === undefined ? [] : [[part, url]]))),
      ...(grafana && { grafanaAdminUser: grafana.adminUser, grafanaAdminPassword: grafana.adminPassword }),
      ...(settings.alerting.enabled && { drill: drillCommand(settings, pulumi.getStack()) }),
    };
    stack.registerOutputs({ urls: stack.outputs.urls });
    return stack;
  }
}

/** Read before the first resource, so that a bad file of the user's own is refused with nothing touched. */
async function loadDashboards(settings: Settings): Promise<RenderedFile[]> {
  const { allDashboards } = await import("../dashboards/all.ts");
  const { files, problems } = allDashboards(settings);
  if (problems.length > 0) throw new pulumi.RunError(new ConfigError(stackFile(pulumi.getStack()), problems).message);
  return files;
}

/** Only the platform in use is loaded: each costs start-up time. */
async function choosePlatform(settings: Settings, parent: pulumi.Resource): Promise<Platform> {
  switch (settings.platform) {
    case "docker": {
      const { DockerPlatform } = await import("./platform/docker.ts");
      return new DockerPlatform(
        "docker",
        {
          prefix: `white-room-${pulumi.getStack()}`,
          bindAddress: settings.network.bindAddress,
          publicHost: publicHost(settings),
          extraHosts: settings.network.extraHosts,
        },
        { parent },
      );
    }
    case "kubernetes": {
      const { KubernetesPlatform } = await import("./platform/kubernetes.ts");
      const { kubernetesArgs } = await import("./platform/kubernetes-args.ts");
      return new KubernetesPlatform("kubernetes", kubernetesArgs(settings, pulumi.getStack()), { parent });
    }
    default:
      return settings.platform satisfies never;
  }
}
