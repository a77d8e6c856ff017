import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { toYaml } from "../../../config/file.ts";
import { project, stackComponent } from "../../../config/settings/stack-file.ts";
import { run, tryRun } from "../../../scripts/lib/run-command.ts";

const root = resolve(import.meta.dirname, "../../..");

/** A separate stack on the real engine, with its own backend, passphrase and config file. Does not touch the user's stacks. */
export class EngineStack {
  name: string;
  /** Name of the checkout's stack file that the config is based on. */
  private readonly base: string;
  private readonly directory = mkdtempSync(join(tmpdir(), "white-room-engine-"));
  private readonly configFile: string;
  private readonly environment: Record<string, string> = {
    PULUMI_BACKEND_URL: `file://${join(this.directory, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "not a secret: this stack lives for minutes",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_ERROR_OUTPUT_STRING: "true",
  };

  constructor(base = "sandbox", name = "e2e") {
    this.base = base;
    this.name = name;
    this.configFile = join(this.directory, `Pulumi.${name}.yaml`);
  }

  /** Creates the stack with the base's config and these keys replaced. */
  async create(values: Record<string, unknown>): Promise<void> {
    mkdirSync(join(this.directory, "state"));
    const { config } = load(readFileSync(join(root, `Pulumi.${this.base}.yaml`), "utf8")) as {
      config: Record<string, unknown>;
    };
    // `stack init` writes the salt of the passphrase next to the checkout's stack files; move it to this stack's file.
    await this.pulumi(["stack", "init", this.name, "--no-select"]);
    const written = join(root, `Pulumi.${this.name}.yaml`);
    const salt = load(readFileSync(written, "utf8")) as Record<string, unknown>;
    rmSync(written);
    const named = Object.entries(values).map(([key, value]) => [`${project}:${key}`, value]);
    writeFileSync(this.configFile, toYaml({ ...salt, config: { ...config, ...Object.fromEntries(named) } }));
  }

  /** Passes the value on standard input, because every user of the machine can see arguments. */
  setSecret(key: string, value: string): void {
    const words = ["config", "set", "--secret", key, "--config-file", this.configFile, "--stack", this.name];
    execFileSync("pulumi", [...words, "--non-interactive"], {
      cwd: root,
      env: { ...process.env, ...this.environment },
      input: value,
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  /** Replaces these keys of the config. */
  change(values: Record<string, unknown>): void {
    const file = load(readFileSync(this.configFile, "utf8")) as { config: Record<string, unknown> };
    const named = Object.entries(values).map(([key, value]) => [`${project}:${key}`, value]);
    writeFileSync(this.configFile, toYaml({ ...file, config: { ...file.config, ...Object.fromEntries(named) } }));
  }

  async set(path: string, value: string): Promise<void> {
    await this.pulumi(["config", "set", "--path", path, value, "--config-file", this.configFile, "--stack", this.name]);
  }

  /** Runs an operation on the stack, with the program in `directory`. Returns its output and exit code. */
  operation(
    words: readonly string[],
    directory = root,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number; output: string }> {
    return tryRun(
      "pulumi",
      [...words, "--stack", this.name, "--config-file", this.configFile, "--non-interactive", "--color", "never"],
      {
        cwd: directory,
        env: { ...this.environment, ...environment },
      },
    );
  }

  /** Copies the program's own files to a directory, for a test to break. */
  copyOfProgram(): string {
    const copy = join(this.directory, "program");
    for (const name of [
      "Pulumi.yaml",
      "package.json",
      "index.ts",
      "preload.mjs",
      "node-version.mjs",
      "components",
      "config",
      "dashboards",
      "demo",
      "journeys",
    ]) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    return copy;
  }

  async rename(name: string): Promise<void> {
    await this.pulumi(["stack", "rename", name, "--stack", this.name]);
    this.name = name;
  }

  async export(): Promise<string> {
    return this.pulumi(["stack", "export", "--stack", this.name]);
  }

  /** Gives every resource the name it had before names were prefixed with the stack component's. */
  async removeNamePrefix(): Promise<void> {
    await this.import((await this.export()).replaceAll(`::${stackComponent}-`, "::"));
  }

  async import(state: string): Promise<void> {
    const file = join(this.directory, "state.json");
    writeFileSync(file, state);
    await this.pulumi(["stack", "import", "--file", file, "--stack", this.name]);
  }

  private pulumi(words: readonly string[]): Promise<string> {
    return run("pulumi", [...words, "--non-interactive"], { cwd: root, env: this.environment });
  }
}

/** Names of the resources that an operation replaced. */
export function replaced(output: string): string[] {
  return [
    ...new Set(
      [...output.matchAll(/docker:index:Container observability-(\S+) replaced/g)].map(([, name]) => name ?? ""),
    ),
  ].sort();
}
