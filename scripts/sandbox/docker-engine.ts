import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram, type Log, lastLines, run, step, tryRun } from "../lib/run-command.ts";
import { cacheFolder, withScratchFolder } from "../offline/cache.ts";
import { debianMirror, installCommand, installPackages, isRoot, UnstableSuite } from "../offline/debian.ts";

/** Docker Engine needs iptables for its networks, and Debian only recommends it. */
const enginePackages = ["docker.io", "iptables"] as const;

const startTimeout = 60_000;

/** The folder is on root's PATH only. */
function daemonPath(): string {
  return findProgram("dockerd") ?? "/usr/sbin/dockerd";
}

export interface DockerEngine {
  /** Whether this call started the daemon: only then may the caller end it, by {@link stopDockerEngine}. */
  readonly started: boolean;
}

/**
 * Makes sure that a Docker daemon answers and that `docker compose` works. What is missing is installed and started when
 * it may (root on Debian or Ubuntu), else the error names the command that does it. The daemon outlives this process.
 */
export async function ensureDockerEngine(log: Log, cacheDir = cacheFolder()): Promise<DockerEngine> {
  const engine = await ensureDockerDaemon(log, cacheDir);
  await ensureCompose(log, cacheDir);
  return engine;
}

/** The same without `docker compose`, for work that can begin before. */
export async function ensureDockerDaemon(log: Log, cacheDir = cacheFolder()): Promise<DockerEngine> {
  return { started: await ensureDaemon(log, cacheDir) };
}

/** Ends the daemon that {@link ensureDockerEngine} started, in this process or an earlier one; false when it did not. */
export async function stopDockerEngine(log: Log, cacheDir = cacheFolder()): Promise<boolean> {
  const pid = await startedDaemon(cacheDir);
  if (pid === undefined) return false;
  await step(log, "Stopping the Docker Engine that was started for the sandbox", async () => {
    process.kill(pid, "SIGTERM");
    const deadline = Date.now() + startTimeout;
    while ((await startedDaemon(cacheDir)) !== undefined) {
      if (Date.now() > deadline) throw new Error(`dockerd (process ${pid}) has not ended after a minute: kill ${pid}`);
      await sleep(200);
    }
  });
  await rm(pidFile(cacheDir), { force: true });
  return true;
}

type DaemonState = { readonly is: "answering" | "absent" } | { readonly is: "silent"; readonly why: string };

async function ensureDaemon(log: Log, cacheDir: string): Promise<boolean> {
  const state = await daemonState();
  if (state.is === "answering") return false;
  if (state.is === "silent") throw new Error(state.why);
  const serviceManager = existsSync("/run/systemd/system");
  if (await installMissing(log)) {
    // A service manager has been told to start it by the package.
    if (await answers(serviceManager ? startTimeout : 0)) return false;
  }
  if (serviceManager || !isRoot()) {
    const command = serviceManager ? "sudo systemctl start docker" : "sudo dockerd";
    throw new Error(`Docker Engine is installed but does not run. Start it and try again:\n  ${command}`);
  }
  await startDaemon(log, cacheDir);
  return true;
}

async function installMissing(log: Log): Promise<boolean> {
  const engine = !existsSync(daemonPath());
  if (engine) await installPackages(enginePackages, "Docker Engine", log);
  // Newer distributions have the client in a package of its own.
  const client = findProgram("docker") === undefined;
  if (client) await installPackages(["docker-cli"], "Docker's client", log);
  return engine || client;
}

async function daemonState(): Promise<DaemonState> {
  if (findProgram("docker") === undefined) return { is: "absent" };
  const result = await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 15_000 });
  if (result.code === 0) return { is: "answering" };
  const said = lastLines(result.output, 3);
  const host = process.env.DOCKER_HOST;
  if (host !== undefined && host !== "") {
    return {
      is: "silent",
      why: `No Docker daemon answers at DOCKER_HOST=${host}: start it, or unset DOCKER_HOST.\n${said}`,
    };
  }
  if (/permission denied/i.test(said)) {
    const mend = "sudo usermod -aG docker $USER, then log in again";
    return { is: "silent", why: `This user may not speak to the Docker daemon: ${mend}.\n${said}` };
  }
  if (result.timedOut) {
    return {
      is: "silent",
      why: "The Docker daemon does not answer within 15 s: restart it (sudo systemctl restart docker).",
    };
  }
  if (/cannot connect|no such file|connection refused/i.test(said)) return { is: "absent" };
  return { is: "silent", why: `The Docker daemon does not answer:\n${said}` };
}

async function answers(patience: number): Promise<boolean> {
  const deadline = Date.now() + patience;
  while ((await daemonState()).is !== "answering") {
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
    let ended = false;
    daemon.on("error", () => {
      ended = true;
    });
    daemon.on("exit", () => {
      ended = true;
    });
    await logFile.close();
    await writeFile(pidFile(cacheDir), `${daemon.pid}\n`);
    const deadline = Date.now() + startTimeout;
    while ((await daemonState()).is !== "answering") {
      if (ended || Date.now() > deadline) {
        if (!ended) daemon.kill();
        await rm(pidFile(cacheDir), { force: true });
        const why = lastLines(await readFile(logPath, "utf8"), 8);
        throw new Error(
          `Docker Engine ${ended ? "ended at once" : "did not answer within a minute"}. Its log ends:\n${why}`,
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
  // The number may belong to another program by now; what has ended and waits for its parent has no command line.
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.split("\0")[0]?.endsWith("dockerd") ? pid : undefined;
}

/** Makes sure that `docker compose` works: fetches it into the user's Docker folder where it is missing. */
export async function ensureCompose(log: Log, cacheDir = cacheFolder()): Promise<void> {
  if ((await tryRun("docker", ["compose", "version"])).code === 0) return;
  if ((await debianMirror()) === undefined) {
    await installPackages(["docker-compose-v2"], "Docker Compose 2", log);
  } else {
    await step(log, "Fetching Docker Compose", () => unpackCompose(cacheDir));
  }
  const result = await tryRun("docker", ["compose", "version"]);
  if (result.code !== 0) {
    const mend = installCommand(["docker-compose-v2"]);
    throw new Error(
      `Docker Compose 2 is needed (${mend}, or https://docs.docker.com/compose/install/):\n${result.output}`,
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
