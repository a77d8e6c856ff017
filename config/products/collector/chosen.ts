import type { Settings } from "../../settings/schema.ts";
import { alloy } from "../alloy/product.ts";
import { promtail } from "../promtail/product.ts";
import type { CollectorProduct } from "./collector.ts";

const products = { alloy, promtail } as const satisfies Record<Settings["logs"]["collector"], CollectorProduct>;

/** The configured collector, as plain data. Not in the same module as the renderers, which import this one. */
export function chosenCollector({ logs }: Settings): CollectorProduct {
  return products[logs.collector];
}
