import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { findProgram, type Log, lastLines, run, step, tryRun } from "../lib/run-command.ts";
import { whyUnreachable } from "./reachable.ts";
import { root } from "./stack-project.ts";

/** npm's package of the CLI; its version is the CLI's. */
const version = "3.265.0";

const downloads = "https://get.pulumi.com";
const downloadTimeout = 15 * 60_000;

const cached = join(process.env.PULUMI_HOME || join(homedir(), ".pulumi"), "versions", version, "bin", "pulumi");

/** Path of the CLI where it is on this machine: on PATH, or fetched earlier. */
export function findPulumi(): string | undefined {
  return findProgram("pulumi") ?? (existsSync(cached) ? cached : undefined);
}

/** What of the CLI and its plugins must be fetched: nothing, or names of things. */
export async function absentTools(settings: Settings): Promise<string[]> {
  const cli = findPulumi();
  if (cli === undefined) return ["Pulumi CLI"];
  return (await absentPlugins(cli, settings)).map(({ name, plugin }) => `Pulumi plugin ${name} ${plugin}`);
}

/** Why they cannot be fetched; asked before anything is. */
export function downloadProblem(): Promise<string | undefined> {
  return whyUnreachable(`${downloads}/install.sh`);
}

/** The CLI with its plugins, fetched as far as they are missing. Throws with what the fetching said. */
export async function ensurePulumi(settings: Settings, log: Log): Promise<string> {
  const cli = await ensureCli(log);
  for (const { name, plugin } of await absentPlugins(cli, settings)) {
    await step(log, `Fetching the Pulumi plugin ${name} ${plugin}`, () =>
      run(cli, ["plugin", "install", "resource", name, plugin], { timeout: downloadTimeout }),
    );
  }
  return cli;
}

/** The CLI alone, which is enough to change a config. */
export async function ensureCli(log: Log): Promise<string> {
  return findPulumi() ?? (await step(log, `Fetching the Pulumi CLI ${version}`, fetchPulumi));
}

async function fetchPulumi(): Promise<string> {
  const folder = join(root, ".tools", "pulumi");
  await run("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", `pulumi@${version}`]);
  const start = join(folder, "node_modules", "pulumi", "run.js");
  const { code, output } = await tryRun(process.execPath, [start, "version"], { timeout: downloadTimeout });
  if (code !== 0 || !existsSync(cached)) throw new Error(`the npm package pulumi says: ${lastLines(output, 5)}`);
  return cached;
}

interface Plugin {
  readonly name: string;
  readonly plugin: string;
}

async function absentPlugins(cli: string, settings: Settings): Promise<Plugin[]> {
  const wanted = [traitsOf(settings).provider, "random"].map((name) => {
    const manifest = readFileSync(join(root, "node_modules", "@pulumi", name, "package.json"), "utf8");
    return { name, plugin: (JSON.parse(manifest) as { version: string }).version };
  });
  const missing = wanted.filter(({ name }) => findProgram(`pulumi-resource-${name}`) === undefined);
  if (missing.length === 0) return [];
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true", PATH: `${dirname(cli)}${delimiter}${process.env.PATH}` };
  const { code, stdout } = await tryRun(cli, ["plugin", "ls", "--json"], { env });
  const installed = code === 0 ? (JSON.parse(stdout) as { name: string; version?: string }[]) : [];
  return missing.filter(({ name, plugin }) => !installed.some((one) => one.name === name && one.version === plugin));
}
