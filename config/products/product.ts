import type { ImageName } from "./images.ts";

/** One program of the stack, as plain data: its component, scrape job, data source and checks read it. */
export interface Product {
  /** Name of its workload, which is also its host name inside the stack. */
  readonly workload: string;
  readonly image: ImageName;
  /** Port of its HTTP server inside the stack; where it is published is a setting. */
  readonly port: number;
  /** Path that answers 200 when the program is ready. */
  readonly readyPath: string;
  /** Scrape job of its own metrics; undefined: it has none. */
  readonly job?: string;
}

/** "prometheus:9090": where the other programs of the stack reach it. */
export function addressOf({ workload, port }: Pick<Product, "workload" | "port">): string {
  return `${workload}:${port}`;
}

/** "http://prometheus:9090". */
export function internalUrl(product: Pick<Product, "workload" | "port">): string {
  return `http://${addressOf(product)}`;
}

/** The product's port as other workloads reach it. */
export function reach({ workload, port }: Pick<Product, "workload" | "port">): { workload: string; port: number } {
  return { workload, port };
}
