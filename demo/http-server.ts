import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** The request body exceeds the limit. */
export class BodyTooLarge extends Error {}

/** Starts an HTTP server; port 0 uses any free port. */
export async function listen(handler: Handler, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      try {
        await handler(request, response);
      } catch (error) {
        fail(response, error as Error);
      }
    })();
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return server;
}

function fail(response: ServerResponse, error: Error): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = error instanceof BodyTooLarge ? 413 : 500;
  sendJson(response, status, { error: error.message });
}

/** The port a server listens on. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Closes a server and all its connections. */
export async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Reads the request body as text. Throws `BodyTooLarge` above `limit` bytes. */
export async function readBody(request: IncomingMessage, limit = 1_048_576): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new BodyTooLarge(`the body is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, "application/json; charset=utf-8", `${JSON.stringify(body)}\n`);
}

export function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** Sends an HTML page with a CSP that forbids external resources and framing. */
export function sendPage(response: ServerResponse, html: string): void {
  response.setHeader(
    "content-security-policy",
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'; frame-ancestors 'none'",
  );
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("cache-control", "no-store");
  send(response, 200, "text/html; charset=utf-8", html);
}

/** Whether a page of another site sent the request. Such requests must not change anything. */
export function fromAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "cross-site" || site === "same-site";
  // Browsers omit the header above on plain HTTP, except on localhost.
  const { origin, host } = headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}

/**
 * Whether the Host header names this server. Protects against DNS rebinding, where the host name of another site resolves to
 * this server. IP addresses and names without a dot are accepted, because an attacker cannot rebind them.
 */
export function isKnownHost({ headers }: IncomingMessage, publicHosts: readonly string[]): boolean {
  const { host = "" } = headers;
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return !hostname.includes(".") || isIP(hostname) !== 0 || hostname.startsWith("[") || publicHosts.includes(hostname);
}

/** Host names of the links on a page, which include the URL of the page itself. */
export function hostsOf(links: readonly { readonly url: string }[]): string[] {
  return links.filter(({ url }) => URL.canParse(url)).map(({ url }) => new URL(url).hostname);
}

/** Rejects a request whose Host header names another server. */
export function sendUnknownHost(response: ServerResponse): void {
  sendJson(response, 421, { error: "unknown host: set network.publicHost to the host name in the URL of this page" });
}

/** The request URL, with a placeholder host. */
export function addressOf(request: IncomingMessage): URL {
  return new URL(request.url ?? "/", "http://demo");
}
