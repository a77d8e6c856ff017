import * as pulumi from "@pulumi/pulumi";
import { collectsSpans } from "../config/products/collector/spans.ts";
import { jaegerFiles, renderJaeger, renderSampling } from "../config/products/jaeger/jaeger.ts";
import { jaeger, jaegerPorts, spanPortNames, spanPorts } from "../config/products/jaeger/product.ts";
import { storeCaFile, storePorts } from "../config/products/jaeger/store.ts";
import type { Settings } from "../config/settings/schema.ts";
import { bytes } from "../config/settings/units.ts";
import { described, httpPort, type StackContext, secretSet, tlsSet } from "./context.ts";
import type { Port, Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Jaeger: receives, stores and serves traces. */
export class Tracing extends pulumi.ComponentResource {
  readonly url: string | undefined;

  constructor(name: string, { settings, secrets, platform }: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:tracing:Tracing", name, { storage: settings.tracing.storage }, opts);
    const deployed = platform.deploy(jaegerWorkload(settings, secrets), { parent: this });
    this.url = deployed.url("http");
    this.registerOutputs({ url: this.url });
  }
}

function jaegerWorkload(settings: Settings, secrets: Secrets): Workload {
  const { tracing, network } = settings;
  const onVolume = tracing.storage === "badger";
  const ca = tracing.store?.tls.ca;
  const receivers = receiverPorts(settings);
  const { workload, image, probe, user, configDirectory, samplingDirectory, dataDirectory, program } = jaeger;
  const before = onVolume ? [] : [secretSet(secrets, jaeger, "secrets")];
  return {
    ...described(settings, { workload, image, probe, user, port: jaegerPorts.health }),
    service: "monitoring",
    command: [program, `--config=${configDirectory}/${jaegerFiles.config}`],
    environment: { GOMEMLIMIT: String(Math.floor(bytes(tracing.limits.memory) * 0.8)) },
    files: [
      ...before,
      {
        name: "sampling",
        directory: samplingDirectory,
        files: renderSampling(settings),
        secret: false,
        reload: { kind: "watches" },
      },
      ...tlsSet(settings, secrets, jaeger),
      {
        name: "config",
        directory: configDirectory,
        files: [...renderJaeger(settings), ...(ca === undefined ? [] : [{ path: storeCaFile, content: ca }])],
        secret: false,
        reload: { kind: "restart" },
      },
    ],
    ...(onVolume
      ? { volumes: [{ name: "data", directory: dataDirectory, size: tracing.volumeSize, keep: true }] }
      : { scratch: [{ directory: dataDirectory, size: "64Mi" }] }),
    ports: [
      httpPort(settings, jaeger, tracing.ports.ui, { scraped: false }),
      { name: "metrics", port: jaegerPorts.metrics, scraped: true },
      { name: "span-metrics", port: jaegerPorts.spanMetrics, scraped: true },
      ...receivers,
    ],
    limits: tracing.limits,
    placement: "service",
    // Badger writes its tables when it closes.
    stopGraceSeconds: 60,
    replicas: tracing.replicas,
    calledByAgents: true,
    openTo: [
      { port: jaeger.port, who: "people" },
      ...receivers.filter(({ name }) => isOpen(settings, name)).map(({ port }) => ({ port, who: "everyone" }) as const),
    ],
    reachesOutside: onVolume
      ? []
      : [{ what: "trace store", ports: storePorts(tracing), ranges: network.egress.traceStore }],
  };
}

/** Ports for applications. The collector publishes those on which it receives spans itself. */
function receiverPorts(settings: Settings): Port[] {
  return spanPorts.map((port) => ({
    name: spanPortNames[port],
    port: jaegerPorts[port],
    ...(isOpen(settings, spanPortNames[port]) && { publishedPort: settings.tracing.ports[port] }),
  }));
}

function isOpen(settings: Settings, name: string): boolean {
  return !collectsSpans(settings) || (name !== spanPortNames.otlpGrpc && name !== spanPortNames.otlpHttp);
}
