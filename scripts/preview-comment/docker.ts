import { changes, describe } from "./differences.ts";
import type { Effects } from "./effects.ts";
import { code, line, listed, plain } from "./markdown.ts";
import { changedPaths, compareText, isMap, mapIn, mapsIn, type Rendered, type Yaml } from "./rendered.ts";

/** Service keys that the Docker provider updates on the running container. Others replace it. */
const updatedInPlace = ["mem_limit", "memswap_limit", "restart"];

/**
 * Folders whose files are reloaded at run time. Other files are read only at startup, so changing them replaces the
 * container. A rendered stack lacks this information; test/unit/preview-comment.test.ts compares the list with the program.
 */
const reloadedFolders = [
  "alertmanager",
  "blackbox",
  "alloy",
  "grafana/dashboards",
  "journeys",
  "loki/limits",
  "loki/rules",
  "prometheus",
  "promtail",
  "secrets/alertmanager/secrets",
  "secrets/blackbox/secrets",
  "secrets/grafana/admin",
  "secrets/journeys/secrets",
  "secrets/prometheus/secrets",
  "viewer/dashboards",
];

/** Files that are reloaded at run time although the other files in their folder are read only at startup. */
const reloadedFiles = ["jaeger/sampling.json"];

/** Whether changing a rendered file replaces the container that reads it. */
export function replacesReader(path: string, folders: readonly string[]): boolean {
  return !reloadedFiles.includes(path) && !reloadedFolders.includes(folderOf(path, folders) ?? "");
}

/** Effects of a change on a stack on Docker. */
export function dockerRestarts(before: Rendered, after: Rendered): Effects {
  const [old, now] = [mapIn(before.get("compose.yaml")), mapIn(after.get("compose.yaml"))];
  const [oldServices, services] = [entries(old["services"]), entries(now["services"])];
  const files = changedPaths(before, after).filter((path) => path !== "compose.yaml");
  const reloads = new Set<string>();
  const programs = [...new Set([...oldServices.keys(), ...services.keys()])].sort(compareText).flatMap((name) => {
    const [was, is] = [oldServices.get(name), services.get(name)];
    if (was === undefined) return [`${plain(name)}: container added`];
    if (is === undefined) return [`${plain(name)}: container removed`];
    const { read, folders } = filesReadBy(is, files);
    const readAtStartup = read.filter((path) => replacesReader(path, folders));
    const replaced = serviceLine(name, was, is, readAtStartup);
    if (read.length > 0 && !replaced?.startsWith(`${plain(name)}: container replaced`)) reloads.add(name);
    return replaced === undefined ? [] : [replaced];
  });
  return {
    data: volumeLines(entries(old["volumes"]), entries(now["volumes"])),
    programs: [...networkLines(old, now), ...programs],
    reloads: [...reloads].sort(compareText),
  };
}

function serviceLine(name: string, before: Yaml, after: Yaml, readAtStartup: readonly string[]): string | undefined {
  const differing = changes(before, after);
  const inPlace = differing.every(({ path }) => updatedInPlace.includes(path));
  // Memory and swap are one setting.
  const reasons = differing.filter(({ path }) => path !== "memswap_limit").map(describe);
  if (differing.length > 0 && inPlace && readAtStartup.length === 0) {
    return line(`${plain(name)}: container updated without a restart`, reasons);
  }
  if (readAtStartup.length > 0) reasons.push(`reads ${listed(firstThree(readAtStartup))} only at startup`);
  return reasons.length > 0 ? line(`${plain(name)}: container replaced`, reasons) : undefined;
}

function firstThree(paths: readonly string[]): string[] {
  const shown = paths.slice(0, 3).map(code);
  return paths.length > shown.length ? [...shown, `${paths.length - shown.length} more`] : shown;
}

/** The folders that a service mounts, and the changed files in them. */
function filesReadBy(service: Yaml, files: readonly string[]): { read: string[]; folders: string[] } {
  const folders = mountedFolders(service);
  return { read: files.filter((path) => folderOf(path, folders) !== undefined), folders };
}

/** Folders of the rendered stack that a Compose service mounts. */
export function mountedFolders(service: Yaml): string[] {
  return mapsIn(service["volumes"])
    .map(({ source }) => String(source))
    .filter((source) => source.startsWith("./"))
    .map((source) => source.slice(2));
}

/** The innermost folder that contains a file. */
function folderOf(path: string, folders: readonly string[]): string | undefined {
  return folders
    .filter((folder) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)
    .at(0);
}

function volumeLines(before: ReadonlyMap<string, Yaml>, after: ReadonlyMap<string, Yaml>): string[] {
  const removed = [...before].filter(([name]) => !after.has(name));
  const differing = [...before].filter(([name, was]) => after.has(name) && changes(was, after.get(name)).length > 0);
  return [
    ...removed.map(([name, was]) =>
      isInMemory(was)
        ? `In-memory volume ${code(name)} is removed`
        : // The program sets retainOnDelete on all other volumes.
          `**Volume ${code(name)} is no longer part of the stack; its data stays on the host until you remove it**`,
    ),
    ...differing.map(([name, was]) => {
      const what = changes(was, after.get(name)).map(describe).join(", ");
      return isInMemory(was)
        ? `In-memory volume ${code(name)} is replaced: ${what}`
        : `**Volume ${code(name)} is replaced: ${what}**`;
    }),
  ];
}

function isInMemory({ driver_opts: options }: Yaml): boolean {
  return isMap(options) && options["type"] === "tmpfs";
}

function networkLines(before: Yaml, after: Yaml): string[] {
  const same = changes(before["networks"], after["networks"]).length === 0;
  return same ? [] : ["The network and all containers are replaced"];
}

function entries(value: unknown): Map<string, Yaml> {
  return new Map(Object.entries(isMap(value) ? value : {}).filter((entry): entry is [string, Yaml] => isMap(entry[1])));
}
