import { delimiter, dirname } from "node:path";
import { valueAt } from "../../config/settings/problems.ts";
import { lastLines, tryRun } from "../lib/run-command.ts";
import { foreground } from "./foreground.ts";
import type { StackProject } from "./stack-project.ts";

/** Runs the Pulumi CLI on one stack. */
export class Pulumi {
  readonly #cli: string;
  readonly project: StackProject;
  /** Environment for other programs that access the same stack. */
  readonly environment: NodeJS.ProcessEnv;

  constructor(cli: string, project: StackProject) {
    this.#cli = cli;
    this.project = project;
    const path = [dirname(process.execPath), dirname(cli), process.env.PATH ?? ""].join(delimiter);
    this.environment = { ...process.env, ...project.environment, PATH: path };
    // PULUMI_CONFIG_PASSPHRASE would take precedence over the file with the generated passphrase.
    if ("PULUMI_CONFIG_PASSPHRASE_FILE" in project.environment) this.environment.PULUMI_CONFIG_PASSPHRASE = undefined;
  }

  /** Runs the CLI with its progress on the terminal; returns the exit code. */
  watch(words: readonly string[]): Promise<number> {
    const quiet = process.stdout.isTTY ? [] : ["--suppress-progress"];
    return foreground(this.#cli, [...words, "--stack", this.project.stack, ...quiet], {
      cwd: this.project.folder,
      env: this.environment,
    });
  }

  /** Runs the CLI and returns its output. `input` goes to standard input, so that secrets do not appear in arguments. */
  async read(words: readonly string[], input = ""): Promise<string> {
    const options = { cwd: this.project.folder, env: this.environment, input };
    const { code, stdout, stderr } = await tryRun(this.#cli, [...words, "--non-interactive"], options);
    if (code === 0) return stdout;
    throw new Error(`pulumi ${words.join(" ")}\nfailed with exit code ${code}:\n${lastLines(stderr, 15)}`);
  }

  async select(): Promise<void> {
    await this.read(["stack", "select", "--create", this.project.stack]);
  }

  /** Sets config keys; returns the keys that changed. */
  async configure(values: ReadonlyMap<string, string>): Promise<string[]> {
    if (values.size === 0) return [];
    const stack = ["--stack", this.project.stack];
    const current = await this.config();
    const changed = [...values].filter(([key, value]) => configuredAt(current, key) !== value);
    for (const [key, value] of changed) {
      const type = /^(?:true|false)$/.test(value) ? "bool" : "string";
      const kind = key.includes(".") ? ["--path", "--type", type] : ["--secret"];
      await this.read(["config", "set", ...kind, key, ...stack], value);
    }
    const slack = ["slackBotToken", "slackWebhookUrl"];
    const other = slack.find((key) => !values.has(key));
    if (slack.some((key) => values.has(key)) && other !== undefined && configuredAt(current, other) !== undefined) {
      await this.read(["config", "rm", other, ...stack]);
      changed.push([other, ""]);
    }
    return changed.map(([key]) => key);
  }

  /** Whether the stack file sets a key. */
  async sets(path: string): Promise<boolean> {
    return configuredAt(await this.config(), path) !== undefined;
  }

  private async config(): Promise<Config> {
    const words = ["config", "--json", "--show-secrets", "--stack", this.project.stack];
    return JSON.parse(await this.read(words)) as Config;
  }
}

type Config = Record<string, { value?: string; objectValue?: Record<string, unknown> }>;

function configuredAt(config: Config, path: string): unknown {
  const [key = "", ...inner] = path.split(".");
  const found = config[`white-room-monitoring:${key}`];
  return inner.length === 0 ? found?.value : valueAt(found?.objectValue, inner);
}
