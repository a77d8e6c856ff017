import { domainToASCII } from "node:url";
import { isPort, isUrlHost } from "./hosts.ts";

const parts = /^https?:\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i;

/** Characters that a URL may contain (RFC 3986). */
const forbidden = /[^A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]/u;

/**
 * Describes why a URL is invalid, and how to fix it; undefined if it is valid. Only accepts what Go's net/url and the WHATWG
 * parser of Node and browsers read alike.
 */
export function urlProblem(text: string): string | undefined {
  const [, authority = "", ...rest] = parts.exec(text) ?? [];
  const [found] = forbidden.exec(text) ?? [];
  if (/^https?:\/\//i.test(text) && found !== undefined) return asciiHost(authority) ?? forbiddenCharacter(found);
  const address = authority.slice(authority.lastIndexOf("@") + 1);
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(address) ?? [];
  if (!isUrlHost(host) || (port !== undefined && !isPort(port))) {
    return 'is not a valid URL; use an absolute URL, such as "https://host.example.com"';
  }
  return /%(?![0-9a-f]{2})/i.test([authority, ...rest].join(""))
    ? 'contains "%" without two hexadecimal digits; write a percent sign as "%25"'
    : undefined;
}

/** Describes a host name that is not ASCII, which Go does not convert. */
function asciiHost(authority: string): string | undefined {
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "");
  const ascii = /[^\x20-\x7e]/.test(host) ? domainToASCII(host) : "";
  return ascii === "" ? undefined : `has a host name that is not ASCII; use "${ascii}"`;
}

function forbiddenCharacter(found: string): string {
  if (!found.isWellFormed()) return "contains invalid Unicode; remove it";
  return `contains ${JSON.stringify(found)}, which URLs do not allow; write it as "${encodeURIComponent(found)}", or remove it`;
}

/** Whether a URL contains a user or password. */
export function hasCredentials(url: string): boolean {
  return parts.exec(url)?.[1]?.includes("@") ?? false;
}

/** Whether a URL contains a query or fragment, to which no path can be appended. */
export function hasQuery(url: string): boolean {
  return /[?#]/.test(url);
}

/** Hides credentials, queries and fragments of URLs, which may contain secrets. */
export function withoutSecrets(text: string): string {
  const end = text.lastIndexOf("@");
  const start = end < 0 ? null : /(?:[a-z][\w+.-]{0,30}:)?\/\/|[a-z][\w+.-]{0,30}:\/?/i.exec(text.slice(0, end));
  const hidden = start === null ? text : `${text.slice(0, start.index + start[0].length)}***${text.slice(end)}`;
  return hidden.includes("://") ? hidden.replace(/[?#][\s\S]+$/, (tail) => `${tail[0]}***`) : hidden;
}
