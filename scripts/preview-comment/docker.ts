import { changes, describe } from "./differences.ts";
import type { Effects } from "./effects.ts";
import { code, line, listed, plain } from "./markdown.ts";
import { changedPaths, compareText, isMap, mapIn, mapsIn, type Rendered, type Yaml } from "./rendered.ts";

/** Keys of a service that the Docker provider updates on the running container; any other replaces it. */
const updatedInPlace = ["mem_limit", "memswap_limit", "restart"];

/**
 * Folders whose files are read again while the program runs, or at every use. All others are read only at the start, so
 * that their reader is replaced. A rendered stack does not say which is which; test/unit/preview-comment.test.ts compares
 * this list with the program.
 */
const takenWhileRunning = [
  "alertmanager",
  "alloy",
  "grafana/dashboards",
  "loki/rules",
  "prometheus",
  "promtail",
  "secrets/alertmanager/secrets",
  "secrets/grafana/admin",
];

/** Whether a change of a rendered file replaces the container that reads it. */
export function replacesReader(path: string, folders: readonly string[]): boolean {
  return !takenWhileRunning.includes(folderOf(path, folders) ?? "");
}

/** What a change does to a stack on Docker. */
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
    const atStart = read.filter((path) => replacesReader(path, folders));
    const replaced = serviceLine(name, was, is, atStart);
    if (read.length > 0 && !replaced?.startsWith(`${plain(name)}: container replaced`)) reloads.add(name);
    return replaced === undefined ? [] : [replaced];
  });
  return {
    data: volumeLines(entries(old["volumes"]), entries(now["volumes"])),
    programs: [...networkLines(old, now), ...programs],
    reloads: [...reloads].sort(compareText),
  };
}

function serviceLine(name: string, before: Yaml, after: Yaml, atStart: readonly string[]): string | undefined {
  const differing = changes(before, after);
  const inPlace = differing.every(({ path }) => updatedInPlace.includes(path));
  // Memory and swap are one setting.
  const told = differing.filter(({ path }) => path !== "memswap_limit").map(describe);
  if (differing.length > 0 && inPlace && atStart.length === 0) {
    return line(`${plain(name)}: container updated without a restart`, told);
  }
  const read = atStart.length > 0 ? [`reads ${listed(some(atStart))} only at its start`] : [];
  return told.length + read.length > 0 ? line(`${plain(name)}: container replaced`, [...told, ...read]) : undefined;
}

function some(paths: readonly string[]): string[] {
  const shown = paths.slice(0, 3).map(code);
  return paths.length > shown.length ? [...shown, `${paths.length - shown.length} more`] : shown;
}

/** The changed files that a service mounts, and the folders that it mounts them from. */
function filesReadBy(service: Yaml, files: readonly string[]): { read: string[]; folders: string[] } {
  const folders = mountedFolders(service);
  return { read: files.filter((path) => folderOf(path, folders) !== undefined), folders };
}

/** The folders of the rendered stack that a service of its Compose file mounts. */
export function mountedFolders(service: Yaml): string[] {
  return mapsIn(service["volumes"])
    .map(({ source }) => String(source))
    .filter((source) => source.startsWith("./"))
    .map((source) => source.slice(2));
}

/** The innermost folder that holds a file. */
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
        ? `Volume ${code(name)} is removed; it is in memory and holds nothing to keep`
        : // The program sets retainOnDelete on every volume that is not in memory.
          `**Volume ${code(name)} is no longer part of the stack; its data stays on the host until you remove it**`,
    ),
    ...differing.map(([name, was]) => {
      const what = changes(was, after.get(name)).map(describe).join(", ");
      return isInMemory(was)
        ? `Volume ${code(name)} in memory is replaced: ${what}`
        : `**Volume ${code(name)} is replaced: ${what}**`;
    }),
  ];
}

function isInMemory({ driver_opts: options }: Yaml): boolean {
  return isMap(options) && options["type"] === "tmpfs";
}

function networkLines(before: Yaml, after: Yaml): string[] {
  const same = changes(before["networks"], after["networks"]).length === 0;
  return same ? [] : ["The network is replaced, and with it every container"];
}

function entries(value: unknown): Map<string, Yaml> {
  return new Map(Object.entries(isMap(value) ? value : {}).filter((entry): entry is [string, Yaml] => isMap(entry[1])));
}
