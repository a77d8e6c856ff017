import { basename } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError, type Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isSecretKey, secretMistake } from "./secrets.ts";
import { toSettings } from "./settings.ts";
import { project, type StackConfig, setSecret } from "./stack-file.ts";

/** Secrets of the stack, by key; the value stays an Output that the engine knows to be secret. */
export type SecretSource = (key: string) => pulumi.Output<string> | undefined;

/**
 * The only reader of stack config: validated settings, and access to the secrets. Throws with every problem in its message.
 * `judgeSecrets: false` accepts whatever a secret holds: what stands in for one when rendering is no URL.
 */
export function loadConfig({ judgeSecrets = true } = {}): {
  readonly settings: Settings;
  readonly secret: SecretSource;
} {
  const config = new pulumi.Config(project);
  try {
    return {
      settings: toSettings(readEngineConfig(judgeSecrets), { judgeFiles: true }),
      secret: (key) => config.getSecret(key),
    };
  } catch (error) {
    // The engine prints this one without a stack trace: the mistake is not in the program.
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

function readEngineConfig(judgeSecrets: boolean): StackConfig {
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
    const mistake = judgeSecrets && isSecretKey(name) ? secretMistake(name, text) : undefined;
    if (mistake)
      problems.push({ path: name, message: `${mistake}: write it again with \`${setSecret(stack, name)}\`` });
  }
  return { ...stack, values, secrets, problems };
}

/** What people type for the Pulumi CLI: where start.sh keeps state and config of its own, the command it wrote beside them. */
export function pulumiCommand(root = pulumi.getRootDirectory()): string {
  const folder = ".pulumi-local";
  return basename(root) === folder ? `${folder}/pulumi` : "pulumi";
}

/** There at run time, not in the declarations; Config's own getters use it to the same end. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** The engine hands maps and lists over as JSON, and texts as they are. */
function parse(text: string): unknown {
  if (!/^[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
