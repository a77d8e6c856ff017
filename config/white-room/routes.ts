/** A route of a demo service, with the label values of its HTTP metrics. */
export interface Route {
  readonly method: "GET" | "POST" | "other";
  readonly route: string;
  readonly codes: readonly string[];
}

/** Routes of the juce-backend API, in matching order. */
export const juceBackendRoutes = [
  { method: "GET", route: "/", codes: ["200"] },
  { method: "GET", route: "/health", codes: ["200"] },
  { method: "GET", route: "/api/songs", codes: ["200", "500", "503"] },
  { method: "GET", route: "/api/songs/:id", codes: ["200", "404", "500", "503"] },
  { method: "POST", route: "/api/songs", codes: ["201", "400", "409", "500", "503"] },
  { method: "GET", route: "/api/performances", codes: ["200", "500", "503"] },
  { method: "POST", route: "/api/performances/switch", codes: ["200", "400", "500", "503"] },
  { method: "GET", route: "/api/profile", codes: ["200", "401", "500", "503"] },
  { method: "POST", route: "/login", codes: ["200", "400", "401", "500", "503"] },
] as const satisfies readonly Route[];

/** Routes of the swift-frontend API, used by phones. */
export const swiftFrontendRoutes = [
  { method: "POST", route: "/v1/events", codes: ["202", "400"] },
  { method: "GET", route: "/v1/config", codes: ["200", "304"] },
] as const satisfies readonly Route[];

/** Route label of unmatched requests, to keep the cardinality bounded. */
export const unmatchedRoute = { method: "other", route: "unmatched", codes: ["404"] } as const satisfies Route;

/** The route of a request; `:id` matches one path segment. */
export function matchRoute<R extends Route>(routes: readonly R[], method: string, path: string): R | undefined {
  return routes.find((candidate) => candidate.method === method && routePattern(candidate.route).test(path));
}

/** Converts a route template to a regular expression. */
export function routePattern(route: string): RegExp {
  return new RegExp(`^${route.replaceAll(/:\w+/g, "[^/]+")}$`);
}
