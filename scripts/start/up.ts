import { join } from "node:path";
import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { lastLines } from "../lib/run-command.ts";
import { duration, step } from "../lib/step.ts";
import { containerLog, sharesRoot, unhealthyContainers, waitHealthy } from "./docker-host.ts";
import type { DotEnv } from "./dotenv.ts";
import { foreground } from "./foreground.ts";
import { dockerHost, hostSettings } from "./host-settings.ts";
import { rememberStarted } from "./last-started.ts";
import { Pulumi } from "./pulumi.ts";
import { log } from "./report.ts";
import { root, type StackProject, writeCommand } from "./stack-project.ts";

const healthTimeout = 180_000;

/** More than the number of workloads, so that on few cores none waits for another to become healthy. */
const parallel = "32";

/** Configures and deploys the stack, waits until it is healthy, verifies it and prints a summary. */
export async function up(
  cli: string,
  project: StackProject,
  settings: Settings,
  dotEnv: DotEnv,
  yes: boolean,
): Promise<number> {
  const begun = performance.now();
  const { usesDockerEngine } = traitsOf(settings);
  const pulumi = new Pulumi(cli, project);
  writeCommand(project, cli);
  rememberStarted(`stack ${project.stack}`);
  await step(log, `Selecting stack ${project.stack}`, () => pulumi.select());
  const imported = await pulumi.configure(dotEnv.values);
  if (imported.length > 0) log(`Imported from .env: ${imported.join(", ")}`);

  await useHostSettings(pulumi, settings);
  await useSharedMounts(pulumi, settings);

  // Ask for confirmation, with a preview, for any stack other than dev, if there is a terminal.
  const ask = project.stack !== "dev" && !yes && process.stdin.isTTY && process.stdout.isTTY;
  const code = await pulumi.watch(["up", "--parallel", parallel, ...(ask ? [] : ["--yes", "--skip-preview"])]);
  if (code !== 0) {
    const { command } = project;
    log(`\npulumi up failed (exit code ${code}); see its output above. Fix the cause and run ./start.sh again.`);
    if (usesDockerEngine) await printLogs(project.stack);
    log(`To remove a stale lock: ${command} cancel --stack ${project.stack}`);
    return 1;
  }
  if (usesDockerEngine && !(await allHealthy(project))) return 1;

  log("\nVerifying …");
  const words = [join(root, "scripts", "verify.ts"), "--stack", project.stack, "--wait", "5m"];
  const verified = await foreground(process.execPath, words, {
    cwd: root,
    env: pulumi.environment,
  });
  await printSummary(pulumi);
  log(
    `\n${verified === 0 ? "Up" : "Started, but some checks failed (see above)"} after ${duration(performance.now() - begun)}.`,
  );
  return verified === 0 ? 0 : 1;
}

/** Sets the host-dependent settings for this checkout, except those that the stack file sets. */
async function useHostSettings(pulumi: Pulumi, settings: Settings): Promise<void> {
  if (!traitsOf(settings).usesDockerEngine || !pulumi.project.own) return;
  const host = await dockerHost();
  const found = host === undefined ? new Map<string, string>() : hostSettings(settings, host);
  for (const key of await pulumi.configure(found))
    log(`${key}: ${found.get(key)}, as this Docker host requires; set for this checkout only`);
}

/** Sets `exporters.node.rslave` for this checkout if the host supports it and the stack file does not set it. */
async function useSharedMounts(pulumi: Pulumi, settings: Settings): Promise<void> {
  const { node } = settings.exporters;
  const key = "exporters.node.rslave";
  if (!traitsOf(settings).usesDockerEngine || !pulumi.project.own || !node.enabled || node.rslave) return;
  if ((await pulumi.sets(key)) || !(await sharesRoot())) return;
  await pulumi.configure(new Map([[key, "true"]]));
  log(`${key}: true, so that disks mounted later are seen; set for this checkout only`);
}

async function allHealthy({ stack }: StackProject): Promise<boolean> {
  const waiting = await step(log, "Waiting for all workloads to become healthy", () =>
    waitHealthy(`white-room-${stack}`, healthTimeout, log),
  );
  if (waiting.length === 0) return true;
  log(`\nNot healthy after 3 minutes:\n${waiting.map((name) => `  ${name}`).join("\n")}`);
  await printLogs(stack);
  return false;
}

/** Prints the last log lines of unhealthy containers. Without a daemon, prints nothing: Pulumi has already reported that. */
async function printLogs(stack: string): Promise<void> {
  const unhealthy = await unhealthyContainers(`white-room-${stack}`).catch(() => []);
  for (const { name, status } of unhealthy) {
    log(`\n${name} (${status}) last log lines:\n${lastLines(await containerLog(name), 15)}`);
    log(`Full log: docker logs ${name}`);
  }
}

interface Outputs {
  readonly urls?: Readonly<Record<string, string>>;
  readonly grafanaAdminUser?: string;
  readonly drill?: string;
}

async function printSummary(pulumi: Pulumi): Promise<void> {
  const { command, stack } = pulumi.project;
  const outputs = JSON.parse(await pulumi.read(["stack", "output", "--json", "--stack", stack])) as Outputs;
  const urls = Object.entries(outputs.urls ?? {}).map(([part, url]) => [
    part.charAt(0).toUpperCase() + part.slice(1),
    part === "notifications" ? `${url.replace(/\/notifications$/, "")}/notifications` : url,
  ]);
  const rows = [...urls];
  if (outputs.grafanaAdminUser !== undefined) {
    const password = `${command} stack output grafanaAdminPassword --show-secrets --stack ${stack}`;
    rows.push(["Log in", `user ${outputs.grafanaAdminUser}, password: ${password}`]);
  }
  if (outputs.drill !== undefined) rows.push(["Drill", `${outputs.drill}   (sends a test alert through every route)`]);
  rows.push(["Stop", `./start.sh --stop${stack === "dev" ? "" : ` --stack ${stack}`}`]);
  log("");
  for (const [name = "", value] of rows) log(`${name.padEnd(14)} ${value}`);
}
