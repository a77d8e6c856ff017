import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { toYaml } from "../../../config/file.ts";
import type { Settings } from "../../../config/settings/schema.ts";
import { toSettings } from "../../../config/settings/settings.ts";
import { project, readStackFile } from "../../../config/settings/stack-file.ts";
import { run } from "../../../scripts/lib/run-command.ts";
import { RunningStack } from "../running-stack.ts";

export const root = resolve(import.meta.dirname, "../../..");
export const stack = new RunningStack("sandbox");
export const secretsFile = join(root, ".pulumi-local", "sandbox-secrets.json");

const wait = { groupWait: "1s", groupInterval: "5s", repeatInterval: "1h" };

/** The sandbox's config with every wait shortened through the keys that users have. */
export const fast: Record<string, Record<string, unknown>> = {
  metrics: { scrapeInterval: "5s", scrapeTimeout: "4s", evaluationInterval: "5s" },
  alerting: {
    waits: { critical: wait, high: wait, medium: wait, low: wait },
    rules: {
      ServiceDown: { for: "10s" },
      PostgresDown: { for: "10s" },
      RedisDown: { for: "10s" },
      NginxDown: { for: "10s" },
    },
  },
};

const stackFile = join(root, "Pulumi.sandbox.yaml");

/** The settings that the sandbox has with these keys replaced. */
export function settingsOf(values: Record<string, unknown>): Settings {
  const config = readStackFile("sandbox", stackFile);
  return toSettings({ ...config, values: { ...config.values, ...values } }, { requireSecrets: false });
}

const directory = mkdtempSync(join(tmpdir(), "white-room-e2e-"));

/** Config of the running sandbox. */
export const configFile = join(directory, "Pulumi.sandbox.yaml");

/** Brings the sandbox to its own config with these keys replaced and these secrets set, as a user would. */
export async function apply(values: Record<string, unknown>, secrets: readonly string[] = []): Promise<string> {
  const { config } = load(readFileSync(stackFile, "utf8")) as {
    config: Record<string, unknown>;
  };
  const named = Object.entries(values).map(([key, value]) => [`${project}:${key}`, value]);
  const encrypted = secrets.map((key) => [`${project}:${key}`, { secure: "kept in .pulumi-local" }]);
  writeFileSync(
    configFile,
    toYaml({ config: { ...config, ...Object.fromEntries(named), ...Object.fromEntries(encrypted) } }),
  );
  return run(process.execPath, [join(root, "scripts/sandbox.ts"), "up", "--config-file", configFile]);
}
