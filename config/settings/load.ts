import { basename } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { ownRules } from "../alerts/own-rules/own-rules.ts";
import { ConfigError, type Problem } from "./problems.ts";
import type { Settings, schema } from "./schema.ts";
import { isSecretKey, secretProblem } from "./secrets.ts";
import { toSettings } from "./settings.ts";
import { project, type StackConfig, secretFix } from "./stack-file.ts";
import { isKeyOf } from "./tls.ts";

/** Looks up a secret of the stack. The value is a secret Output. */
export type SecretSource = (key: string) => pulumi.Output<string> | undefined;

/** Arguments of a stack inside another Pulumi program: the keys of a stack file, without their namespace, and secrets. */
export type StackArgs = z.input<typeof schema> & {
  /** Secrets by key, such as `slackWebhookUrl`. The list is in docs/CONFIGURATION.md. */
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Identifies the stack in names of containers, volumes, networks and cluster-scoped objects. Defaults to the Pulumi
   * stack's name and the component's, such as `dev-monitoring`.
   */
  readonly stackName?: string;
};

/** A validated config. */
export class LoadedConfig {
  readonly settings: Settings;
  readonly secret: SecretSource;
  readonly stackName: string;

  constructor(config: StackConfig, secret: SecretSource) {
    this.settings = validated(config);
    this.secret = secret;
    this.stackName = config.stack;
  }
}

/**
 * Reads and validates the config of the Pulumi stack. Throws with every problem in its message. `checkSecrets: false`
 * accepts any secret value, because the placeholders used for rendering are not URLs.
 */
export function loadConfig({ checkSecrets = true } = {}): LoadedConfig {
  const config = new pulumi.Config(project);
  return new LoadedConfig(readEngineConfig(checkSecrets), (key) => config.getSecret(key));
}

/** Validates the arguments of a component. Throws with every problem in its message. */
export function configOfArgs(name: string, { secrets = {}, stackName, ...values }: StackArgs): LoadedConfig {
  const config = {
    stack: stackName ?? `${pulumi.getStack()}-${name}`,
    file: `ObservabilityStack "${name}"`,
    inProgram: true as const,
  };
  const problems = Object.entries(secrets).flatMap(([key, value]) =>
    typeof value === "string" ? secretProblems(config, key, value) : [],
  );
  const fits: StackConfig["fits"] = (key, certificate) => {
    const value = secrets[key];
    return typeof value === "string" ? isKeyOf(value, certificate) : undefined;
  };
  return new LoadedConfig({ ...config, values, secrets: new Set(Object.keys(secrets)), problems, fits }, (key) => {
    const value = secrets[key];
    return value === undefined ? undefined : pulumi.secret(value);
  });
}

function validated(config: StackConfig): Settings {
  try {
    const settings = toSettings(config, { checkFiles: true });
    for (const warning of ownRules(settings).warnings) void pulumi.log.warn(`alerting.extraRules: ${warning}`);
    return settings;
  } catch (error) {
    // The engine prints a RunError without a stack trace, because this is a user error.
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

function readEngineConfig(checkSecrets: boolean): StackConfig {
  const values: Record<string, unknown> = {};
  const secrets = new Set<string>();
  const problems: Problem[] = [];
  const stack = { stack: pulumi.getStack(), command: pulumiCommand() };
  for (const [key, text] of Object.entries(pulumi.runtime.allConfig())) {
    const name = key.slice(project.length + 1);
    if (!key.startsWith(`${project}:`)) continue;
    if (!isConfigSecret(key)) {
      values[name] = parse(text);
      continue;
    }
    secrets.add(name);
    if (checkSecrets) problems.push(...secretProblems(stack, name, text));
  }
  const fits: StackConfig["fits"] = (key, certificate) =>
    checkSecrets ? isKeyOf(pulumi.runtime.allConfig()[`${project}:${key}`], certificate) : undefined;
  return { ...stack, values, secrets, problems, fits };
}

function secretProblems(config: Pick<StackConfig, "stack" | "command" | "inProgram">, key: string, text: string) {
  const mistake = isSecretKey(key) ? secretProblem(key, text) : undefined;
  return mistake === undefined ? [] : [{ path: key, message: `${mistake}; ${secretFix(config, key)}` }];
}

/** The Pulumi command to show to users: `pulumi`, or the wrapper that start.sh writes for its local state. */
export function pulumiCommand(root = pulumi.getRootDirectory()): string {
  const folder = ".pulumi-local";
  return basename(root) === folder ? `${folder}/pulumi` : "pulumi";
}

/** Missing from the type declarations; Config's getters use it too. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** The engine passes objects and lists as JSON, and strings unchanged. */
function parse(text: string): unknown {
  if (!/^[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
