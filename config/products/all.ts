import { alertmanager } from "./alertmanager/product.ts";
import { alloy } from "./alloy/product.ts";
import { blackbox } from "./blackbox/product.ts";
import { eventsCollector } from "./events-collector/product.ts";
import { grafana } from "./grafana/product.ts";
import { hostExporters } from "./host-exporters.ts";
import { jaeger } from "./jaeger/product.ts";
import { journeyRunner } from "./journeys/product.ts";
import { loki } from "./loki/product.ts";
import type { Product } from "./product.ts";
import { prometheus } from "./prometheus/product.ts";
import { promtail } from "./promtail/product.ts";
import { serverExporters } from "./server-exporters.ts";
import { signInGateway } from "./sign-in-gateway/product.ts";
import { socketProxy } from "./socket-proxy/product.ts";
import { thanosProducts } from "./thanos/product.ts";
import { viewer } from "./viewer/product.ts";
import { webGateway } from "./web-gateway/product.ts";

/** All products with a published port or a scrape job. */
export const products: readonly Product[] = [
  prometheus,
  alertmanager,
  grafana,
  viewer,
  ...thanosProducts,
  loki,
  alloy,
  promtail,
  eventsCollector,
  socketProxy,
  webGateway,
  signInGateway,
  blackbox,
  journeyRunner,
  jaeger,
  ...Object.values(hostExporters),
  ...Object.values(serverExporters),
];
