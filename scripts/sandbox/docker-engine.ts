import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../lib/find-program.ts";
import { lastLines, run, tryRun } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { cacheFolder, withScratchFolder } from "../offline/cache.ts";
import { debianMirror, installCommand, installPackages, isRoot, UnstableSuite } from "../offline/debian.ts";

/** Docker Engine needs iptables, but the Debian package only recommends it. */
const enginePackages = ["docker.io", "iptables"] as const;

const startTimeout = 60_000;

/** /usr/sbin is not on every user's PATH. */
function daemonPath(): string {
  return findProgram("dockerd") ?? "/usr/sbin/dockerd";
}

export interface DockerEngine {
  /** Whether this call started the daemon. Only then may the caller stop it with {@link stopDockerEngine}. */
  readonly started: boolean;
}

/**
 * Ensures a running Docker daemon and `docker compose`. Installs and starts what is missing as root on Debian or Ubuntu;
 * otherwise throws with the command to run. The daemon outlives this process.
 */
export async function ensureDockerEngine(log: Log, cacheDir = cacheFolder()): Promise<DockerEngine> {
  const engine = await ensureDockerDaemon(log, cacheDir);
  await ensureCompose(log, cacheDir);
  return engine;
}

/** As {@link ensureDockerEngine}, without `docker compose`. */
export async function ensureDockerDaemon(log: Log, cacheDir = cacheFolder()): Promise<DockerEngine> {
  return { started: await ensureDaemon(log, cacheDir) };
}

/**
 * Stops the daemon started by {@link ensureDockerEngine}, in this process or an earlier one. Returns false if there is
 * none.
 */
export async function stopDockerEngine(log: Log, cacheDir = cacheFolder()): Promise<boolean> {
  const pid = await startedDaemon(cacheDir);
  if (pid === undefined) return false;
  await step(log, "Stopping the Docker Engine started for the sandbox", async () => {
    process.kill(pid, "SIGTERM");
    const deadline = Date.now() + startTimeout;
    while ((await startedDaemon(cacheDir)) !== undefined) {
      if (Date.now() > deadline)
        throw new Error(`dockerd (process ${pid}) did not stop within a minute; run: kill ${pid}`);
      await sleep(200);
    }
  });
  await rm(pidFile(cacheDir), { force: true });
  return true;
}

type DaemonState =
  | { readonly state: "running" | "absent" }
  | { readonly state: "unreachable"; readonly reason: string };

async function ensureDaemon(log: Log, cacheDir: string): Promise<boolean> {
  const daemon = await daemonState();
  if (daemon.state === "running") return false;
  if (daemon.state === "unreachable") throw new Error(daemon.reason);
  const serviceManager = existsSync("/run/systemd/system");
  if (await installMissing(log)) {
    // With a service manager, installing the package starts the daemon.
    if (await becomesReady(serviceManager ? startTimeout : 0)) return false;
  }
  if (serviceManager || !isRoot()) {
    const command = serviceManager ? "sudo systemctl start docker" : "sudo dockerd";
    throw new Error(`Docker Engine is installed but not running. Start it and try again:\n  ${command}`);
  }
  await startDaemon(log, cacheDir);
  return true;
}

async function installMissing(log: Log): Promise<boolean> {
  const engine = !existsSync(daemonPath());
  if (engine) await installPackages(enginePackages, "Docker Engine", log);
  // Newer distributions package the client separately.
  const client = findProgram("docker") === undefined;
  if (client) await installPackages(["docker-cli"], "Docker CLI", log);
  return engine || client;
}

