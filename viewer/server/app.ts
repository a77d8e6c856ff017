import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isOwnHost, type Source, splitProxyUrl } from "./allowed.ts";
import { sendAsset } from "./assets.ts";
import type { Changes } from "./changes.ts";
import { listDashboards, readDashboard } from "./dashboards.ts";
import { proxy } from "./proxy.ts";
import { securityHeaders, sendJson, sendText } from "./send.ts";

export interface AppOptions {
  /** Folder of the rendered dashboards. */
  readonly dashboards: string;
  /** Folder of the built page. */
  readonly assets: string;
  /** URLs of the stack's data sources. */
  readonly targets: Partial<Record<Source, string>>;
  /** Default scrape interval of Prometheus, such as "15s". */
  readonly scrapeInterval: string;
  /** Host name that the page is served on, in addition to localhost. */
  readonly publicHost?: string | undefined;
  /** Notifies open pages of changed dashboards; used by `npm run dashboards -- serve`. */
  readonly changes?: Changes;
}

/** Creates the viewer's server: the page, the rendered dashboards and a read-only proxy. */
export function createApp(options: AppOptions): Server {
  return createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    answer(options, request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else sendText(response, 500, error.message);
    });
  });
}

async function answer(options: AppOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isOwnHost(request.headers.host, options.publicHost)) {
    return sendText(response, 421, "Unknown host: set network.publicHost to the host name in the URL of this page");
  }
  const url = request.url ?? "/";
  const proxied = splitProxyUrl(url);
  if (proxied !== undefined) return proxy({ ...proxied, target: options.targets[proxied.source] }, request, response);
  if (request.method !== "GET" && request.method !== "HEAD") return sendText(response, 405, "Method not allowed");

  const path = url.replace(/[?#].*$/s, "");
  if (path === "/healthz") return sendText(response, 200, "ok");
  if (path === "/api/dashboards") {
    return sendJson(response, 200, {
      ...(await listDashboards(options.dashboards)),
      sources: Object.keys(options.targets),
      scrapeInterval: options.scrapeInterval,
      reloads: options.changes !== undefined,
    });
  }
  if (path === "/api/changes" && options.changes) return options.changes.subscribe(response);
  const uid = /^\/api\/dashboards\/([\w-]{1,100})$/.exec(path)?.[1];
  if (uid !== undefined) {
    const text = await readDashboard(options.dashboards, uid);
    if (text === undefined) return sendText(response, 404, `Dashboard ${uid} not found`);
    return sendJson(response, 200, JSON.parse(text));
  }
  if (path === "/" || /^\/d\/[\w-]+(\/[\w-]*)?$/.test(path)) {
    return sendAsset(options.assets, "/index.html", request, response);
  }
  if (path.startsWith("/assets/") || path.startsWith("/public/")) {
    return sendAsset(options.assets, path, request, response);
  }
  return sendText(response, 404, "Not found");
}
