import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Registered } from "../render/register.ts";

/** How a program's TypeScript runs: by Node itself, or as Pulumi does by default, compiled by ts-node at every start. */
export type Runtime = "type stripping" | "ts-node";

/**
 * Writes a Pulumi program that registers the same inputs as literals, one constructor call after the other, as such
 * programs are ordinarily written: every resource at the top, references by resource where one needs the other.
 */
export function writeFlatProgram(
  directory: string,
  resources: readonly Registered[],
  projectRoot: string,
  runtime: Runtime,
): void {
  const known = resources.filter(({ type }) => type in constructors);
  const order = [
    "random:index/randomPassword:RandomPassword",
    "docker:index/network:Network",
    "docker:index/volume:Volume",
  ];
  const rank = ({ type, inputs }: Registered) =>
    order.includes(type) ? order.indexOf(type) : isCarrier(inputs) ? 8 : 9;
  const lines = known
    .sort((a, b) => rank(a) - rank(b))
    .map(
      (resource) =>
        `new ${constructors[resource.type]}(${JSON.stringify(resource.name)}, ${literal(resource)}, ${options(resource, known)});`,
    );
  const made = lines.map(
    (line, index) => `made[${JSON.stringify(known[index]?.name)} + ${JSON.stringify(known[index]?.type)}] = ${line}`,
  );
  writeProgram(
    directory,
    `import * as docker from "@pulumi/docker";\nimport * as random from "@pulumi/random";\n\nconst made: Record<string, any> = {};\n${made.join("\n")}\n`,
    projectRoot,
    runtime,
  );
}

/** The same project without any resource: what Pulumi costs by itself. */
export function writeEmptyProgram(directory: string, projectRoot: string): void {
  writeProgram(directory, "export {};\n", projectRoot, "type stripping");
}

function writeProgram(directory: string, source: string, projectRoot: string, runtime: Runtime): void {
  mkdirSync(directory, { recursive: true });
  const options = runtime === "type stripping" ? "\n  options:\n    typescript: false" : "";
  writeFileSync(
    join(directory, "Pulumi.yaml"),
    `name: white-room-flat\nruntime:\n  name: nodejs${options}\nmain: index.ts\n`,
  );
  const type = runtime === "type stripping" ? "module" : "commonjs";
  writeFileSync(join(directory, "package.json"), `{ "type": "${type}", "main": "index.ts" }\n`);
  writeFileSync(join(directory, "index.ts"), source);
  symlinkSync(join(projectRoot, "node_modules"), join(directory, "node_modules"));
}

const constructors: Readonly<Record<string, string>> = {
  "random:index/randomPassword:RandomPassword": "random.RandomPassword",
  "docker:index/network:Network": "docker.Network",
  "docker:index/volume:Volume": "docker.Volume",
  "docker:index/container:Container": "docker.Container",
};

function isCarrier(inputs: Registered["inputs"]): boolean {
  return JSON.stringify(inputs["labels"] ?? "").includes("white-room.carrier");
}

function literal({ inputs }: Registered): string {
  return JSON.stringify(inputs, undefined, 2);
}

/** A service waits for the carriers of its own volumes, as it does in the program. */
function options({ type, inputs }: Registered, all: readonly Registered[]): string {
  if (!type.includes("Container")) return "{}";
  const own = volumeNames(inputs);
  const waits = isCarrier(inputs)
    ? []
    : all.filter(
        (other) =>
          other.type === type &&
          isCarrier(other.inputs) &&
          volumeNames(other.inputs).some((name) => own.includes(name)),
      );
  const resources = [
    ...all.filter((other) => other.type.includes("Volume") && own.includes(String(other.inputs["name"]))),
    ...all.filter(({ type }) => type.includes("Network")),
    ...waits,
  ];
  const references = resources.map(({ name, type }) => `made[${JSON.stringify(name)} + ${JSON.stringify(type)}]`);
  return `{ deleteBeforeReplace: true, dependsOn: [${references.join(", ")}] }`;
}

function volumeNames(inputs: Registered["inputs"]): string[] {
  return ((inputs["volumes"] ?? []) as { volumeName?: string }[]).flatMap(({ volumeName }) =>
    volumeName === undefined ? [] : [volumeName],
  );
}
