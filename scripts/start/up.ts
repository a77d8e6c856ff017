import { join } from "node:path";
import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { duration, lastLines, step } from "../lib/run-command.ts";
import { ailingContainers, apiVersion, checksHealthWhileStarting, containerLog, waitHealthy } from "./docker-host.ts";
import type { DotEnv } from "./dotenv.ts";
import { foreground } from "./foreground.ts";
import { rememberStarted } from "./last-started.ts";
import { Pulumi } from "./pulumi.ts";
import { log } from "./report.ts";
import { root, type StackProject, writeCommand } from "./stack-project.ts";

const healthPatience = 180_000;

/** More than a stack has workloads, so that on few cores none waits for another's health before it is even begun. */
const parallel = "32";

/** Config, `pulumi up`, health, verification, and what people need to know then. */
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
  if (imported.length > 0) log(`Taken over from .env: ${imported.join(", ")}`);

  await checkHealthSooner(pulumi, settings);

  // The dev stack is what the command is for; any other is asked about, with its preview, where somebody can answer.
  const ask = project.stack !== "dev" && !yes && process.stdin.isTTY && process.stdout.isTTY;
  const code = await pulumi.watch(["up", "--parallel", parallel, ...(ask ? [] : ["--yes", "--skip-preview"])]);
  if (code !== 0) {
    const { command } = project;
    log(`\npulumi up failed (exit code ${code}); see its message above. Fix the cause and run ./start.sh again.`);
    if (usesDockerEngine) await tellLogs(project.stack);
    log(`A lock that no running pulumi holds is removed by: ${command} cancel --stack ${project.stack}`);
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
    `\n${verified === 0 ? "Up" : "Up, but not all is well (see above)"} after ${duration(performance.now() - begun)}.`,
  );
  return verified === 0 ? 0 : 1;
}

/** Sets `docker.startInterval` for this checkout where the engine supports it and the stack file leaves it out. */
async function checkHealthSooner(pulumi: Pulumi, settings: Settings): Promise<void> {
  const { docker } = settings;
  if (!traitsOf(settings).usesDockerEngine || !pulumi.project.own || docker.startInterval !== "0s") return;
  const version = await apiVersion();
  if (version === undefined || !checksHealthWhileStarting(version)) return;
  const changed = await pulumi.configure(new Map([["docker.startInterval", "1s"]]));
  if (changed.length > 0)
    log("docker.startInterval: 1s, which this Docker Engine supports; set for this checkout only");
}

async function allHealthy({ stack }: StackProject): Promise<boolean> {
  const waiting = await step(log, "Waiting until every workload is healthy", () =>
    waitHealthy(`white-room-${stack}`, healthPatience, log),
  );
  if (waiting.length === 0) return true;
  log(`\nNot healthy after 3 minutes:\n${waiting.map((name) => `  ${name}`).join("\n")}`);
  await tellLogs(stack);
  return false;
}

/** What the containers that do not serve said last. Without a daemon nothing, and Pulumi has said so already. */
async function tellLogs(stack: string): Promise<void> {
  const ailing = await ailingContainers(`white-room-${stack}`).catch(() => []);
  for (const { name, status } of ailing) {
    log(`\n${name} (${status}) said last:\n${lastLines(await containerLog(name), 15)}`);
    log(`The rest: docker logs ${name}`);
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
  if (outputs.drill !== undefined) rows.push(["Drill", `${outputs.drill}   (a test alert through every route)`]);
  rows.push(["Stop", `./start.sh --stop${stack === "dev" ? "" : ` --stack ${stack}`}`]);
  log("");
  for (const [name = "", value] of rows) log(`${name.padEnd(14)} ${value}`);
}