async function daemonState(): Promise<DaemonState> {
  if (findProgram("docker") === undefined) return { state: "absent" };
  const result = await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 15_000 });
  if (result.code === 0) return { state: "running" };
  const output = lastLines(result.output, 3);
  const host = process.env.DOCKER_HOST;
  if (host !== undefined && host !== "") {
    return {
      state: "unreachable",
      reason: `Cannot reach the Docker daemon at DOCKER_HOST=${host}: start it, or unset DOCKER_HOST.\n${output}`,
    };
  }
  if (/permission denied/i.test(output)) {
    const fix = "run `sudo usermod -aG docker $USER`, then log in again";
    return { state: "unreachable", reason: `No permission to access the Docker daemon: ${fix}.\n${output}` };
  }
  if (result.timedOut) {
    return {
      state: "unreachable",
      reason: "The Docker daemon did not respond within 15 s: restart it (sudo systemctl restart docker).",
    };
  }
  if (/cannot connect|no such file|connection refused/i.test(output)) return { state: "absent" };
  return { state: "unreachable", reason: `Cannot reach the Docker daemon:\n${output}` };
}

async function becomesReady(timeout: number): Promise<boolean> {
  const deadline = Date.now() + timeout;
  while ((await daemonState()).state !== "running") {
    if (Date.now() > deadline) return false;
    await sleep(300);
  }
  return true;
}

async function startDaemon(log: Log, cacheDir: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const logPath = join(cacheDir, "dockerd.log");
  await step(log, `Starting Docker Engine (log: ${logPath})`, async () => {
    const logFile = await open(logPath, "w");
    const daemon = spawn(daemonPath(), [], { detached: true, stdio: ["ignore", logFile.fd, logFile.fd], cwd: "/" });
    let exited = false;
    daemon.on("error", () => {
      exited = true;
    });
    daemon.on("exit", () => {
      exited = true;
    });
    await logFile.close();
    await writeFile(pidFile(cacheDir), `${daemon.pid}\n`);
    const deadline = Date.now() + startTimeout;
    while ((await daemonState()).state !== "running") {
      if (exited || Date.now() > deadline) {
        if (!exited) daemon.kill();
        await rm(pidFile(cacheDir), { force: true });
        const logTail = lastLines(await readFile(logPath, "utf8"), 8);
        throw new Error(
          `Docker Engine ${exited ? "exited during startup" : "did not respond within a minute"}. End of its log:\n${logTail}`,
        );
      }
      await sleep(300);
    }
    daemon.unref();
  });
}

function pidFile(cacheDir: string): string {
  return join(cacheDir, "dockerd.pid");
}

async function startedDaemon(cacheDir: string): Promise<number | undefined> {
  const pid = Number((await readFile(pidFile(cacheDir), "utf8").catch(() => "")).trim());
  if (!(pid > 0)) return undefined;
  // The PID may have been reused. A zombie has no command line.
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.split("\0")[0]?.endsWith("dockerd") ? pid : undefined;
}

/** Ensures that `docker compose` works. Downloads it into the user's Docker config directory if missing. */
export async function ensureCompose(log: Log, cacheDir = cacheFolder()): Promise<void> {
  if ((await tryRun("docker", ["compose", "version"])).code === 0) return;
  if ((await debianMirror()) === undefined) {
    await installPackages(["docker-compose-v2"], "Docker Compose 2", log);
  } else {
    await step(log, "Downloading Docker Compose", () => unpackCompose(cacheDir));
  }
  const result = await tryRun("docker", ["compose", "version"]);
  if (result.code !== 0) {
    const command = installCommand(["docker-compose-v2"]);
    throw new Error(
      `Docker Compose 2 is required (${command}, or https://docs.docker.com/compose/install/):\n${result.output}`,
    );
  }
}

async function unpackCompose(cacheDir: string): Promise<void> {
  const plugins = join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "cli-plugins");
  await mkdir(plugins, { recursive: true });
  await withScratchFolder(cacheDir, async (scratch) => {
    const debian = await UnstableSuite.open(join(scratch, "apt"));
    await debian.unpack(["docker-compose"], join(scratch, "root"));
    const found = join(scratch, "root", "usr", "libexec", "docker", "cli-plugins", "docker-compose");
    await run(found, ["docker-cli-plugin-metadata"]);
    await copyFile(found, join(plugins, ".docker-compose.new"));
    await rename(join(plugins, ".docker-compose.new"), join(plugins, "docker-compose"));
  });
}
