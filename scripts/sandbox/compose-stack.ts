import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { proxiedSockets } from "../../config/products/socket-proxy/socket-proxy.ts";
import { webGateway } from "../../config/products/web-gateway/product.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { demoCertificateVolume, demoLogVolume } from "../../config/white-room/demo.ts";
import { run } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import type { TreeFile } from "../render/compose.ts";
import { render } from "../render.ts";
import { bucketService, writeBucket } from "./bucket.ts";

export const root = resolve(import.meta.dirname, "../..");
const directory = join(root, ".pulumi-local", "sandbox");
const composeFile = join(directory, "compose.yaml");

/** Renders and starts the stack and waits until all services are healthy. Restarts only what changed. */
export async function composeUp(configFile: string, log: Log): Promise<void> {
  const before = await runningContainers();
  const changed = await step(log, "Rendering the stack", () =>
    render("sandbox", directory, { withSecrets: true, configFile }),
  );
  const bucket = writeBucket(toSettings(readStackFile("sandbox", configFile), { requireSecrets: false }));
  const up = (...more: readonly string[]) => compose(["up", "--detach", "--wait", "--quiet-pull", ...more], bucket);
  await step(log, "Starting and waiting until all services are healthy", async () => {
    // Thanos exits if it cannot read its bucket at startup.
    if (bucket !== undefined) await up(bucketService);
    await up("--remove-orphans");
  });
  const after = await runningContainers();
  const kept = changed.filter(({ reader }) => {
    const container = reader && before.get(reader.service);
    return container !== undefined && container === after.get(reader?.service ?? "");
  });
  await reload(kept, log);
}

/** Stops and removes the containers and the network, and with `removeData` also the volumes. */
export async function composeDown(removeData: boolean, log: Log): Promise<void> {
  if (!existsSync(composeFile)) {
    log("The sandbox is not running.");
    return;
  }
  await step(log, "Stopping and removing the containers", () =>
    compose(["down", "--remove-orphans", ...(removeData ? ["--volumes"] : [])]),
  );
  // Listed by name, to include volumes of services that only an earlier config had.
  const kept = (await run("docker", ["volume", "ls", "--quiet", "--filter", "name=^white-room-sandbox-"]))
    .split("\n")
    .filter(Boolean);
  const inMemory = [demoCertificateVolume, demoLogVolume, proxiedSockets].map(({ name }) => `-${name}`);
  const gone = kept.filter((volume) => removeData || inMemory.some((end) => volume.endsWith(end)));
  if (gone.length > 0) await run("docker", ["volume", "rm", ...gone]);
  const data = kept.filter((volume) => !gone.includes(volume));
  if (data.length > 0)
    log(
      `Kept the data for the next start:\n  ${data.join("\n  ")}\nRemove it with \`npm run sandbox -- down --volumes\`.`,
    );
}

/** Container ID by service. A recreated container has already read its current files. */
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

/** Applies changed files to running programs by HTTP reload or restart. Some programs watch their files instead. */
async function reload(changed: readonly TreeFile[], log: Log): Promise<void> {
  const readers = new Map(
    changed.flatMap(({ reader }) => (reader ? [[`${reader.service} ${reader.reload}`, reader]] : [])),
  );
  for (const { service, reload } of readers.values()) {
    if (reload === "restart") {
      await step(log, `Restarting ${service}, whose files changed`, () => compose(["restart", service]));
    } else if (reload.startsWith("http:")) {
      await step(log, `Reloading ${service}`, () => requestReload(service, reload));
    }
  }
  if ([...readers.values()].some(({ reload }) => reload === "restart")) {
    await step(log, "Waiting until all services are healthy again", () =>
      compose(["up", "--detach", "--wait", "--no-recreate"]),
    );
  }
}

/** `reload` is "http:<port in the container><path>". */
async function requestReload(service: string, reload: string): Promise<void> {
  const [, port = "", path = ""] = /^http:(\d+)(.*)$/.exec(reload) ?? [];
  const address = await reachableAddress(service, port);
  const response = await fetch(`http://${address}${path}`, { method: "POST" });
  if (!response.ok)
    throw new Error(`${service} rejected its new files and keeps using the old ones:\n${await response.text()}`);
}

/** Address of a port: its published port, if the program or the web gateway publishes it, else the address of the container. */
async function reachableAddress(service: string, port: string): Promise<string> {
  const config = await compose(["config", "--format", "json"]);
  const { services } = JSON.parse(config) as {
    services: Record<string, { container_name: string; ports?: { target: number }[] }>;
  };
  const publisher = [service, webGateway.workload].find((name) =>
    services[name]?.ports?.some(({ target }) => String(target) === port),
  );
  if (publisher !== undefined) return (await compose(["port", publisher, port])).trim();
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const name = services[service]?.container_name ?? service;
  return `${(await run("docker", ["inspect", "--format", format, name])).trim()}:${port}`;
}

function compose(args: readonly string[], ...more: readonly (string | undefined)[]): Promise<string> {
  const files = [composeFile, ...more].flatMap((file) => (file === undefined ? [] : ["--file", file]));
  return run("docker", ["compose", ...files, ...args]);
}
