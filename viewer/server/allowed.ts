/** Data sources of the viewer. */
export type Source = "prometheus" | "loki" | "alertmanager";

export const sources: readonly Source[] = ["prometheus", "loki", "alertmanager"];

interface Route {
  readonly methods: readonly string[];
  readonly path: RegExp;
}

const read = ["GET", "POST"];
/** A label name. Cannot contain path separators. */
const label = "[a-zA-Z_][a-zA-Z0-9_]{0,199}";

/** Read paths that dashboards need. All others, such as admin, delete and push, are rejected. */
const routes: Readonly<Record<Source, readonly Route[]>> = {
  prometheus: [
    { methods: read, path: /^\/api\/v1\/(query|query_range|series|labels)$/ },
    { methods: ["GET"], path: new RegExp(`^/api/v1/label/${label}/values$`) },
  ],
  loki: [
    { methods: read, path: /^\/loki\/api\/v1\/(query|query_range|series|labels)$/ },
    { methods: ["GET"], path: new RegExp(`^/loki/api/v1/label/${label}/values$`) },
  ],
  alertmanager: [{ methods: ["GET"], path: /^\/api\/v2\/(alerts|silences)$/ }],
};

/** Whether the proxy forwards a request. `path` is the raw path without the query; encoded slashes are not decoded. */
export function isAllowed(source: Source, method: string, path: string): boolean {
  return routes[source].some((route) => route.methods.includes(method) && route.path.test(path));
}

/** Splits "/api/loki/loki/api/v1/query?query=x" into the source, its path and its query. */
export function splitProxyUrl(url: string): { source: Source; path: string; query: string } | undefined {
  const [path = "", ...rest] = url.split("?");
  const source = sources.find((name) => path.startsWith(`/api/${name}/`));
  if (source === undefined) return undefined;
  return { source, path: path.slice(`/api/${source}`.length), query: rest.length === 0 ? "" : `?${rest.join("?")}` };
}

/**
 * Whether the Host header is localhost or the configured host. Protects against DNS rebinding, where the host name of
 * another site resolves to this server.
 */
export function isOwnHost(header: string | undefined, publicHost: string | undefined): boolean {
  if (header === undefined) return false;
  const host = header.toLowerCase().replace(/:\d{1,5}$/, "");
  return ["localhost", "127.0.0.1", "[::1]", publicHost?.toLowerCase()].includes(host);
}
