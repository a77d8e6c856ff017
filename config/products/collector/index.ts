import type { Settings } from "../../settings/schema.ts";
import { alloy } from "../alloy/product.ts";
import { promtail } from "../promtail/product.ts";
import { renderAlloy } from "./alloy.ts";
import type { Collector } from "./collector.ts";
import { renderPromtail } from "./promtail.ts";

export const collectors = {
  alloy: { ...alloy, render: renderAlloy },
  promtail: { ...promtail, render: renderPromtail },
} satisfies Record<Settings["logs"]["collector"], Collector>;

/** The collector that the settings choose. */
export function collectorOf({ logs }: Settings): Collector {
  return collectors[logs.collector];
}
