import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Settings } from "../../config/settings/schema.ts";
import { type Log, run, step } from "../lib/run-command.ts";
import type { TreeFile } from "../render/compose.ts";
import { render } from "../render.ts";

export const root = resolve(import.meta.dirname, "../..");
const directory = join(root, ".pulumi-local", "sandbox");
const composeFile = join(directory, "compose.yaml");

/** Renders the stack of this config, starts it and waits until every service is healthy. Only what changed restarts. */
export async function composeUp(configFile: string, settings: Settings, log: Log): Promise<void> {
  const before = await runningContainers();
  const changed = await step(log, "Rendering the stack", () =>
    render("sandbox", directory, { withSecrets: true, configFile }),
  );
  await step(log, "Starting, until every service is healthy", () =>
    compose(["up", "--detach", "--wait", "--remove-orphans", "--quiet-pull"]),
  );
  const after = await runningContainers();
  const kept = changed.filter(({ reader }) => {
    const container = reader && before.get(reader.service);
    return container !== undefined && container === after.get(reader?.service ?? "");
  });
  await reload(kept, settings.network.bindAddress, log);
}

/** Stops and removes the containers and the network; with `removeData` the volumes, too. */
export async function composeDown(removeData: boolean, log: Log): Promise<void> {
  if (!existsSync(composeFile)) {
    log("There is no sandbox: nothing to stop.");
    return;
  }
  await step(log, "Stopping and removing the containers", () =>
    compose(["down", "--remove-orphans", ...(removeData ? ["--volumes"] : [])]),
  );
  const kept = (await run("docker", ["volume", "ls", "--quiet", "--filter", "name=^white-room-sandbox-"]))
    .split("\n")
    .filter(Boolean);
  // Also those of a service that an earlier config had.
  const gone = kept.filter((volume) => removeData || volume.endsWith("-demo-logs"));
  if (gone.length > 0) await run("docker", ["volume", "rm", ...gone]);
  const data = kept.filter((volume) => !gone.includes(volume));
  if (data.length > 0)
    log(
      `The data is kept for the next start:\n  ${data.join("\n  ")}\nRemove it with \`npm run sandbox -- down --volumes\`.`,
    );
}

/** Id of each service's container: a new one has read its files as they are now. */
async function runningContainers(): Promise<Map<string, string>> {
  const format = '{{.Label "white-room.workload"}} {{.ID}}';
  const rows = await run("docker", ["ps", "--filter", "name=^white-room-sandbox-", "--format", format]);
  return new Map(
    rows
      .split("\n")
      .filter(Boolean)
      .map((row) => row.split(" ") as [string, string]),
  );
}

/** Makes running programs read their changed files: reloaded over HTTP, restarted, or left to notice by themselves. */
async function reload(changed: readonly TreeFile[], address: string, log: Log): Promise<void> {
  const readers = new Map(
    changed.flatMap(({ reader }) => (reader ? [[`${reader.service} ${reader.reload}`, reader]] : [])),
  );
  for (const { service, reload } of readers.values()) {
    if (reload === "restart") {
      await step(log, `Restarting ${service}, whose files changed`, () => compose(["restart", service]));
    } else if (reload.startsWith("http:")) {
      await step(log, `Reloading ${service}`, () => requestReload(service, reload, address));
    }
  }
  if ([...readers.values()].some(({ reload }) => reload === "restart")) {
    await step(log, "Waiting until every service is healthy again", () =>
      compose(["up", "--detach", "--wait", "--no-recreate"]),
    );
  }
}

/** `reload` is "http:<port in the container><path>". */
async function requestReload(service: string, reload: string, address: string): Promise<void> {
  const [, port = "", path = ""] = /^http:(\d+)(.*)$/.exec(reload) ?? [];
  const published = (await compose(["port", service, port])).trim().split(":").at(-1);
  const answer = await fetch(`http://${address}:${published}${path}`, { method: "POST" });
  if (!answer.ok)
    throw new Error(`${service} rejected its new files and keeps running with the old ones:\n${await answer.text()}`);
}

function compose(words: readonly string[]): Promise<string> {
  return run("docker", ["compose", "--file", composeFile, ...words]);
}
