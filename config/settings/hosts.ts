import { BlockList, isIPv4, isIPv6 } from "node:net";

/** An IPv4 or IPv6 address, without brackets and zone. Kubernetes rejects IPv4-mapped IPv6 addresses. */
export function isIpAddress(text: string): boolean {
  return isIPv4(text) || (isIPv6(text) && !text.includes("%") && !isIpv4Mapped(text));
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** An address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** An IPv6 address in `::ffff:0:0/96`, which stands for an IPv4 address. */
export function isIpv4Mapped(address: string): boolean {
  return isIPv6(address) && mapped.check(address, "ipv6");
}

const mapped = new BlockList();
mapped.addSubnet("::ffff:0:0", 96, "ipv6");

const label = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/;

/**
 * A DNS name. Underscores are allowed, because Docker uses them in container names. URL parsers read a name that ends with a
 * number as an IPv4 address, and reject an invalid `xn--` label.
 */
export function isDnsName(text: string): boolean {
  const labels = text.split(".");
  const endsInNumber = /^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? "");
  return (
    text.length <= 253 && labels.every((part) => label.test(part)) && !endsInNumber && URL.canParse(`http://${text}`)
  );
}

/** A DNS name or IP address, as in `/etc/hosts`: IPv6 without brackets. */
export function isHost(text: string): boolean {
  return isIpAddress(text) || isDnsName(text);
}

/** A host as in URLs: IPv6 in brackets. */
export function isUrlHost(text: string): boolean {
  const address = /^\[(.*)\]$/.exec(text)?.[1];
  return address === undefined ? isIPv4(text) || isDnsName(text) : address.includes(":") && isIpAddress(address);
}

/** `host:port`, with IPv6 in brackets. */
export function isHostAndPort(text: string): boolean {
  const colon = text.lastIndexOf(":");
  return colon > 0 && isUrlHost(text.slice(0, colon)) && isPort(text.slice(colon + 1));
}

/** A port from 1 to 65535 in decimal digits. */
export function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}
