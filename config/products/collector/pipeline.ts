import type { Settings } from "../../settings/schema.ts";
import { seconds } from "../../settings/units.ts";
import { clientOf, clientTlsConfig, internalUrl, tlsDirectory } from "../internal-tls.ts";
import { oldestLine } from "../loki/loki.ts";
import { hasLoki, loki } from "../loki/product.ts";
import { proxiedDocker } from "../socket-proxy/socket-proxy.ts";
import { chosenCollector } from "./chosen.ts";
import { fileSources } from "./file-sources.ts";
import { journalPath } from "./journal-places.ts";
import { podSource } from "./pod-source.ts";
import { remoteDestinations } from "./remotes.ts";
import type { Destination, Pipeline } from "./stage.ts";
import { streamSources } from "./stream-sources.ts";

/** Paths and addresses of a collector. Overridden only by tests and `npm run try-logs`, which run it outside of its stack. */
export interface CollectorPlaces {
  readonly listenAddress?: string;
  readonly port?: number;
  readonly pushUrl?: string;
  readonly tlsDirectory?: string;
  readonly configDirectory?: string;
  readonly secretDirectory?: string;
  readonly positionsFile?: string;
  readonly syslogHost?: string;
  readonly dockerSocket?: string;
  readonly journalPath?: string;
  readonly podLogs?: string;
  readonly kubernetesApi?: string;
  /** Age in seconds up to which the time of a line is used. */
  readonly oldestLine?: number;
  /** Bytes of lines per push. If below the size of a line, each entry is pushed separately, in the order of the file. */
  readonly batchSize?: number;
  readonly otlpGrpcPort?: number;
  readonly otlpHttpPort?: number;
  /** Address to which spans are forwarded. */
  readonly spansAddress?: string;
  readonly dataDirectory?: string;
}

/** Directory of pod logs. */
export const podLogDirectory = "/var/log/pods";

/** Log sources, processing and destination, from which the configs of both collectors are rendered. */
export function logPipeline(settings: Settings, places: CollectorPlaces = {}): Pipeline {
  const { logs } = settings;
  const oldest = places.oldestLine ?? seconds(oldestLine(logs));
  return {
    ...logDestinations(settings, places),
    sources: [
      ...fileSources(logs.sources, oldest),
      ...streamSources(logs.sources, {
        syslogHost: places.syslogHost ?? "",
        dockerSocket: places.dockerSocket ?? proxiedDocker,
        journalPath: places.journalPath ?? journalPath(settings),
        oldestLine: oldest,
      }),
      ...podSource(settings, { podLogs: places.podLogs ?? podLogDirectory, kubernetesApi: places.kubernetesApi }),
    ],
  };
}

/** Destinations of log lines, and the labels that all lines get. */
export function logDestinations(
  settings: Settings,
  places: CollectorPlaces,
): Pick<Pipeline, "destinations" | "externalLabels"> {
  const { environment, cluster } = settings;
  return {
    destinations: [...(hasLoki(settings) ? [ownLoki(settings, places)] : []), ...remoteDestinations(settings, places)],
    externalLabels: { cluster, env: environment },
  };
}

function ownLoki(settings: Settings, places: CollectorPlaces): Destination {
  const client = clientOf(settings, loki, places.tlsDirectory ?? tlsDirectory(chosenCollector(settings)));
  return {
    name: "loki",
    url: places.pushUrl ?? `${internalUrl(settings, loki)}/loki/api/v1/push`,
    http: client ? { tls_config: clientTlsConfig(client) } : {},
    filters: [],
  };
}

/**
 * Retries of failed pushes: after 0.5 s, 1 s … 30 s, for 50 minutes in total. Meanwhile the sources pause, so that no lines
 * are lost.
 */
export const backoff = { minimum: "500ms", maximum: "30s", retries: 100 } as const;

/**
 * Retries for all destinations except the first: four attempts in 3.5 s. Both collectors send each line to one destination
 * after another, so one that is down delays all others. Alloy's `queue_config` would prevent this, but is experimental:
 * https://github.com/grafana/alloy/issues/2194
 */
export const shortBackoff = { minimum: "500ms", maximum: "2s", retries: 4, timeout: "5s" } as const;

/** How far back the journal is read at the first start or after an outage of the collector. */
export const journalMaxAge = "24h";

/** Maximum size of a syslog message, in bytes. */
export const syslogMessageLength = 65_536;

/** Idle timeout of syslog connections; closing one loses the sender's next message. */
export const syslogIdleTimeout = "12h";
