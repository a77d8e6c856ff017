import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { drillCommand } from "../config/alerts/drill-command.ts";
import { allProbes } from "../config/products/blackbox/probes.ts";
import { allJourneys } from "../config/products/journeys/journeys.ts";
import { bindAddress, isBehindSignIn, pageUrl, publicHost } from "../config/products/links.ts";
import { configuredPorts } from "../config/products/published-ports.ts";
import { hasSocketProxy } from "../config/products/socket-proxy/socket-proxy.ts";
import { longTermOf } from "../config/products/thanos/long-term.ts";
import { hasWebGateway } from "../config/products/web-gateway/web-gateway.ts";
import { configOfArgs, LoadedConfig, type StackArgs as ObservabilityStackArgs } from "../config/settings/load.ts";
import type { Settings } from "../config/settings/schema.ts";
import { Alerting } from "./alerting.ts";
import type { StackContext } from "./context.ts";
import type { Demo } from "./demo.ts";
import { DockerAccess } from "./docker-access.ts";
import { Exporters } from "./exporters.ts";
import { Journeys } from "./journeys.ts";
import { Logs } from "./logs.ts";
import { LongTerm } from "./long-term.ts";
import { Metrics } from "./metrics.ts";
import type { DockerPlatformArgs } from "./platform/docker.ts";
import { kubernetesArgs } from "./platform/kubernetes-args.ts";
import type { Platform } from "./platform/platform.ts";
import { Probes } from "./probes.ts";
import { Secrets } from "./secrets.ts";
import { SignInGateway } from "./sign-in-gateway.ts";
import { Tracing } from "./tracing.ts";
import { Viewer } from "./viewer.ts";
import { Visualization } from "./visualization.ts";
import { WebGateway } from "./web-gateway.ts";

export type { ObservabilityStackArgs };

/** Loads a module only if it is needed, because a stack needs the SDK of one platform, and rarely the demo's bundler. */
const load = createRequire(import.meta.url);

/**
 * The whole stack: all enabled components on the configured platform. Invalid arguments throw a RunError with every
 * problem in its message, before any resource is registered.
 */
export class ObservabilityStack extends pulumi.ComponentResource {
  /** URLs of the published pages, by component, such as `prometheus`. */
  readonly urls: Readonly<Record<string, string>>;
  /** Undefined without Grafana. */
  readonly grafanaAdminUser: string | undefined;
  /** Undefined without Grafana. */
  readonly grafanaAdminPassword: pulumi.Output<string> | undefined;
  /** Command that tests every notification path. Undefined without Alertmanager, or without the stack file that it reads. */
  readonly drill: string | undefined;

  constructor(name: string, args: ObservabilityStackArgs | LoadedConfig, opts?: pulumi.ComponentResourceOptions) {
    const hasStackFile = args instanceof LoadedConfig;
    const { settings, secret, stackName } = hasStackFile ? args : configOfArgs(name, args);
    super("white-room-monitoring:stack:ObservabilityStack", name, {}, opts);
    const { alerting, logs, network, tracing, visualization, demo } = settings;
    const parent = { parent: this };
    const secrets = new Secrets(`${name}-secrets`, { stack: name, settings, source: secret }, parent);
    const platform = platformOf(name, { settings, stackName }, this);
    const context: StackContext = { settings, secrets, platform };

    if (hasSocketProxy(settings)) new DockerAccess(`${name}-docker-access`, context, parent);
    const metrics = new Metrics(`${name}-metrics`, context, parent);
    const longTerm = longTermOf(settings);
    if (longTerm !== undefined) new LongTerm(`${name}-long-term`, { ...context, longTerm }, parent);
    const alerts = alerting.enabled ? new Alerting(`${name}-alerting`, context, parent) : undefined;
    const lines = logs.enabled ? new Logs(`${name}-logs`, context, parent) : undefined;
    new Exporters(`${name}-exporters`, context, parent);
    if (hasWebGateway(settings)) {
      const published = [metrics, alerts, lines].filter((each) => each !== undefined);
      new WebGateway(`${name}-web-gateway`, { ...context, published }, parent);
    }
    const traces = tracing.enabled ? new Tracing(`${name}-tracing`, context, parent) : undefined;
    if (allProbes(settings).length > 0) new Probes(`${name}-probes`, context, parent);
    if (allJourneys(settings).length > 0) new Journeys(`${name}-journeys`, context, parent);
    const grafana = visualization.enabled ? new Visualization(`${name}-visualization`, context, parent) : undefined;
    const viewer = visualization.viewer.enabled ? new Viewer(`${name}-viewer`, context, parent) : undefined;
    const simulator = demo.enabled ? demoOf(name, context, parent) : undefined;
    if (network.gateway.enabled) new SignInGateway(`${name}-sign-in-gateway`, context, parent);
    platform.connect();

    this.urls = published({
      prometheus: metrics.url,
      alertmanager: alerts?.url,
      loki: lines?.url,
      jaeger: traces?.url,
      grafana: grafana?.url,
      dashboards: viewer?.url,
      demo: simulator?.url,
      notifications: simulator?.notificationsUrl,
    });
    this.grafanaAdminUser = grafana?.adminUser;
    this.grafanaAdminPassword = grafana?.adminPassword;
    this.drill = hasStackFile && alerting.enabled ? drillCommand(settings, stackName) : undefined;
    this.registerOutputs({
      urls: this.urls,
      grafanaAdminUser: this.grafanaAdminUser,
      grafanaAdminPassword: this.grafanaAdminPassword,
      drill: this.drill,
    });
  }
}

function published(urls: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(urls).flatMap(([component, url]) => (url === undefined ? [] : [[component, url]])),
  );
}

function demoOf(name: string, context: StackContext, opts: pulumi.ComponentResourceOptions): Demo {
  const { Demo } = load("./demo.ts") as typeof import("./demo.ts");
  return new Demo(`${name}-demo`, context, opts);
}

/** Returns where each port is published. */
function publishedAt(settings: Settings): DockerPlatformArgs["published"] {
  const components = new Map(configuredPorts(settings).map(({ port, component }) => [port, component]));
  return (port: number) => {
    const component = components.get(port);
    // Without its component, it is unknown whether the port may be published beyond loopback.
    if (component === undefined) throw new Error(`port ${port} is missing in configuredPorts`);
    if (isBehindSignIn(settings, component)) return { page: pageUrl(settings, component, port) };
    return { address: bindAddress(settings, component), host: publicHost(settings, component) };
  };
}

function platformOf(
  stack: string,
  { settings, stackName }: { readonly settings: Settings; readonly stackName: string },
  parent: pulumi.Resource,
): Platform {
  switch (settings.platform) {
    case "docker": {
      const { DockerPlatform } = load("./platform/docker.ts") as typeof import("./platform/docker.ts");
      return new DockerPlatform(
        `${stack}-docker`,
        {
          stack,
          prefix: `white-room-${stackName}`,
          published: publishedAt(settings),
          extraHosts: settings.network.extraHosts,
          startInterval: settings.docker.startInterval,
          ipv6: settings.docker.ipv6,
          seLinuxType: settings.docker.seLinuxType,
        },
        { parent },
      );
    }
    case "kubernetes": {
      const { KubernetesPlatform } = load("./platform/kubernetes.ts") as typeof import("./platform/kubernetes.ts");
      return new KubernetesPlatform(`${stack}-kubernetes`, kubernetesArgs(settings, { stack, stackName }), { parent });
    }
    default:
      return settings.platform satisfies never;
  }
}
