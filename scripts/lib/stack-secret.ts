import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { localSecrets } from "../render/secret-values.ts";
import { deployedStack, root } from "../start/stack-project.ts";

/** Secrets of the sandbox, which has no engine. */
export const sandboxSecrets = join(root, ".pulumi-local", "sandbox-secrets.json");

/** A secret of the stack's config, unless the environment variable is set. `what` describes it in the error message. */
export function stackSecret(
  stack: string,
  key: string,
  { variable, what }: { variable: string; what: string },
): string {
  const given = process.env[variable];
  if (given !== undefined) return given;
  if (stack === "sandbox") return localSecrets(sandboxSecrets)(key);
  const { pulumi, command } = deployedStack(stack);
  const words = ["config", "get", key, "--stack", stack];
  try {
    return execFileSync(pulumi, words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(
      `cannot read ${what}; set ${variable}, or fix the error of \`${command} ${words.join(" ")}\`: ${(stderr || message).trim()}`,
    );
  }
}
