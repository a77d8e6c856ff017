import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { findProgram } from "../lib/find-program.ts";
import { lastLines, run, tryRun } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { whyUnreachable } from "./reachable.ts";
import { root } from "./stack-project.ts";

/** Version of the npm package pulumi, which is also the CLI's version. */
const version = "3.265.0";

const downloads = "https://get.pulumi.com";
const downloadTimeout = 15 * 60_000;

const cached = join(process.env.PULUMI_HOME || join(homedir(), ".pulumi"), "versions", version, "bin", "pulumi");

/** Path of the CLI if it is on PATH or was downloaded earlier. */
export function findPulumi(): string | undefined {
  return findProgram("pulumi") ?? (existsSync(cached) ? cached : undefined);
}

/** Names of the CLI and plugins that must be downloaded. */
export async function absentTools(settings: Settings): Promise<string[]> {
  const cli = findPulumi();
  if (cli === undefined) return ["Pulumi CLI"];
  return (await absentPlugins(cli, settings)).map(({ name, plugin }) => `Pulumi plugin ${name} ${plugin}`);
}

/** Describes why the CLI and plugins cannot be downloaded; undefined if they can. */
export function downloadProblem(): Promise<string | undefined> {
  return whyUnreachable(`${downloads}/install.sh`);
}

/** Ensures that the CLI and its plugins are installed. Throws with the output of a failed download. */
export async function ensurePulumi(settings: Settings, log: Log): Promise<string> {
  const cli = await ensureCli(log);
  for (const { name, plugin } of await absentPlugins(cli, settings)) {
    await step(log, `Downloading the Pulumi plugin ${name} ${plugin}`, () =>
      run(cli, ["plugin", "install", "resource", name, plugin], { timeout: downloadTimeout }),
    );
  }
  return cli;
}

/** Ensures that the CLI is installed, which is enough to change the config. */
export async function ensureCli(log: Log): Promise<string> {
  return findPulumi() ?? (await step(log, `Downloading the Pulumi CLI ${version}`, fetchPulumi));
}

async function fetchPulumi(): Promise<string> {
  const folder = join(root, ".tools", "pulumi");
  await run("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", `pulumi@${version}`]);
  const start = join(folder, "node_modules", "pulumi", "run.js");
  const { code, output } = await tryRun(process.execPath, [start, "version"], { timeout: downloadTimeout });
  if (code !== 0 || !existsSync(cached)) throw new Error(`the npm package pulumi failed: ${lastLines(output, 5)}`);
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
