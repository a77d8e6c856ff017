import type { Settings } from "../config/settings/schema.ts";
import type { ReachOutside } from "./platform/workload.ts";

export const httpsPort = 443;

/** Port of a URL. */
export function urlPort(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "https:" ? httpsPort : 80;
}

/** Port of `host:port`. */
export function addressPort(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** A destination on the internet: any IPv4 or IPv6 address if the config has no ranges. */
export function internet(what: string, port: number, ranges: readonly string[] | undefined): ReachOutside {
  return { what, ports: [port], ranges: ranges ?? ["0.0.0.0/0", "::/0"] };
}

/** Destinations of `logs.remote`. */
export function logsRemoteEndpoints({ logs, network }: Settings): ReachOutside[] {
  return logs.remote.map(({ url, proxyUrl }) => ({
    what: "log destination",
    ports: [urlPort(proxyUrl ?? url)],
    ranges: network.egress.logsRemote,
  }));
}
