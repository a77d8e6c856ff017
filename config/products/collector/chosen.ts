import type { Settings } from "../../settings/schema.ts";
import { alloy } from "../alloy/product.ts";
import { promtail } from "../promtail/product.ts";
import type { CollectorProduct } from "./collector.ts";

const products = { alloy, promtail } as const satisfies Record<Settings["logs"]["collector"], CollectorProduct>;

/** The configured collector, as plain data. In a module of its own, because the renderers import it. */
export function chosenCollector({ logs }: Settings): CollectorProduct {
  return products[logs.collector];
}
