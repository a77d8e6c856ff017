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
  /** Addresses of the data sources; one that the stack does not have is left out. */
  readonly targets: Partial<Record<Source, string>>;
  /** Default scrape interval of Prometheus, such as "15s". */
  readonly scrapeInterval: string;
  /** Host name of the page's address beside localhost. */
  readonly publicHost?: string | undefined;
  /** Tells open pages to reload; `npm run dashboards -- serve` has it. */
  readonly changes?: Changes;
}

/** The viewer's server: the page, the dashboards as they were rendered, and a proxy that only reads. */
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
    return sendText(response, 421, "Unknown host: set network.publicHost to the name this page is opened by");
  }
  const url = request.url ?? "/";
  const asked = splitProxyUrl(url);
  if (asked !== undefined) return proxy({ ...asked, target: options.targets[asked.source] }, request, response);
  if (request.method !== "GET" && request.method !== "HEAD") return sendText(response, 405, "Only GET and HEAD");

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
  if (path === "/api/changes" && options.changes) return options.changes.follow(response);
  const uid = /^\/api\/dashboards\/([\w-]{1,100})$/.exec(path)?.[1];
  if (uid !== undefined) {
    const text = await readDashboard(options.dashboards, uid);
    if (text === undefined) return sendText(response, 404, `There is no dashboard ${uid}`);
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
