import type { Settings } from "../../config/settings/schema.ts";
import { ensureDockerEngine } from "../sandbox/docker-engine.ts";
import {
  apiVersion,
  dataFolder,
  dockerAnswers,
  engineProblems,
  isLocalDaemon,
  orphanProblems,
  runningContainers,
  spaceProblems,
} from "./docker-host.ts";
import { portProblems, type Stack } from "./published-ports.ts";
import { log } from "./report.ts";
import { root } from "./stack-project.ts";

/**
 * Why there is no Docker daemon to work with; undefined where one answers. A missing one is installed and started where
 * this user may, but not while other problems have to be fixed first (`mayInstall: false`).
 */
export async function dockerProblem(mayInstall: boolean): Promise<string | undefined> {
  if (await dockerAnswers()) return undefined;
  if (!mayInstall && !process.env.DOCKER_HOST)
    return "no Docker daemon answers; start.sh sets one up once the other problems are fixed";
  try {
    const { started } = await ensureDockerEngine(log);
    if (started) log("Docker Engine was not running: it was started, and goes on after ./start.sh --stop.");
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What on the Docker host stands in the way of a stack: ports, space, remains of an earlier one. */
export async function hostProblems(settings: Settings | undefined, stack: Stack, hasState: boolean): Promise<string[]> {
  const containers = await runningContainers();
  const local = await isLocalDaemon();
  const bind = local ? undefined : async () => undefined;
  return [
    ...(settings === undefined ? [] : engineProblems(settings, stack, await apiVersion())),
    ...(settings === undefined ? [] : await portProblems(settings, stack, containers, bind)),
    ...(await spaceProblems(root, await dataFolder(local))),
    ...(await orphanProblems(stack.name, stack.runner, hasState)),
  ];
}
