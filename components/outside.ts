import type { ReachOutside } from "./platform/workload.ts";

export const httpsPort = 443;

/** The port that a URL leads to. */
export function urlPort(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "https:" ? httpsPort : 80;
}

/** Something on the internet: an address of either family where config names none. */
export function internet(what: string, port: number, ranges: readonly string[] | undefined): ReachOutside {
  return { what, ports: [port], ranges: ranges ?? ["0.0.0.0/0", "::/0"] };
}
