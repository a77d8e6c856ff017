import type { ImageName } from "./images.ts";

/** A program of the stack, as plain data. Its component, scrape job, data source and checks are derived from it. */
export interface Product {
  /** Name of its workload, which is also its host name inside the stack. */
  readonly workload: string;
  readonly image: ImageName;
  /** Port of its HTTP server inside the stack. The published port is a setting. */
  readonly port: number;
  /** Path that returns 200 when the program is ready. */
  readonly readyPath: string;
  /** Scrape job of its own metrics, if it has any. */
  readonly job?: string;
}

/** Address inside the stack, such as "prometheus:9090". */
export function addressOf({ workload, port }: Pick<Product, "workload" | "port">): string {
  return `${workload}:${port}`;
}

/** URL inside the stack, such as "http://prometheus:9090". */
export function internalUrl(product: Pick<Product, "workload" | "port">): string {
  return `http://${addressOf(product)}`;
}

/** The product's port as other workloads reach it. */
export function reach({ workload, port }: Pick<Product, "workload" | "port">): { workload: string; port: number } {
  return { workload, port };
}
