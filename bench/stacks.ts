import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { toYaml } from "../config/file.ts";
import { publishedPorts } from "../config/products/published-ports.ts";
import { toSettings } from "../config/settings/settings.ts";
import { project, readStackFile, type StackConfig } from "../config/settings/stack-file.ts";
import { run } from "../scripts/lib/run-command.ts";
import { renderCompose } from "../scripts/render/compose.ts";
import { type Registered, registerResources } from "../scripts/render/register.ts";
import { writeTree } from "../scripts/render/tree.ts";
import { supportsStartInterval } from "../scripts/start/docker-host.ts";

export const root = resolve(import.meta.dirname, "..");

/**
 * Benchmark stacks and their port offsets. They can run next to each other and to other stacks; cleanup removes resources
 * by stack name.
 */
export const benchStacks = {
  "bench-ours": 5_100,
  "bench-flat": 6_300,
  "bench-compose": 7_500,
  "bench-memory": 8_700,
  "bench-alerting": 9_900,
  "bench-targets": 11_100,
} as const;
export type BenchStack = keyof typeof benchStacks;

/** The sandbox's config with all published ports offset, and the health checks that `./start.sh` sets on this Docker Engine. */
export function benchConfig(stack: BenchStack): StackConfig {
  const { values, secrets } = readStackFile("sandbox", join(root, "Pulumi.sandbox.yaml"));
  const moved = structuredClone(values) as Record<string, unknown>;
  for (const { path, port } of publishedPorts(toSettings({ stack, values, secrets }, { requireSecrets: false }))) {
    setPath(moved, path.split("."), port + benchStacks[stack]);
  }
  // Each collector would follow the containers of all stacks. dockerd needs an inotify instance per follower, and Linux
  // allows only 128.
  if (stack !== "bench-memory") setPath(moved, ["logs", "sources", "containers", "enabled"], false);
  const api = execFileSync("docker", ["version", "--format", "{{.Server.APIVersion}}"], { encoding: "utf8" });
  if (supportsStartInterval(api.trim())) setPath(moved, ["docker", "startInterval"], "1s");
  return { stack, values: moved, secrets };
}

function namespaced(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${project}:${key}`, value]));
}

function setPath(values: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    values[key] = value;
    return;
  }
  const inner = { ...(values[key] as object | undefined) };
  setPath(inner, rest, value);
  values[key] = inner;
}

/** All resources that the program registers for a stack, with dummy secrets. */
export function benchResources(stack: BenchStack): Promise<Registered[]> {
  return registerResources(benchConfig(stack), (key) => `bench-${key}`);
}

/** Renders a stack for Docker Compose. Returns a function that runs Compose commands on it. */
export async function composeStack(
  stack: BenchStack,
  directory: string,
): Promise<(...args: readonly string[]) => Promise<string>> {
  writeTree(directory, renderCompose(await benchResources(stack), container(stack)));
  return (...args) => run("docker", ["compose", "--file", join(directory, "compose.yaml"), ...args]);
}

/** Container name of a workload, or the name prefix of all workloads. */
export function container(stack: BenchStack, workload?: string): string {
  return ["white-room", stack, ...(workload === undefined ? [] : [workload])].join("-");
}

/** Removes the volumes of a stack. */
async function removeVolumes(stack: BenchStack): Promise<void> {
  const all = (await run("docker", ["volume", "ls", "--quiet"])).split("\n");
  const own = all.filter((name) => name.startsWith(`${container(stack)}-`));
  if (own.length > 0) await run("docker", ["volume", "rm", ...own]);
}

/**
 * Environment that disables the detailed log that the engine writes for every run. There is no setting for it, but a
 * PULUMI_HOME in which the log folder cannot be created has the same effect.
 */
export function withoutEngineLog(home: string): Readonly<Record<string, string>> {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "logs"), "");
  const plugins = join(process.env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "plugins");
  if (existsSync(plugins)) symlinkSync(plugins, join(home, "plugins"));
  return { PULUMI_HOME: home };
}

/** A program on the real engine, with a separate backend and config file. */
export class EngineBench {
  readonly stack: BenchStack;
  private readonly directory: string;
  private readonly configFile: string;
  readonly environment: Readonly<Record<string, string>>;

  private constructor(stack: BenchStack, directory: string, configFile: string, environment: Record<string, string>) {
    this.stack = stack;
    this.directory = directory;
    this.configFile = configFile;
    this.environment = environment;
  }

  static async create(
    stack: BenchStack,
    directory: string,
    scratch: string,
    values = benchConfig(stack).values,
    extraEnvironment: Readonly<Record<string, string>> = {},
  ): Promise<EngineBench> {
    const environment = {
      ...extraEnvironment,
      PULUMI_BACKEND_URL: `file://${scratch}`,
      PULUMI_CONFIG_PASSPHRASE: "bench",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_ERROR_OUTPUT_STRING: "true",
    };
    mkdirSync(scratch, { recursive: true });
    // `stack init` writes the encryption salt next to the project's stack files. Move it to our config file.
    const written = join(directory, `Pulumi.${stack}.yaml`);
    if (existsSync(written)) throw new Error(`${written} already exists; remove it first`);
    await run("pulumi", ["stack", "init", stack, "--no-select", "--non-interactive"], {
      cwd: directory,
      env: environment,
    });
    const salt = load(readFileSync(written, "utf8")) as Record<string, unknown>;
    rmSync(written);
    const configFile = join(scratch, `Pulumi.${stack}.yaml`);
    writeFileSync(configFile, toYaml({ ...salt, config: namespaced(values) }));
    return new EngineBench(stack, directory, configFile, environment);
  }

  /** The same stack, state and config with another program. */
  withProgram(directory: string): EngineBench {
    return new EngineBench(this.stack, directory, this.configFile, this.environment);
  }

  command(args: readonly string[]): readonly string[] {
    return [...args, "--stack", this.stack, "--config-file", this.configFile, "--non-interactive"];
  }

  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
    return run("pulumi", this.command(args), { cwd: this.directory, env: { ...this.environment, ...environment } });
  }

  up(): Promise<string> {
    return this.run(["up", "--yes", "--skip-preview"]);
  }

  preview(environment: Readonly<Record<string, string>> = {}): Promise<string> {
    return this.run(["preview", "--expect-no-changes"], environment);
  }

  async destroy(): Promise<void> {
    await this.run(["destroy", "--yes", "--skip-preview"]);
  }

  /** Destroys the stack and its Docker volumes, which outlive it. */
  async remove(): Promise<void> {
    await this.destroy();
    await removeVolumes(this.stack);
  }
}
