import { collectorDataDirectory } from "../config/products/collector/collector.ts";
import { collectorSecrets } from "../config/products/collector/remotes.ts";
import { renderEvents } from "../config/products/events-collector/events.ts";
import { eventsCollector } from "../config/products/events-collector/product.ts";
import { loki } from "../config/products/loki/product.ts";
import { reach } from "../config/products/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { described, secretSet, tlsSet } from "./context.ts";
import { logsRemoteEndpoints } from "./outside.ts";
import type { Workload } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Reads the events of the cluster. A single replica, because each replica would read all of them. */
export function eventsWorkload(settings: Settings, secrets: Secrets): Workload {
  const { configDirectory, program, args, port, reloadPath, check } = eventsCollector;
  const secretKeys = collectorSecrets(settings);
  return {
    ...described(settings, eventsCollector),
    service: "monitoring",
    command: [program, ...args],
    files: [
      ...(secretKeys.length > 0 ? [secretSet(secrets, eventsCollector, "secrets", secretKeys)] : []),
      ...tlsSet(settings, secrets, eventsCollector),
      {
        name: "config",
        directory: configDirectory,
        files: renderEvents(settings),
        secret: false,
        reload: { kind: "http", port, path: reloadPath },
        check,
      },
    ],
    ports: [{ name: "http", port, scraped: true }],
    // No volume: a new pod reads the events of the last 50 minutes again, and Loki returns identical lines once.
    scratch: ["/tmp", collectorDataDirectory].map((directory) => ({ directory, size: "16Mi" })),
    limits: settings.logs.sources.events.limits,
    placement: "service",
    stopGraceSeconds: 15,
    discovers: "events",
    reaches: [reach(loki)],
    reachesOutside: logsRemoteEndpoints(settings),
  };
}
