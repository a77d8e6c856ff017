import { hasLoki } from "../../config/products/loki/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { alertmanagerAddress, lokiAddress, prometheusAddress } from "../verify/addresses.ts";

/** URLs of the data sources that the viewer queries. */
export interface Sources {
  readonly prometheus: string;
  /** Default scrape interval of Prometheus, such as "15s". */
  readonly scrapeInterval: string;
  readonly loki?: string;
  readonly alertmanager?: string;
}

/** The data sources of a running stack. */
export function stackSources(settings: Settings): Sources {
  return {
    prometheus: prometheusAddress(settings),
    scrapeInterval: settings.metrics.scrapeInterval,
    ...(hasLoki(settings) && { loki: lokiAddress(settings) }),
    ...(settings.alerting.enabled && { alertmanager: alertmanagerAddress(settings) }),
  };
}
