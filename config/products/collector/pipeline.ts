import type { Settings } from "../../settings/schema.ts";
import { loki } from "../loki/loki.ts";
import { internalUrl } from "../product.ts";
import { fileSources } from "./file-sources.ts";
import { podSource } from "./pod-source.ts";
import type { Pipeline } from "./stage.ts";
import { streamSources } from "./stream-sources.ts";

/** Where a collector's program finds things; only tests, which run it outside a container, write others. */
export interface CollectorPlaces {
  readonly listenAddress?: string;
  readonly port?: number;
  readonly pushUrl?: string;
  readonly positionsFile?: string;
  readonly syslogHost?: string;
  readonly dockerSocket?: string;
  readonly journalPath?: string;
  readonly podLogs?: string;
  readonly kubernetesApi?: string;
}

/** Where the kubelet keeps what pods write. */
export const podLogDirectory = "/var/log/pods";

/** Where either collector remembers how far it has read: a volume of its own, in a place no image has. */
export const collectorDataDirectory = "/var/lib/collector";

/** What the collector reads, what it does with each line, and where it sends them: the one description both products are rendered from. */
export function logPipeline(settings: Settings, places: CollectorPlaces = {}): Pipeline {
  const { environment, cluster, logs } = settings;
  return {
    pushUrl: places.pushUrl ?? `${internalUrl(loki)}/loki/api/v1/push`,
    externalLabels: { cluster, env: environment },
    sources: [
      ...fileSources(logs.sources),
      ...streamSources(logs.sources, {
        syslogHost: places.syslogHost ?? "0.0.0.0",
        dockerSocket: places.dockerSocket ?? "/var/run/docker.sock",
        journalPath: places.journalPath ?? "/var/log/journal",
      }),
      ...podSource(settings, { podLogs: places.podLogs ?? podLogDirectory, kubernetesApi: places.kubernetesApi }),
    ],
  };
}

/**
 * How a push is repeated that Loki does not take: after 0.5 s, 1 s … 30 s, and so for 50 minutes. Meanwhile the sources wait,
 * and nothing is read that could be lost.
 */
export const backoff = { minimum: "500ms", maximum: "30s", retries: 100 } as const;

/** How far back the journal is read at the first start, and after an outage of the collector. */
export const journalMaxAge = "24h";

/** Longest message a syslog sender may send, in bytes. */
export const syslogMessageLength = 65_536;

/** How long a syslog connection may be silent: closing one loses the sender's next message. */
export const syslogIdleTimeout = "12h";
