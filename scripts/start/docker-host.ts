import { readFile, statfs } from "node:fs/promises";
import type { Settings } from "../../config/settings/schema.ts";
import { run, tryRun } from "../lib/run-command.ts";
import type { Log } from "../lib/step.ts";
import { isOwn, parseContainers, type Runner, type RunningContainer, type Stack } from "./published-ports.ts";

const gibibyte = 1024 ** 3;

/** Space for images and the first days of metrics and logs. */
export const neededSpace = 5 * gibibyte;

/** Whether the Docker daemon responds. */
export async function dockerAnswers(): Promise<boolean> {
  return (await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 5_000 })).code === 0;
}

/** API version of the daemon, such as "1.41"; undefined if it does not respond. */
export async function apiVersion(): Promise<string | undefined> {
  const { code, stdout } = await tryRun("docker", ["version", "--format", "{{.Server.APIVersion}}"]);
  return code === 0 ? stdout.trim() : undefined;
}

/** Whether an engine with this API supports a start interval for health checks: Docker Engine 25 and later. */
export function supportsStartInterval(version: string): boolean {
  return isAtLeast(version, 44);
}

/** Whether an engine with this API assigns IPv6 addresses to networks: Docker Engine 27 and later. */
export function supportsIpv6(version: string): boolean {
  return isAtLeast(version, 46);
}

/** Whether an API version is at least 1.`minimumMinor`. */
function isAtLeast(version: string, minimumMinor: number): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 1 || minor >= minimumMinor;
}

/** Reports an engine that is too old for the settings. Otherwise, the provider fails after it has removed containers. */
export function engineProblems(
  { docker }: Settings,
  { setCommand }: Pick<Stack, "setCommand">,
  version: string | undefined,
): string[] {
  if (version === undefined) return [];
  const problem = (key: string, value: unknown, off: string, engine: string) =>
    `${key}: ${value} requires Docker Engine ${engine}, but this one has API ${version}; ` +
    `upgrade it, or run ${setCommand(key, off)}`;
  const problems: string[] = [];
  if (docker.startInterval !== "0s" && !supportsStartInterval(version))
    problems.push(problem("docker.startInterval", docker.startInterval, "0s", "25 (API 1.44)"));
  if (docker.ipv6 && !supportsIpv6(version)) problems.push(problem("docker.ipv6", true, "false", "27 (API 1.46)"));
  return problems;
}

/** Whether the daemon is local; ports and disks of a remote one cannot be checked. */
export async function isLocalDaemon(): Promise<boolean> {
  const { code, stdout } = await tryRun("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]);
  return code === 0 && /^(?:unix|npipe):/.test(stdout.trim());
}

export async function runningContainers(): Promise<RunningContainer[]> {
  return parseContainers(await run("docker", ["ps", "--format", "{{.Names}}\t{{.Ports}}\t{{.Labels}}"]));
}

/** The daemon's data directory; undefined if it is not on this machine. */
export async function dataFolder(localDaemon: boolean): Promise<string | undefined> {
  return localDaemon ? (await run("docker", ["info", "--format", "{{.DockerRootDir}}"])).trim() : undefined;
}

/** Whether the root of the host is a shared mount, as rslave requires. False if the daemon is not on this machine. */
export async function sharesRoot(readMounts = () => readFile("/proc/self/mountinfo", "utf8")): Promise<boolean> {
  if (!(await isLocalDaemon())) return false;
  const folder = await dataFolder(true);
  // The folder of a daemon in a VM is not visible here.
  if (folder === undefined || (await freeBytes(folder)) === undefined) return false;
  return isSharedRoot(await readMounts().catch(() => ""));
}

/** Whether a mountinfo file (proc_pid_mountinfo(5)) lists the root as shared. The last of several mounts is the visible one. */
export function isSharedRoot(mountinfo: string): boolean {
  const roots = mountinfo.split("\n").filter((line) => line.split(" ")[4] === "/");
  const [, , , , , , ...optional] = (roots.at(-1) ?? "").split(" - ")[0]?.split(" ") ?? [];
  return optional.some((field) => field.startsWith("shared:") || field.startsWith("master:"));
}

/** Reports file systems that are too full. Paths not visible on this machine (a daemon in a VM) are skipped. */
export async function spaceProblems(
  stateFolder: string,
  dockerFolder: string | undefined,
  freeSpace = freeBytes,
): Promise<string[]> {
  const places: [string, number, string][] = [[stateFolder, gibibyte / 2, "it holds the state of the stack"]];
  if (dockerFolder !== undefined) {
    const why = "Docker stores images and data there; `docker system df` shows the usage";
    places.unshift([dockerFolder, neededSpace, why]);
  }
  const problems: string[] = [];
  for (const [place, needed, why] of places) {
    const free = await freeSpace(place);
    if (free === undefined || free >= needed) continue;
    problems.push(`${place} has ${inGibibytes(free)} GiB free but ${inGibibytes(needed)} GiB are required; ${why}`);
  }
  return problems;
}

/** Reports containers of a stack whose state is lost. Otherwise, Pulumi fails on their names one by one. */
export async function orphanProblems(stack: string, runner: Runner, hasState: boolean): Promise<string[]> {
  if (hasState) return [];
  const format = "{{.Names}}\t{{.Ports}}\t{{.Labels}}";
  const rows = await run("docker", ["ps", "--all", "--format", format]);
  const orphans = parseContainers(rows).filter((container) => isOwn(container, { name: stack, runner }));
  if (orphans.length === 0) return [];
  return [
    `${orphans.length} containers of stack ${stack} exist, but not their Pulumi state. Stop them in the checkout that started them, or remove them; the data is kept:\n` +
      `  docker rm --force $(docker ps --all --quiet --filter name=^white-room-${stack}-); docker network rm white-room-${stack}`,
  ];
}

interface StackContainer {
  readonly name: string;
  readonly state: string;
  /** Docker's status, such as "Up 5 seconds (health: starting)". */
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

const isHealthy = ({ state, status }: StackContainer) =>
  state === "running" && !/unhealthy|health: starting/.test(status);

/** Containers of the stack that are not running or not healthy. */
export async function unhealthyContainers(prefix: string): Promise<StackContainer[]> {
  return (await stackContainers(prefix)).filter((container) => !isHealthy(container));
}

/** The last log lines of a container, stdout and stderr. */
export async function containerLog(name: string): Promise<string> {
  return (await tryRun("docker", ["logs", "--tail", "50", name])).output;
}

/** Waits until all containers of the stack are running and healthy; returns those that are not. */
export async function waitHealthy(prefix: string, timeout: number, log: Log): Promise<string[]> {
  const deadline = Date.now() + timeout;
  let reported = "";
  for (;;) {
    const containers = await stackContainers(prefix);
    if (containers.length === 0) return [`no container is named ${prefix}-…`];
    const waiting = containers.filter((container) => !isHealthy(container));
    if (waiting.length === 0 || Date.now() > deadline) return waiting.map(({ name, status }) => `${name} (${status})`);
    const names = waiting.map(({ name }) => name).join(", ");
    if (names !== reported) log(`  waiting for ${names}`);
    reported = names;
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
