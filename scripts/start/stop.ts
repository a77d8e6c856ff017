import { run } from "../lib/run-command.ts";
import type { StartOptions } from "./arguments.ts";
import { dockerAnswers, orphanProblems } from "./docker-host.ts";
import { dockerProblem } from "./host-problems.ts";
import { defaultStack, forgetStarted, lastStarted } from "./last-started.ts";
import { Pulumi } from "./pulumi.ts";
import { findPulumi } from "./pulumi-cli.ts";
import { failWith, log } from "./report.ts";
import { stopSandbox } from "./sandbox.ts";
import { readWanted } from "./settings.ts";
import { hasLocalState, knownStacks, openProject } from "./stack-project.ts";

/** Stops the stack or sandbox that the options name or that was started last, and reports what remains. */
export async function stop({ stack: named, sandbox }: StartOptions): Promise<number> {
  const last = lastStarted();
  if (sandbox || (named === undefined && last === "sandbox")) return stopSandbox();
  const stack = named ?? defaultStack();
  if (!knownStacks().includes(stack)) {
    throw new Error(`Pulumi.${stack}.yaml does not exist. Known stacks: ${knownStacks().join(", ")}.`);
  }
  const project = openProject(stack);
  if (project.own && !hasLocalState(stack)) {
    const orphans = (await dockerAnswers()) ? await orphanProblems(stack, "engine", false) : [];
    if (orphans.length > 0) throw new Error(orphans.join("\n"));
    log(`Stack ${stack} is not running; nothing to stop.`);
    return 0;
  }
  const { config, settings } = readWanted(project);
  const onDocker = config.values["platform"] !== "kubernetes";
  const silent = onDocker ? await dockerProblem(false) : undefined;
  const cli = findPulumi();
  const problems = silent === undefined ? [] : [silent];
  if (cli === undefined) problems.push("pulumi, which deployed the stack and is needed to destroy it, is not on PATH");
  if (problems.length > 0 || cli === undefined) failWith(problems);

  const pulumi = new Pulumi(cli, project);
  const ask = stack !== "dev" && process.stdin.isTTY && process.stdout.isTTY;
  const code = await pulumi.watch(["destroy", ...(ask ? [] : ["--yes", "--skip-preview"])]);
  if (code !== 0) {
    log(`\npulumi destroy failed (exit code ${code}); see its output above. Run ./start.sh --stop again.`);
    log(`To remove a stale lock: ${project.command} cancel --stack ${stack}`);
    return 1;
  }
  forgetStarted(`stack ${stack}`);
  if (onDocker) return reportRemains(stack);
  log(`\nStack ${stack} is stopped.`);
  if (settings?.kubernetes.createNamespaces) {
    const { namespace, agentsNamespace } = settings.kubernetes;
    log("Its namespaces are kept; delete them before the next start, or set kubernetes.createNamespaces: false.");
    log(`To delete them with everything in them: kubectl delete namespace ${namespace} ${agentsNamespace}`);
  }
  return 0;
}

async function reportRemains(stack: string): Promise<number> {
  const filter = ["--filter", `name=^white-room-${stack}-`, "--format"];
  const [volumes, containers] = await Promise.all([
    lines(["volume", "ls", ...filter, "{{.Name}}"]),
    lines(["ps", "--all", ...filter, "{{.Names}}"]),
  ]);
  if (containers.length > 0) {
    log(`\nContainers not managed by Pulumi remain; remove them: docker rm --force ${containers.join(" ")}`);
    return 1;
  }
  log(`\nStack ${stack} is stopped.`);
  if (volumes.length > 0) {
    log(`The data is kept for the next start:\n${volumes.map((name) => `  ${name}`).join("\n")}`);
    log(`To delete it permanently: docker volume rm ${volumes.join(" ")}`);
  }
  return 0;
}

async function lines(words: readonly string[]): Promise<string[]> {
  return (await run("docker", words)).split("\n").filter(Boolean).sort();
}
