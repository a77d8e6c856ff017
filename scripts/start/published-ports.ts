import { createServer } from "node:net";
import { bindAddress } from "../../config/products/links.ts";
import { publishedPorts } from "../../config/products/published-ports.ts";
import type { Settings } from "../../config/settings/schema.ts";

/** A running container and its published ports. */
export interface RunningContainer {
  readonly name: string;
  readonly ports: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Who runs the stack. Containers of the same name under another runner do not belong to it. */
export type Runner = "engine" | "compose";

export interface Stack {
  readonly name: string;
  readonly runner: Runner;
  /** Describes how to set a key to another value: a command to run, or a file to edit. */
  readonly setCommand: (path: string, value: string | number) => string;
}

/** Error code of a failed bind; undefined if the port is free. */
export type BindFailure = string | undefined;

/** One message for each published port that is in use. */
export async function portProblems(
  settings: Settings,
  stack: Stack,
  containers: readonly RunningContainer[],
  bind: (address: string, port: number) => Promise<BindFailure> = tryBind,
): Promise<string[]> {
  const problems: string[] = [];
  const otherStacks = new Map<string, number[]>();
  for (const { path, port, component } of publishedPorts(settings)) {
    const key = path.replace(/ \(.*$/, "");
    const holder = containers.find(({ ports }) => ports.includes(port));
    if (holder !== undefined) {
      const other = otherStack(holder);
      if (isOwn(holder, stack)) continue;
      if (other === undefined)
        problems.push(
          portInUse(port, path, key, `container ${holder.name}. Stop it (docker stop ${holder.name})`, stack),
        );
      else otherStacks.set(other, [...(otherStacks.get(other) ?? []), port]);
      continue;
    }
    const address = bindAddress(settings, component);
    const failure = await bind(address, port);
    if (failure === "EADDRNOTAVAIL") {
      const addressKey =
        settings.network.bindAddresses[component] === undefined
          ? "network.bindAddress"
          : `network.bindAddresses.${component}`;
      return [
        `${addressKey}: this machine has no address ${address}; run ${stack.setCommand(addressKey, "127.0.0.1")}`,
      ];
    }
    if (failure === "EADDRINUSE") problems.push(portInUse(port, path, key, "another program. Stop it", stack));
    // Docker may bind privileged ports even if this user may not.
    else if (failure !== undefined && failure !== "EACCES")
      problems.push(`port ${port} (${path}) cannot be used: ${failure}`);
  }
  for (const [other, ports] of otherStacks) {
    problems.push(
      `${ports.length === 1 ? "port" : "ports"} ${ports.join(", ")}: in use by ${other}, or choose other ports: ${stack.setCommand("metrics.port", 19_090)}, and so on`,
    );
  }
  return problems;
}

/** Whether a container belongs to the stack under this runner. */
export function isOwn({ name, labels }: RunningContainer, stack: Pick<Stack, "name" | "runner">): boolean {
  return (
    name.startsWith(`white-room-${stack.name}-`) &&
    "white-room.workload" in labels &&
    "com.docker.compose.project" in labels === (stack.runner === "compose")
  );
}

/** Rows of `docker ps --format '{{.Names}}\t{{.Ports}}\t{{.Labels}}'`. */
export function parseContainers(rows: string): RunningContainer[] {
  return rows
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => {
      const [name = "", ports = "", labels = ""] = row.split("\t");
      const pairs = labels.split(",").map((label) => label.split("=", 2) as [string, string]);
      return { name, ports: hostPorts(ports), labels: Object.fromEntries(pairs) };
    });
}

/** "127.0.0.1:9090->9090/tcp, 0.0.0.0:8000-8002->8000-8002/tcp, 5432/tcp" */
function hostPorts(text: string): number[] {
  const ports = [...text.matchAll(/:(\d+)(?:-(\d+))?->/g)].flatMap(([, first, last]) => {
    const start = Number(first);
    return Array.from({ length: Number(last ?? first) - start + 1 }, (_, index) => start + index);
  });
  return [...new Set(ports)];
}

/** Another stack of this project and how to stop it; undefined for any other container. */
function otherStack({ name, labels }: RunningContainer): string | undefined {
  const workload = labels["white-room.workload"];
  if (workload === undefined) return undefined;
  if ("com.docker.compose.project" in labels) return "the sandbox. Stop it (./start.sh --stop --sandbox)";
  const stack = name.slice("white-room-".length, -`-${workload}`.length);
  return `stack ${stack}. Stop it (./start.sh --stop --stack ${stack})`;
}

function portInUse(port: number, path: string, key: string, holder: string, stack: Stack): string {
  const other = port + (port + 10_000 > 65_535 ? -10_000 : 10_000);
  return `port ${port} (${path}) is in use by ${holder}, or choose another port: ${stack.setCommand(key, other)}`;
}

function tryBind(address: string, port: number): Promise<BindFailure> {
  const { promise, resolve } = Promise.withResolvers<BindFailure>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}
