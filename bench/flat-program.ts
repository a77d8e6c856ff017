import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Registered } from "../scripts/render/register.ts";

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
  const known = resources.filter(({ type }) => constructorOf(type) !== undefined);
  const order = [
    "random:index/randomPassword:RandomPassword",
    "docker:index/network:Network",
    "docker:index/volume:Volume",
    "kubernetes:core/v1:Namespace",
    "kubernetes:scheduling.k8s.io/v1:PriorityClass",
  ];
  const rank = (resource: Registered) => {
    const { type, inputs } = resource;
    if (order.includes(type)) return order.indexOf(type);
    if (isJudged(resource)) return 6;
    if (isJob(type)) return 7;
    if (isDenyAll(resource)) return 10;
    return isCarrier(inputs) || !isWorkload(type) ? 8 : 9;
  };
  const lines = known
    .sort((a, b) => rank(a) - rank(b))
    .map(
      (resource) =>
        `new ${constructorOf(resource.type)}(${JSON.stringify(resource.name)}, ${literal(resource)}, ${options(resource, known)});`,
    );
  const made = lines.map(
    (line, index) => `made[${JSON.stringify(known[index]?.name)} + ${JSON.stringify(known[index]?.type)}] = ${line}`,
  );
  writeProgram(
    directory,
    `${imports(known)}\nconst made: Record<string, any> = {};\n${made.join("\n")}\n`,
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

/** `kubernetes:apps/v1:StatefulSet` is `kubernetes.apps.v1.StatefulSet`; undefined for what such a program would not write. */
function constructorOf(type: string): string | undefined {
  const [, group, version, kind] = /^kubernetes:(\w+)[\w.]*\/(v\d\w*):(\w+)$/.exec(type) ?? [];
  return group === undefined ? constructors[type] : `kubernetes.${group}.${version}.${kind}`;
}

function isWorkload(type: string): boolean {
  return /:(?:Container|StatefulSet|Deployment|DaemonSet)$/.test(type);
}

/** The modules that the resources need, as such a program imports them: whole. */
function imports(resources: readonly Registered[]): string {
  const packages = ["docker", "kubernetes", "random"].filter((name) =>
    resources.some(({ type }) => type.startsWith(`${name}:`)),
  );
  const provider = `const provider = new kubernetes.Provider("kubernetes", { enableConfigMapMutable: true, enableSecretMutable: true });\n`;
  return [
    ...packages.map((name) => `import * as ${name} from "@pulumi/${name}";\n`),
    packages.includes("kubernetes") ? `\n${provider}` : "",
  ].join("");
}

function isCarrier(inputs: Registered["inputs"]): boolean {
  return JSON.stringify(inputs["labels"] ?? "").includes("white-room.carrier");
}

function literal({ inputs }: Registered): string {
  return JSON.stringify(inputs, undefined, 2);
}

/** A service waits for the carriers of its own volumes, as it does in the program. */
function options(resource: Registered, all: readonly Registered[]): string {
  const { type, inputs } = resource;
  if (type.startsWith("kubernetes:")) return onKubernetes(resource, all);
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
  return `{ deleteBeforeReplace: true, dependsOn: [${references(resources)}] }`;
}

function references(resources: readonly Registered[]): string {
  return resources.map(({ name, type }) => `made[${JSON.stringify(name)} + ${JSON.stringify(type)}]`).join(", ");
}

/**
 * All wait for the namespaces and the priority class, a workload for what is its own, a checked file for the Job that
 * judges it, that Job for its copy, and what denies all connections for what allows some, as in the program.
 */
function onKubernetes(resource: Registered, all: readonly Registered[]): string {
  const { type, name, inputs } = resource;
  const shared = (type: string) => /:(?:Namespace|PriorityClass)$/.test(type);
  const needed = (type: string) =>
    /:(?:ConfigMap|Secret|PersistentVolumeClaim|ServiceAccount|ClusterRole\w*)$/.test(type);
  const own = (other: Registered) => needed(other.type) && workloadOf(other.inputs) === workloadOf(inputs);
  const waitsFor = (other: Registered): boolean => {
    if (shared(other.type)) return !shared(type);
    if (isJob(type)) return isJudged(other) && other.name === name;
    if (isDenyAll(resource)) return other.type === type && !isDenyAll(other);
    if (isWorkload(type)) return own(other);
    return type.endsWith(":ConfigMap") && isJob(other.type) && other.name === `${name}-check`;
  };
  return `{ provider, dependsOn: [${references(all.filter(waitsFor))}] }`;
}

/** A copy of new files that their product's checker reads first. */
function isJudged({ type, name }: Registered): boolean {
  return type.endsWith(":ConfigMap") && name.endsWith("-check");
}

function isJob(type: string): boolean {
  return type.endsWith(":Job");
}

function isDenyAll({ type, name }: Registered): boolean {
  return type.endsWith(":NetworkPolicy") && name.startsWith("deny-all-");
}

function workloadOf(inputs: Registered["inputs"]): string | undefined {
  const { labels } = (inputs["metadata"] ?? {}) as { labels?: Record<string, string> };
  return labels?.["app.kubernetes.io/name"];
}

function volumeNames(inputs: Registered["inputs"]): string[] {
  return ((inputs["volumes"] ?? []) as { volumeName?: string }[]).flatMap(({ volumeName }) =>
    volumeName === undefined ? [] : [volumeName],
  );
}
