import { basename } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError, type Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isSecretKey, secretProblem } from "./secrets.ts";
import { toSettings } from "./settings.ts";
import { project, type StackConfig, setSecret } from "./stack-file.ts";

/** Looks up a secret of the stack. The value is a secret Output. */
export type SecretSource = (key: string) => pulumi.Output<string> | undefined;

/**
 * The only reader of stack config: returns validated settings and access to secrets. Throws with every problem in its
 * message. `judgeSecrets: false` accepts any secret value, because the placeholders used for rendering are not URLs.
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
    // The engine prints a RunError without a stack trace, because this is a user error.
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
    const mistake = judgeSecrets && isSecretKey(name) ? secretProblem(name, text) : undefined;
    if (mistake) problems.push({ path: name, message: `${mistake}; set it again with \`${setSecret(stack, name)}\`` });
  }
  return { ...stack, values, secrets, problems };
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
