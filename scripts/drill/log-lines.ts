import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { tryRun } from "../lib/run-command.ts";

/** Alertmanager's log since a time, through Docker or kubectl; empty if neither can read it. */
export async function alertmanagerLog(platform: Settings["platform"], stack: string, since: Date): Promise<string> {
  const logs = logCommands(platform, stack, since).map(async ([program, ...words]) => {
    const { code, output } = await tryRun(program, words, { timeout: 10_000 });
    return code === 0 ? output : "";
  });
  return (await Promise.all(logs)).join("");
}

/** Commands that print the log. The sandbox always uses the stack name "sandbox", whatever its config. */
export function logCommands(platform: Settings["platform"], stack: string, since: Date): [string, ...string[]][] {
  const time = since.toISOString();
  if (!traitsOf({ platform }).usesDockerEngine) {
    const pods = ["--namespace", "monitoring", "--selector", "app.kubernetes.io/name=alertmanager"];
    return [["kubectl", "logs", ...pods, "--tail=-1", `--since-time=${time}`]];
  }
  return [stack, "sandbox"].map((name) => ["docker", "logs", "--since", time, `white-room-${name}-alertmanager`]);
}

/** The last error that Alertmanager logged for a receiver and this run's alerts. */
export function lastError(log: string, receiver: string, run: string): string | undefined {
  const lines = log
    .split("\n")
    .filter((line) => line.includes(run) && (line.includes(`receiver=${receiver} `) || line.includes(`${receiver}/`)));
  const [, quoted, plain] = /\berr=(?:("(?:[^"\\]|\\.)*")|(\S+))/.exec(lines.at(-1) ?? "") ?? [];
  const error = quoted === undefined ? plain : (JSON.parse(quoted) as string);
  return error === undefined || error.length <= 300 ? error : `${error.slice(0, 299)}…`;
}
