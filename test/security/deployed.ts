import type { StackConfig } from "../../config/settings/stack-file.ts";
import { registered } from "../components/stack.ts";

/** Arguments with which the stack runs a program on Docker. Some are replaced, because the program runs outside a container. */
export async function deployedArguments(
  config: StackConfig,
  workload: string,
  replaced: Readonly<Record<string, string>>,
): Promise<string[]> {
  const container = (await registered(config)).find(
    ({ type, name }) => type === "docker:index/container:Container" && name === workload,
  );
  if (container === undefined) throw new Error(`the stack has no container ${workload}`);
  const left = new Map(Object.entries(replaced));
  const own = (container.inputs["command"] as string[]).map((argument) => {
    const [flag = ""] = argument.split("=");
    const value = left.get(flag);
    left.delete(flag);
    return value === undefined ? argument : `${flag}=${value}`;
  });
  return [...own, ...[...left].map(([flag, value]) => `${flag}=${value}`)];
}
