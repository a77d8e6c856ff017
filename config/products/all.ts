import { alertmanager } from "./alertmanager/product.ts";
import { cadvisor } from "./cadvisor/product.ts";
import { alloy } from "./collector/alloy.ts";
import { promtail } from "./collector/promtail.ts";
import { grafana } from "./grafana/product.ts";
import { loki } from "./loki/loki.ts";
import { nodeExporter } from "./node-exporter/product.ts";
import type { Product } from "./product.ts";
import { prometheus } from "./prometheus/product.ts";
import { serverExporters } from "./server-exporters.ts";
import { viewer } from "./viewer/product.ts";

/** Every product with a port that people or Prometheus know. */
export const products: readonly Product[] = [
  prometheus,
  alertmanager,
  grafana,
  viewer,
  loki,
  alloy,
  promtail,
  nodeExporter,
  cadvisor,
  ...Object.values(serverExporters),
];
