import { traitsOf } from "../../components/platform/traits.ts";
import { run } from "../lib/run-command.ts";
import type { Finding, StackUnderTest } from "./finding.ts";

/** Every container of the stack is running and healthy. */
export async function checkWorkloads({ name, settings }: StackUnderTest): Promise<Finding[]> {
  if (!traitsOf(settings).usesDockerEngine)
    return [{ state: "off", what: settings.platform, detail: "use kubectl get pods" }];
  const list = await run("docker", [
    "ps",
    "--all",
    "--filter",
    "label=white-room.workload",
    "--format",
    "{{.Names}}\t{{.State}}\t{{.Status}}",
  ]);
  const prefix = `white-room-${name}-`;
  const rows = list.split("\n").filter((row) => row.startsWith(prefix));
  if (rows.length === 0) return [{ state: "failed", what: name, detail: "has no containers; run ./start.sh" }];
  return rows.sort().map((row) => {
    const [container = "", state, status = ""] = row.split("\t");
    const healthy = state === "running" && !/unhealthy|starting/.test(status);
    return { state: healthy ? "ok" : "failed", what: container.slice(prefix.length), detail: status };
  });
}
