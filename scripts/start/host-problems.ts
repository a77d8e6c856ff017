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
 * Describes why no Docker daemon is available; undefined if one is. Installs and starts a missing one if the user is
 * allowed to, unless other problems must be fixed first (`mayInstall: false`).
 */
export async function dockerProblem(mayInstall: boolean): Promise<string | undefined> {
  if (await dockerAnswers()) return undefined;
  if (!mayInstall && !process.env.DOCKER_HOST)
    return "the Docker daemon is not reachable; start.sh sets it up once the other problems are fixed";
  try {
    const { started } = await ensureDockerEngine(log);
    if (started) log("Docker Engine was not running. It has been started and keeps running after ./start.sh --stop.");
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Problems on the Docker host: ports in use, lack of space, remains of an earlier stack. */
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
