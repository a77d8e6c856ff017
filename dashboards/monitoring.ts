import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard } from "./lib/dashboard.ts";
import { cluster, instance, prometheusSource, service } from "./lib/variables.ts";
import { logPipeline } from "./monitoring/logs.ts";
import { notifications, rules, storage } from "./monitoring/prometheus.ts";
import { remoteWrite } from "./monitoring/remote-write.ts";
import { scraping } from "./monitoring/scraping.ts";

/** Monitoring of the stack itself: scraping, storage, rules and notifications. */
export function monitoring(settings: Settings): Dashboard {
  return {
    name: "monitoring",
    title: "Monitoring itself",
    description: "Monitoring of the stack itself: scraping, rules, storage, logs, notifications.",
    from: "now-1h",
    variables: [prometheusSource, cluster, service(), instance()],
    annotations: annotations(settings),
    rows: [
      scraping(settings),
      rules,
      storage(settings),
      ...(settings.metrics.remoteWrite.length > 0 ? [remoteWrite] : []),
      ...(settings.logs.enabled ? logPipeline(settings) : []),
      ...(settings.alerting.enabled ? [notifications] : []),
    ],
  };
}
