import type { Settings } from "../../settings/schema.ts";
import { alloy, renderAlloy } from "./alloy.ts";
import type { Collector } from "./collector.ts";
import { promtail, renderPromtail } from "./promtail.ts";

const collectors = {
  alloy: { ...alloy, render: renderAlloy },
  promtail: { ...promtail, render: renderPromtail },
} satisfies Record<Settings["logs"]["collector"], Collector>;

/** The collector that the settings choose. */
export function collectorOf({ logs }: Settings): Collector {
  return collectors[logs.collector];
}
