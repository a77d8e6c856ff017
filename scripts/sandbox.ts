import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { toSettings } from "../config/settings.ts";
import { readStackFile } from "../config/stack-file.ts";
import type { TreeFile } from "./render/compose.ts";
import { render } from "./render.ts";
import { ensureDockerEngine } from "./sandbox/docker-engine.ts";
import { buildSandboxImages } from "./sandbox/images.ts";
import { run, step } from "./sandbox/run-command.ts";

const root = resolve(import.meta.dirname, "..");
const directory = join(root, ".pulumi-local", "sandbox");
const composeFile = join(directory, "compose.yaml");

const help = `npm run sandbox -- up|down|images|test [options]

The dev stack without a Pulumi engine and without an image registry: rendered, and run by Docker Compose on stand-in
images that hold the real programs. No Grafana, and Promtail in Alloy's place.

  up      builds what images are missing, renders, starts, waits until every service is healthy; run again it takes
          over what has changed in the config, as softly as each program can
  down    stops and removes the containers and the network; the data stays, unless --volumes
  images  builds the images (the first time takes a while; later it is a matter of seconds)
  test    the end-to-end tests

  --config-file FILE  read this file instead of Pulumi.sandbox.yaml
  --volumes           with down: remove the data, too
`;

const log = (line: string) => process.stdout.write(`${line}\n`);

async function up(configFile: string | undefined): Promise<void> {
  const config = configFile ?? join(root, "Pulumi.sandbox.yaml");
  const settings = toSettings(readStackFile("sandbox", config), { requireSecrets: false });
  await ensureDockerEngine(log);
  await buildSandboxImages({ log });
  const before = await runningContainers();
  const changed = await step(log, "rendering the stack", () =>
    render("sandbox", directory, { withSecrets: true, configFile }),
  );
  await step(log, "starting, until every service is healthy", () =>
    compose(["up", "--detach", "--wait", "--remove-orphans", "--quiet-pull"]),
  );
  const after = await runningContainers();
  const kept = changed.filter(({ reader }) => {
    const container = reader && before.get(reader.service);
    return container !== undefined && container === after.get(reader?.service ?? "");
  });
  await takeOver(kept, settings.network.bindAddress);
  log(`\nPrometheus     http://localhost:${settings.metrics.port}`);
  if (settings.alerting.enabled) log(`Alertmanager   http://localhost:${settings.alerting.port}`);
  if (settings.demo.enabled) {
    log(`Demo           http://localhost:${settings.demo.port}`);
    log(`Notifications  http://localhost:${settings.demo.notificationsPort}/notifications`);
  }
  log("\nCheck it with `npm run verify -- --stack sandbox`, stop it with `npm run sandbox -- down`.");
}

/** Id of each service's container: one that is new has read its files as they are now. */
async function runningContainers(): Promise<Map<string, string>> {
  const rows = await run("docker", [
    "ps",
    "--filter",
    "name=^white-room-sandbox-",
    "--format",
    '{{.Label "white-room.workload"}} {{.ID}}',
  ]);
  return new Map(
    rows
      .split("\n")
      .filter(Boolean)
      .map((row) => row.split(" ") as [string, string]),
  );
}

/** Has running programs read what changed: told over HTTP, restarted, or left to notice by themselves. */
async function takeOver(changed: readonly TreeFile[], address: string): Promise<void> {
  const readers = new Map(
    changed.flatMap(({ reader }) => (reader ? [[`${reader.service} ${reader.reload}`, reader]] : [])),
  );
  for (const { service, reload } of readers.values()) {
    if (reload === "restart") {
      await step(log, `restarting ${service}, whose files changed`, () => compose(["restart", service]));
    } else if (reload.startsWith("http:")) {
      await step(log, `telling ${service} to reload`, () => tell(service, reload, address));
    }
  }
  if ([...readers.values()].some(({ reload }) => reload === "restart")) {
    await step(log, "waiting until every service is healthy again", () =>
      compose(["up", "--detach", "--wait", "--no-recreate"]),
    );
  }
}

/** `reload` is "http:<port in the container><path>". */
async function tell(service: string, reload: string, address: string): Promise<void> {
  const [, port = "", path = ""] = /^http:(\d+)(.*)$/.exec(reload) ?? [];
  const published = (await compose(["port", service, port])).trim().split(":").at(-1);
  const answer = await fetch(`http://${address}:${published}${path}`, { method: "POST" });
  if (!answer.ok)
    throw new Error(`${service} refused its new files and goes on with the old ones. It says:\n${await answer.text()}`);
}

async function down(removeData: boolean): Promise<void> {
  if (!existsSync(composeFile)) {
    log("There is no sandbox: nothing to stop.");
    return;
  }
  await step(log, "stopping and removing the containers", () =>
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
      `The data is kept, for the next start:\n  ${data.join("\n  ")}\nRemove it with \`npm run sandbox -- down --volumes\`.`,
    );
}

function compose(words: readonly string[]): Promise<string> {
  return run("docker", ["compose", "--file", composeFile, ...words]);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "config-file": { type: "string" },
      volumes: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (rest.length === 0) {
    switch (command) {
      case "up":
        await up(values["config-file"]);
        return 0;
      case "down":
        await down(values.volumes);
        return 0;
      case "images":
        await ensureDockerEngine(log);
        await buildSandboxImages({ log });
        return 0;
      case "test":
        return (await import("./sandbox/test.ts")).runSandboxTests();
    }
  }
  process.stderr.write(help);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
