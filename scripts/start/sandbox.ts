import { join } from "node:path";
import { toSettings } from "../../config/settings.ts";
import { readStackFile } from "../../config/stack-file.ts";
import { foreground } from "./foreground.ts";
import { dockerProblem, hostProblems } from "./host-problems.ts";
import { forgetStarted, rememberStarted } from "./last-started.ts";
import { log, refuseAll } from "./report.ts";
import { root } from "./stack-project.ts";

const stackFile = "Pulumi.sandbox.yaml";

/** Checks the host, starts the sandbox, verifies it. */
export async function startSandbox(): Promise<number> {
  const settings = toSettings(readStackFile("sandbox", join(root, stackFile)), { requireSecrets: false });
  const silent = await dockerProblem(true);
  if (silent !== undefined) refuseAll([silent]);
  const mend = (path: string, value: string | number) => `write ${path}: ${value} in ${stackFile}`;
  const problems = await hostProblems(settings, { name: "sandbox", runner: "compose", mend }, true);
  if (problems.length > 0) refuseAll(problems);

  rememberStarted("sandbox");
  const code = await foreground(process.execPath, [join(root, "scripts", "sandbox.ts"), "up"], { cwd: root });
  if (code !== 0) {
    log("\nThe sandbox did not come up; its message is above. Take down what is there: ./start.sh --stop --sandbox");
    return 1;
  }
  log("\nVerifying …");
  const verified = await foreground(
    process.execPath,
    [join(root, "scripts", "verify.ts"), "--stack", "sandbox", "--config-file", join(root, stackFile), "--wait", "5m"],
    { cwd: root },
  );
  log("\nStop it: ./start.sh --stop");
  return verified === 0 ? 0 : 1;
}

export async function stopSandbox(): Promise<number> {
  const code = await foreground(process.execPath, [join(root, "scripts", "sandbox.ts"), "down"], { cwd: root });
  if (code === 0) forgetStarted("sandbox");
  return code === 0 ? 0 : 1;
}
