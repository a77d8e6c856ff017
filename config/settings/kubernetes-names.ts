import { isIP } from "node:net";

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A DNS label (RFC 1123), such as the name of a namespace. */
export function isDnsLabel(text: string): boolean {
  return label.test(text);
}

/** A DNS subdomain (RFC 1123), such as the names of most objects. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && text.split(".").every((part) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(part));
}

/** Whether an Ingress or a route can use this host name. */
export function isRoutableHost(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, "")) === 0 && isDnsSubdomain(host);
}

/** The key of an annotation or label, with an optional prefix: `cert-manager.io/cluster-issuer`. */
export function isQualifiedName(text: string): boolean {
  const [name = "", prefix, ...rest] = text.split("/").reverse();
  return (
    rest.length === 0 &&
    (prefix === undefined || isDnsSubdomain(prefix)) &&
    /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(name)
  );
}
