import { composeDown } from "../sandbox/compose-stack.ts";
import { sandboxConfig, sandboxSettings, sandboxUp } from "../sandbox/up.ts";
import { dockerProblem, hostProblems } from "./host-problems.ts";
import { forgetStarted, rememberStarted } from "./last-started.ts";
import { failWith, log } from "./report.ts";

/** Checks the host, starts the sandbox and verifies it. */
export async function startSandbox(): Promise<number> {
  const settings = sandboxSettings(sandboxConfig);
  const silent = await dockerProblem(true);
  if (silent !== undefined) failWith([silent]);
  const setCommand = (path: string, value: string | number) => `set ${path}: ${value} in Pulumi.sandbox.yaml`;
  const problems = await hostProblems(settings, { name: "sandbox", runner: "compose", setCommand }, true);
  if (problems.length > 0) failWith(problems);

  rememberStarted("sandbox");
  try {
    return (await sandboxUp({ verify: true, log })) ? 0 : 1;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message}\n\nStop what is running with \`./start.sh --stop --sandbox\`.`);
  }
}

export async function stopSandbox(): Promise<number> {
  await composeDown(false, log);
  forgetStarted("sandbox");
  return 0;
}
