import { arrow, changes, describe } from "./differences.ts";
import { code, count, line, listed, plain } from "./markdown.ts";
import { paired } from "./pairs.ts";
import { mapIn, mapsIn, type Rendered, type Yaml } from "./rendered.ts";

export const routingFile = "alertmanager/alertmanager.yml";
const templateFolder = "alertmanager/templates/";

/** Whether a file is Alertmanager's config or one of its templates. */
export function isRoutingFile(path: string): boolean {
  return path === routingFile || path.startsWith(templateFolder);
}

/** Changes of routes, receivers, inhibition rules and templates, one line each. */
export function routingLines(before: Rendered, after: Rendered): string[] {
  const [old, now] = [mapIn(before.get(routingFile)), mapIn(after.get(routingFile))];
  const { route: oldRoute, receivers: oldReceivers, inhibit_rules: oldInhibition, templates: _, ...oldRest } = old;
  const { route, receivers, inhibit_rules: inhibition, templates: __, ...rest } = now;
  return [
    ...routeLines(asRoute(oldRoute), asRoute(route), []),
    ...receiverLines(mapsIn(oldReceivers), mapsIn(receivers)),
    ...inhibitionLines(mapsIn(oldInhibition), mapsIn(inhibition)),
    ...changes(oldRest, rest).map(describe),
    ...templateLines(before, after),
  ];
}

function asRoute(value: unknown): Yaml {
  return mapsIn([value])[0] ?? {};
}

function routeLines(before: Yaml, after: Yaml, trail: readonly string[]): string[] {
  const { routes: oldRoutes, ...old } = before;
  const { routes, ...now } = after;
  const own = changes(old, now).map(routeChange);
  const { changed, added, removed } = paired(mapsIn(oldRoutes), mapsIn(routes), [
    (route) => JSON.stringify([route["matchers"], route["receiver"]]),
    (route) => JSON.stringify([route["receiver"], route["continue"], mapsIn(route["routes"]).length]),
    (route) => JSON.stringify(route["matchers"]),
  ]);
  return [
    ...(own.length > 0 ? [line(routeName(trail), own)] : []),
    ...changed.flatMap(([was, is]) => routeLines(was, is, [...trail, step(was)])),
    ...added.map((route) => `${routeName([...trail, step(route)])}: added${childCount(route)}`),
    ...removed.map((route) => `${routeName([...trail, step(route)])}: removed${childCount(route)}`),
  ];
}

function routeChange({ path, before, after }: { path: string; before: unknown; after: unknown }): string {
  if (Array.isArray(before) || Array.isArray(after)) return describe({ path, before, after });
  return `${code(path)} ${arrow(before ?? "inherited", after ?? "inherited")}`;
}

function routeName(trail: readonly string[]): string {
  return trail.length === 0 ? "Default route" : `Route ${code(trail.join(" › "))}`;
}

/** One level of a route's path: its matchers and, on a leaf, its receiver. */
function step(route: Yaml): string {
  const matchers = Array.isArray(route["matchers"]) ? route["matchers"].join(", ") : "";
  const receiver = mapsIn(route["routes"]).length === 0 || matchers === "" ? String(route["receiver"] ?? "") : "";
  return [matchers, receiver].filter((text) => text !== "").join(" → ");
}

function childCount(route: Yaml): string {
  const routes = mapsIn(route["routes"]).length;
  return routes === 0 ? "" : ` (with ${count(routes, "child route")})`;
}

function receiverLines(before: readonly Yaml[], after: readonly Yaml[]): string[] {
  const { changed, added, removed } = paired(before, after, [({ name }) => String(name)]);
  const named = ({ name }: Yaml) => `Receiver ${plain(String(name))}`;
  return [
    ...changed.map(([was, is]) => line(named(is), changes(was, is).map(describe))),
    ...added.map((receiver) => `${named(receiver)}: added${integrations(receiver)}`),
    ...removed.map((receiver) => `${named(receiver)}: removed${integrations(receiver)}`),
  ];
}

function integrations(receiver: Yaml): string {
  const kinds = Object.keys(receiver).filter((key) => key.endsWith("_configs"));
  return kinds.length === 0 ? "" : ` (${listed(kinds.map(code))})`;
}

function inhibitionLines(before: readonly Yaml[], after: readonly Yaml[]): string[] {
  const { changed, added, removed } = paired(before, after, [
    (rule) => JSON.stringify(rule["source_matchers"]),
    (rule) => JSON.stringify(rule["target_matchers"]),
  ]);
  const named = (rule: Yaml) => `Inhibition of ${matchersOf(rule, "target")} by ${matchersOf(rule, "source")}`;
  return [
    ...changed.map(([was, is]) => line(named(was), changes(was, is).map(describe))),
    ...added.map((rule) => `${named(rule)}: added`),
    ...removed.map((rule) => `${named(rule)}: removed`),
  ];
}

function matchersOf(rule: Yaml, side: "source" | "target"): string {
  const matchers = rule[`${side}_matchers`];
  return code(Array.isArray(matchers) ? matchers.join(", ") : "everything");
}

function templateLines(before: Rendered, after: Rendered): string[] {
  const paths = [...new Set([...after.keys(), ...before.keys()])].filter((path) => path.startsWith(templateFolder));
  return paths.flatMap((path) => {
    if (before.get(path) === after.get(path)) return [];
    const what = before.has(path) ? (after.has(path) ? "changed" : "removed") : "added";
    return [`Template ${code(path.slice(templateFolder.length))}: ${what}`];
  });
}
