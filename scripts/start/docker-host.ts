import { statfs } from "node:fs/promises";
import type { Settings } from "../../config/settings/schema.ts";
import { type Log, run, tryRun } from "../lib/run-command.ts";
import { isOwn, parseContainers, type Runner, type RunningContainer, type Stack } from "./published-ports.ts";

const gibibyte = 1024 ** 3;

/** Images, and the first days of metrics and logs. */
export const neededSpace = 5 * gibibyte;

/** Whether a daemon answers right now; says nothing about why it does not. */
export async function dockerAnswers(): Promise<boolean> {
  return (await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 5_000 })).code === 0;
}

/** Version of the daemon's API, such as "1.41"; undefined where none answers. */
export async function apiVersion(): Promise<string | undefined> {
  const { code, stdout } = await tryRun("docker", ["version", "--format", "{{.Server.APIVersion}}"]);
  return code === 0 ? stdout.trim() : undefined;
}

/** Whether an engine with this API can check health more often while a container starts: Docker Engine 25 and later. */
export function checksHealthWhileStarting(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 1 || minor >= 44;
}

/** A message where the engine is too old for the stack: the provider finds out after it has removed what it replaces. */
export function engineProblems(
  { docker }: Settings,
  { mend }: Pick<Stack, "mend">,
  version: string | undefined,
): string[] {
  if (version === undefined || docker.startInterval === "0s" || checksHealthWhileStarting(version)) return [];
  return [
    `docker.startInterval: ${docker.startInterval} needs Docker Engine 25 (API 1.44), and this one has API ${version}; ` +
      `upgrade it, or write ${mend("docker.startInterval", "0s")}`,
  ];
}

/** A daemon elsewhere publishes ports and fills disks elsewhere. */
export async function isLocalDaemon(): Promise<boolean> {
  const { code, stdout } = await tryRun("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]);
  return code === 0 && /^(?:unix|npipe):/.test(stdout.trim());
}

export async function runningContainers(): Promise<RunningContainer[]> {
  return parseContainers(await run("docker", ["ps", "--format", "{{.Names}}\t{{.Ports}}\t{{.Labels}}"]));
}

/** Where the daemon keeps images and data; undefined where that is not on this machine. */
export async function dataFolder(localDaemon: boolean): Promise<string | undefined> {
  return localDaemon ? (await run("docker", ["info", "--format", "{{.DockerRootDir}}"])).trim() : undefined;
}

/** Messages about places that are too full. A place this machine cannot see (a daemon in a virtual machine) counts as fine. */
export async function spaceProblems(
  stateFolder: string,
  dockerFolder: string | undefined,
  freeSpace = freeBytes,
): Promise<string[]> {
  const places: [string, number, string][] = [[stateFolder, gibibyte / 2, "the state of the stack is kept there"]];
  if (dockerFolder !== undefined) {
    const why = "Docker keeps images and data there; `docker system df` shows what takes the space";
    places.unshift([dockerFolder, neededSpace, why]);
  }
  const problems: string[] = [];
  for (const [place, needed, why] of places) {
    const free = await freeSpace(place);
    if (free === undefined || free >= needed) continue;
    problems.push(`${place} has ${inGibibytes(free)} GiB free, and ${inGibibytes(needed)} GiB are needed: ${why}`);
  }
  return problems;
}

/** Containers and network of a stack whose state is gone: Pulumi would fail on their names one by one. */
export async function orphanProblems(stack: string, runner: Runner, hasState: boolean): Promise<string[]> {
  if (hasState) return [];
  const format = "{{.Names}}\t{{.Ports}}\t{{.Labels}}";
  const rows = await run("docker", ["ps", "--all", "--format", format]);
  const orphans = parseContainers(rows).filter((container) => isOwn(container, { name: stack, runner }));
  if (orphans.length === 0) return [];
  return [
    `${orphans.length} containers of stack ${stack} are there, but not the state they were made with. Stop them in the checkout that started them, or remove them; the data stays:\n` +
      `  docker rm --force $(docker ps --all --quiet --filter name=^white-room-${stack}-); docker network rm white-room-${stack}`,
  ];
}

interface StackContainer {
  readonly name: string;
  readonly state: string;
  /** As Docker words it: "Up 5 seconds (health: starting)". */
  readonly status: string;
}

async function stackContainers(prefix: string): Promise<StackContainer[]> {
  const filters = ["--filter", "label=white-room.workload", "--filter", `name=^${prefix}-`];
  const rows = await run("docker", ["ps", "--all", ...filters, "--format", "{{.Names}}\t{{.State}}\t{{.Status}}"]);
  return rows
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => {
      const [name = "", state = "", status = ""] = row.split("\t");
      return { name, state, status };
    });
}

const serves = ({ state, status }: StackContainer) => state === "running" && !/unhealthy|health: starting/.test(status);

/** Containers of the stack that do not run, or whose probe fails. */
export async function ailingContainers(prefix: string): Promise<StackContainer[]> {
  return (await stackContainers(prefix)).filter((container) => !serves(container));
}

/** What a container wrote, both streams in one. */
export async function containerLog(name: string): Promise<string> {
  return (await tryRun("docker", ["logs", "--tail", "50", name])).output;
}

/** Polls until every container of the stack is running, and healthy where it has a probe; returns those that are not. */
export async function waitHealthy(prefix: string, patience: number, log: Log): Promise<string[]> {
  const deadline = Date.now() + patience;
  let told = "";
  for (;;) {
    const containers = await stackContainers(prefix);
    if (containers.length === 0) return [`no container is called ${prefix}-…`];
    const waiting = containers.filter((container) => !serves(container));
    if (waiting.length === 0 || Date.now() > deadline) return waiting.map(({ name, status }) => `${name} (${status})`);
    const names = waiting.map(({ name }) => name).join(", ");
    if (names !== told) log(`  waiting for ${names}`);
    told = names;
    await new Promise((done) => setTimeout(done, 1_000));
  }
}

function inGibibytes(bytes: number): string {
  return (bytes / gibibyte).toFixed(1).replace(/\.0$/, "");
}

async function freeBytes(place: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(place);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
