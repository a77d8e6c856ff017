import { isDeepStrictEqual } from "node:util";
import { changes, describe } from "./differences.ts";
import { code, line, listed, plain } from "./markdown.ts";
import { paired } from "./pairs.ts";
import { isMap, mapIn, mapsIn, type Rendered, type Yaml } from "./rendered.ts";

export function isDashboard(path: string): boolean {
  return /^(?:grafana|viewer)\/dashboards\/.+\.json$/.test(path);
}

/** Changes of dashboards, one line each. */
export function dashboardLines(before: Rendered, after: Rendered): string[] {
  const paths = [...new Set([...after.keys(), ...before.keys()])].filter(isDashboard);
  return paths.flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === now) return [];
    if (old === undefined) return [`${title(mapIn(now), path)}: added`];
    if (now === undefined) return [`${title(mapIn(old), path)}: removed`];
    const [was, is] = [mapIn(old), mapIn(now)];
    return [line(title(is, path), dashboardChanges(was, is))];
  });
}

function title(dashboard: Yaml, path: string): string {
  const found = dashboard["title"];
  return typeof found === "string" ? plain(found) : code(path);
}

function dashboardChanges(before: Yaml, after: Yaml): string[] {
  const { panels: _, templating: oldVariables, ...old } = before;
  const { panels: __, templating: variables, ...now } = after;
  const { changed, added, removed } = paired(panelsOf(before).map(content), panelsOf(after).map(content), [
    (panel) => JSON.stringify([panel["title"], panel["type"]]),
    (panel) => JSON.stringify(panel["targets"] ?? panel["title"]),
  ]);
  const words = [
    ...changed.map(([was, is]) => `${panelName(is)} changed (${partsOf(was, is)})`),
    ...added.map((panel) => `${panelName(panel)} added`),
    ...removed.map((panel) => `${panelName(panel)} removed`),
    ...variableWords(variablesOf(oldVariables), variablesOf(variables)),
    ...changes(old, now).map(describe),
  ];
  return words.length > 0 ? words : ["layout changed"];
}

function variablesOf(templating: unknown): Yaml[] {
  return isMap(templating) ? mapsIn(templating["list"]) : [];
}

function variableWords(before: readonly Yaml[], after: readonly Yaml[]): string[] {
  const { changed, added, removed } = paired(before, after, [({ name }) => String(name)]);
  const words = (variables: readonly Yaml[], what: string) =>
    variables.map(({ name }) => `variable ${plain(String(name))} ${what}`);
  return [
    ...words(
      changed.map(([, is]) => is),
      "changed",
    ),
    ...words(added, "added"),
    ...words(removed, "removed"),
  ];
}

/** All panels, including those inside rows. */
function panelsOf(dashboard: Yaml): Yaml[] {
  return mapsIn(dashboard["panels"]).flatMap((panel) => [panel, ...panelsOf(panel)]);
}

/** A panel without ID and position, which change when another is added, and a row without its panels. */
function content({ id: _, gridPos: __, panels: ___, ...panel }: Yaml): Yaml {
  return panel;
}

function panelName(panel: Yaml): string {
  return `${panel["type"] === "row" ? "row" : "panel"} ${code(String(panel["title"] || panel["type"]))}`;
}

/** Panel properties by their name in Grafana's editor. */
const parts: Readonly<Record<string, string>> = {
  targets: "queries",
  options: "options",
  transformations: "transformations",
  description: "description",
  title: "title",
  type: "visualization",
};

function partsOf(before: Yaml, after: Yaml): string {
  const differing = [...new Set([...Object.keys(after), ...Object.keys(before)])].filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
  return listed([...new Set(differing.flatMap((key) => wordsOf(key, before, after)))]);
}

function wordsOf(key: string, before: Yaml, after: Yaml): string[] {
  if (key !== "fieldConfig") return [parts[key] ?? plain(key)];
  const paths = changes(before[key], after[key]).map(({ path }) => path);
  const thresholds = paths.filter((path) => /\bthresholds\b/.test(path));
  return [
    ...(thresholds.length > 0 ? ["thresholds"] : []),
    ...(thresholds.length < paths.length ? ["field options"] : []),
  ];
}
