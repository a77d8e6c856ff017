import { createInterface } from "node:readline/promises";
import { traitsOf } from "../../components/platform/traits.ts";
import { duration } from "../lib/step.ts";
import type { StartOptions } from "./arguments.ts";
import { absentImages, neededImages, pullImages, registryProblems } from "./container-images.ts";
import { dockerProblem, hostProblems } from "./host-problems.ts";
import { Pulumi } from "./pulumi.ts";
import { absentTools, downloadProblem, ensureCli, ensurePulumi, findPulumi } from "./pulumi-cli.ts";
import { failWith, log } from "./report.ts";
import { startSandbox } from "./sandbox.ts";
import { readWanted, type Wanted } from "./settings.ts";
import { hasLocalState, knownStacks, openProject, type StackProject, writeCommand } from "./stack-project.ts";
import { up } from "./up.ts";

/** Checks everything, downloads what is missing, and deploys the stack. Only the deployment changes the stack. */
export async function start(options: StartOptions): Promise<number> {
  if (options.sandbox) return startSandbox();
  const stack = options.stack ?? "dev";
  if (!knownStacks().includes(stack)) {
    throw new Error(`Pulumi.${stack}.yaml does not exist. Known stacks: ${knownStacks().join(", ")}.`);
  }
  const begun = performance.now();
  const project = openProject(stack);
  const wanted = readWanted(project);
  describe(project, wanted);

  const onDocker = wanted.settings === undefined || traitsOf(wanted.settings).usesDockerEngine;
  const problems = [...wanted.problems];
  const silent = onDocker ? await dockerProblem(problems.length === 0) : undefined;
  if (problems.length > 0) problems.push(...(await ensureSetCommand(project)));
  if (silent !== undefined) failWith([...problems, silent]);

  const lacking = wanted.settings === undefined ? [] : await lackingParts(wanted, onDocker);
  if (lacking.length > 0) {
    if (problems.length > 0) failWith(problems);
    return offerSandbox(stack, lacking, options.yes);
  }
  if (onDocker) {
    const host = { name: stack, runner: "engine", setCommand: setCommandOf(project) } as const;
    const found = await hostProblems(wanted.settings, host, !project.own || hasLocalState(stack));
    if (found.length > 0 && problems.length === 0) problems.push(...(await ensureSetCommand(project)));
    problems.push(...found);
  }
  if (problems.length > 0 || wanted.settings === undefined) failWith(problems);

  let cli: string;
  try {
    cli = await ensurePulumi(wanted.settings, log);
  } catch (error) {
    return offerSandbox(stack, [(error as Error).message], options.yes);
  }
  const absent = onDocker ? await absentImages(await neededImages(wanted.config)) : [];
  if (absent.length > 0) {
    const refused = await pullImages(absent, log);
    if (refused.length > 0) return offerSandbox(stack, refused, options.yes);
  }
  log(`All requirements are met (${duration(performance.now() - begun)})`);
  return up(cli, project, wanted.settings, wanted.dotEnv, options.yes);
}

function describe(project: StackProject, { settings, dotEnv }: Wanted): void {
  const where = project.own ? "state in .pulumi-local" : `state in ${process.env.PULUMI_BACKEND_URL}`;
  log(`Stack ${project.stack}${settings === undefined ? "" : `, platform ${settings.platform}`}; ${where}`);
  if (project.local.length > 0) log(`  set for this checkout only: ${project.local.join(", ")}`);
  if (dotEnv.values.size > 0) log(`  from .env: ${[...dotEnv.values.keys()].join(", ")}`);
  if (dotEnv.ignored.length > 0) log(`  ignored names in .env: ${dotEnv.ignored.join(", ")}`);
}

/** Makes the command in the messages available; if the CLI cannot be downloaded, returns that as a problem. */
async function ensureSetCommand(project: StackProject): Promise<string[]> {
  if (!project.own) return [];
  const unreachable = findPulumi() === undefined ? await downloadProblem() : undefined;
  if (unreachable !== undefined) return [`${project.command} needs the Pulumi CLI: ${unreachable}`];
  const cli = await ensureCli(log);
  writeCommand(project, cli);
  await new Pulumi(cli, project).select();
  return [];
}

/** Missing Pulumi tools and images that cannot be downloaded, each with the reason. */
async function lackingParts({ config, settings }: Wanted, onDocker: boolean): Promise<string[]> {
  if (settings === undefined) return [];
  const [tools, images] = await Promise.all([
    absentTools(settings),
    onDocker ? neededImages(config).then(absentImages) : [],
  ]);
  const [download, registries] = await Promise.all([
    tools.length > 0 ? downloadProblem() : undefined,
    registryProblems(images),
  ]);
  return [...(download === undefined ? [] : [`${tools.join(", ")}: ${download}`]), ...registries];
}

async function offerSandbox(stack: string, lacking: readonly string[], yes: boolean): Promise<number> {
  log(`\nNot available on this machine:\n${lacking.map((text) => `  - ${text}`).join("\n")}`);
  if (stack !== "dev") {
    throw new Error(`Stack ${stack} needs them. The dev stack runs without them: ./start.sh --sandbox`);
  }
  log(
    "\nThe sandbox needs none of these. It runs the same stack under Docker Compose, on images built here from distribution",
  );
  log("packages and Go modules, with the viewer instead of Grafana and Promtail as collector.");
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  if (terminal && !yes) {
    const reader = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await reader.question("Start the sandbox? [y/N] ");
    reader.close();
    if (!/^y(?:es)?$/i.test(answer.trim())) {
      log("Nothing was started.");
      return 1;
    }
  } else {
    log(yes ? "Continuing with the sandbox.\n" : "No terminal to ask on: continuing with the sandbox.\n");
  }
  return startSandbox();
}

function setCommandOf({ stack, command }: StackProject) {
  return (path: string, value: string | number) =>
    `${command} config set --path ${/\[/.test(path) ? `'${path}'` : path} ${value} --stack ${stack}`;
}
