import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../config/settings/problems.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile, type StackConfig } from "../../config/settings/stack-file.ts";
import { type DotEnv, parseDotEnv } from "./dotenv.ts";
import { root, type StackProject } from "./stack-project.ts";

export interface Wanted {
  /** The config that the program will read, including `.env`. */
  readonly config: StackConfig;
  /** Undefined if the config is invalid; see `problems`. */
  readonly settings: Settings | undefined;
  readonly dotEnv: DotEnv;
  readonly problems: readonly string[];
}

/** Reads and validates a stack's config together with `.env`, as the program will. */
export function readWanted(project: StackProject): Wanted {
  const path = join(root, ".env");
  const dotEnv = parseDotEnv(existsSync(path) ? readFileSync(path, "utf8") : "");
  const config = withDotEnv(
    { ...readStackFile(project.stack, project.configFile), command: project.command },
    dotEnv.values,
  );
  const problems = [...dotEnv.problems, ...passphraseProblems(project)];
  try {
    return { config, settings: toSettings(config, { checkFiles: true }), dotEnv, problems };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Two Slack credentials in `.env` are already reported.
    const own = error.problems.filter(({ path }) => !(path === "slackWebhookUrl" && dotEnv.problems.length > 0));
    const texts = own.map(({ path, message }) => `Pulumi.${project.stack}.yaml: ${path}: ${message}`);
    return { config, settings: undefined, dotEnv, problems: [...problems, ...texts] };
  }
}

/** The config after importing `.env`. */
export function withDotEnv(config: StackConfig, values: ReadonlyMap<string, string>): StackConfig {
  const plain: Record<string, unknown> = { ...config.values };
  const secrets = new Set(config.secrets);
  for (const [key, value] of values) {
    const [part = "", inner] = key.split(".");
    if (inner === undefined) secrets.add(key);
    else plain[part] = { ...(plain[part] as object | undefined), [inner]: value };
  }
  // A Slack credential in `.env` replaces the other kind, if that was stored earlier.
  if (values.has("slackBotToken")) secrets.delete("slackWebhookUrl");
  else if (values.has("slackWebhookUrl")) secrets.delete("slackBotToken");
  return { ...config, values: plain, secrets };
}

/** Reports a missing passphrase. Otherwise, the engine prompts for it midway, or fails without a terminal. */
function passphraseProblems(project: StackProject): string[] {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (given !== undefined || file !== undefined || "PULUMI_CONFIG_PASSPHRASE_FILE" in project.environment) return [];
  const text = readFileSync(project.configFile, "utf8");
  if (/^secretsprovider:(?! passphrase)/m.test(text)) return [];
  const service = /^https?:/.test(process.env.PULUMI_BACKEND_URL ?? "");
  if (service && !/^encryptionsalt:/m.test(text)) return [];
  return [
    `Pulumi.${project.stack}.yaml is encrypted with a passphrase; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE`,
  ];
}
