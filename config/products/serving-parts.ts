import type { Settings } from "../settings/schema.ts";
import { products } from "./all.ts";
import { kubeStateMetrics } from "./kube-state-metrics/product.ts";

/** Names of all parts that can serve TLS, also of those that are off: turning one on needs no new certificate. */
export const namesInCertificate: readonly string[] = [...products, kubeStateMetrics]
  .filter(({ tls }) => tls !== undefined)
  .map(({ workload }) => workload)
  .sort();
