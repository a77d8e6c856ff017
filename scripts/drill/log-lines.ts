import { tryRun } from "../sandbox/run-command.ts";

/** Alertmanager's log since a time, where Docker is at hand and runs it; else nothing. The sandbox is a stack by that name. */
export async function alertmanagerLog(stack: string, since: Date): Promise<string> {
  const logs = [stack, "sandbox"].map(async (name) => {
    const container = `white-room-${name}-alertmanager`;
    const asked = ["logs", "--since", since.toISOString(), container];
    const { code, output } = await tryRun("docker", asked, { timeout: 10_000 });
    return code === 0 ? output : "";
  });
  return (await Promise.all(logs)).join("");
}

/** The last error that Alertmanager logged about a receiver and this run's alerts, in its own words. */
export function lastError(log: string, receiver: string, run: string): string | undefined {
  const lines = log
    .split("\n")
    .filter((line) => line.includes(run) && (line.includes(`receiver=${receiver} `) || line.includes(`${receiver}/`)));
  const [, quoted, plain] = /\berr=(?:("(?:[^"\\]|\\.)*")|(\S+))/.exec(lines.at(-1) ?? "") ?? [];
  const error = quoted === undefined ? plain : (JSON.parse(quoted) as string);
  return error === undefined || error.length <= 300 ? error : `${error.slice(0, 299)}…`;
}
