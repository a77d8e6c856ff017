import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { PlatformName } from "../components/platform/traits.ts";
import { missingSecretNeeds } from "../config/settings/secrets.ts";
import { toSettings } from "../config/settings/settings.ts";
import { readStackFile, type StackConfig, setSecret } from "../config/settings/stack-file.ts";
import { exitCodeOf, WrongWords } from "./lib/wrong-words.ts";
import { renderCompose, type TreeFile } from "./render/compose.ts";
import { renderKubernetes } from "./render/kubernetes.ts";
import { type Registered, registerResources } from "./render/register.ts";
import { localSecrets, redacted, stackSecrets } from "./render/secret-values.ts";
import { writeTree } from "./render/tree.ts";
import { deployedStack, knownStacks } from "./start/stack-project.ts";

export const root = resolve(import.meta.dirname, "..");

const help = `npm run render -- <stack> <directory> [--with-secrets] [--config-file FILE]

Writes what the stack would deploy as files: each product's own, and compose.yaml (platform docker) or
kubernetes/*.yaml (platform kubernetes). Needs no engine, daemon, cluster or passphrase.

  <stack>             a Pulumi.<stack>.yaml, such as dev, prod or sandbox
  <directory>         where to write; an earlier render in it is replaced
  --with-secrets      real secrets instead of REDACTED-<key>: from the stack (needs its engine and passphrase), for the
                      sandbox from .pulumi-local/, where they are made up once
  --config-file FILE  read this file instead of Pulumi.<stack>.yaml
`;

export interface RenderOptions {
  readonly withSecrets: boolean;
  readonly configFile?: string | undefined;
}

/** Renders a stack into a directory and returns the files that changed. Throws ConfigError for a config that cannot be used. */
export async function render(
  stack: string,
  directory: string,
  { withSecrets, configFile }: RenderOptions,
): Promise<TreeFile[]> {
  const file = configFile ?? join(root, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) throw new WrongWords(`there is no ${file}: known stacks are ${knownStacks().join(", ")}`);
  const config = readStackFile(stack, file, configFile);
  const settings = toSettings(config, { requireSecrets: false, judgeFiles: true });
  // A secret that is needed and not set yet renders as its placeholder, too.
  const missing = missingSecretNeeds(settings, config.secrets).map(({ key }) => key);
  const whole: StackConfig = { ...config, secrets: new Set([...config.secrets, ...missing]) };
  const lacking: string[] = [];
  const secret = withSecrets ? secretsOf(stack) : redacted;
  const resources = await registerResources(whole, (key) => {
    const value = secret(key);
    if (value === undefined) lacking.push(key);
    return value ?? redacted(key);
  });
  if (lacking.length > 0) throw new Error(lackingSecrets(stack, lacking.sort(), missing));
  return writeTree(resolve(directory), manifests[settings.platform](resources, stack));
}

/** What each platform applies without the engine, beside the products' files. */
const manifests = {
  docker: (resources: readonly Registered[], stack: string) => renderCompose(resources, `white-room-${stack}`),
  kubernetes: renderKubernetes,
} satisfies Record<PlatformName, (resources: readonly Registered[], stack: string) => TreeFile[]>;

/** What is to be done about secrets that a stack has no value of: those that config needs, and those that an `up` makes. */
function lackingSecrets(stack: string, lacking: readonly string[], needed: readonly string[]): string {
  const { command } = deployedStack(stack);
  const written = lacking
    .filter((key) => needed.includes(key))
    .map((key) => `${key}: write \`${setSecret({ stack, command }, key)}\``);
  const made = lacking.filter((key) => !needed.includes(key));
  const up = `${made.join(", ")}: made by the first \`${command} up --stack ${stack}\` that ends well`;
  const lines = [...written, ...(made.length > 0 ? [up] : [])].map((line) => `  ${line}`);
  return `Stack ${stack} has no value yet of these secrets; nothing was written.\n\n${lines.join("\n")}\n`;
}

function secretsOf(stack: string): (key: string) => string | undefined {
  return stack === "sandbox" ? localSecrets(join(root, ".pulumi-local", "sandbox-secrets.json")) : stackSecrets(stack);
}

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        "with-secrets": { type: "boolean", default: false },
        "config-file": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    const [stack, directory, ...rest] = positionals;
    if (values.help) process.stdout.write(help);
    else if (stack === undefined || directory === undefined || rest.length > 0) {
      throw new WrongWords("write a stack and a directory, such as: npm run render -- dev rendered");
    } else {
      if (statSync(directory, { throwIfNoEntry: false })?.isFile())
        throw new WrongWords(`${directory} is a file: name an empty or a new directory`);
      await render(stack, directory, { withSecrets: values["with-secrets"], configFile: values["config-file"] });
      process.stdout.write(`${stack} is rendered in ${directory}\n`);
    }
  } catch (error) {
    process.exitCode = exitCodeOf(error, help);
  }
}
