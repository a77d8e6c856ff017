import type { Settings } from "../../settings/schema.ts";
import { seconds } from "../../settings/units.ts";
import { ownPages } from "./own-pages.ts";

type Target = Settings["probes"]["targets"][number];

/** A probe with its defaults. */
export type Probe = Target & {
  readonly service: string;
  readonly every: string;
  readonly timeout: string;
  /** The probed address: the label `instance`. */
  readonly address: string;
};

/** Ports of kinds whose address may have none. */
const defaultPorts = { tls: 443, dns: 53 } as const;

/** All probes of a stack: the configured ones, and those of the stack's pages. */
export function allProbes(settings: Settings): Probe[] {
  const { enabled, interval, targets } = settings.probes;
  if (!enabled) return [];
  const own = ownPages(settings).filter(({ name }) => !targets.some((target) => target.name === name));
  return [...own, ...targets].flatMap((target): Probe[] => {
    const address = target.kind === "http" ? target.url : target.host;
    if (address === undefined) return [];
    const every = target.every ?? interval;
    return [
      { ...target, service: target.service ?? target.name, every, timeout: target.timeout ?? usual(every), address },
    ];
  });
}

/** Default timeout. */
function usual(every: string): string {
  return seconds(every) < 10 ? every : "10s";
}

/** `host` with the port that the kind defaults to. IPv6 is in brackets before a port. */
export function withPort({ kind, address }: Probe): string {
  const port = kind === "tls" || kind === "dns" ? defaultPorts[kind] : undefined;
  if (port === undefined || hasPort(address)) return address;
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** Whether an address has a port: IPv6 without brackets has none. */
export function hasPort(address: string): boolean {
  return /^(?:\[.*\]|[^:]*):\d+$/.test(address);
}

/** Whether the probe connects over TLS. */
export function usesTls({ kind, url, useTls, exchange }: Target): boolean {
  if (kind === "http") return url?.toLowerCase().startsWith("https:") ?? false;
  return kind === "tls" || useTls === true || (exchange?.some(({ startTls }) => startTls) ?? false);
}
