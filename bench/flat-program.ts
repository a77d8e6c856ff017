import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Registered } from "../scripts/render/register.ts";

/** How the program's TypeScript is run: by Node's type stripping, or by ts-node, Pulumi's default. */
export type Runtime = "type stripping" | "ts-node";

/**
 * Writes an ordinary Pulumi program that registers the same resources at the top level, with literal inputs and explicit
 * dependencies.
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
    if (isCheckedCopy(resource)) return 6;
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
  const assignments = lines.map(
    (line, index) =>
      `resources[${JSON.stringify(known[index]?.name)} + ${JSON.stringify(known[index]?.type)}] = ${line}`,
  );
  writeProgram(
    directory,
    `${imports(known)}\nconst resources: Record<string, any> = {};\n${assignments.join("\n")}\n`,
    projectRoot,
    runtime,
  );
}

/** Writes an empty program, to measure Pulumi's own overhead. */
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

/** Constructor of a type: `kubernetes.apps.v1.StatefulSet` for `kubernetes:apps/v1:StatefulSet`; undefined for components. */
function constructorOf(type: string): string | undefined {
  const [, group, version, kind] = /^kubernetes:(\w+)[\w.]*\/(v\d\w*):(\w+)$/.exec(type) ?? [];
  return group === undefined ? constructors[type] : `kubernetes.${group}.${version}.${kind}`;
}

function isWorkload(type: string): boolean {
  return /:(?:Container|StatefulSet|Deployment|DaemonSet)$/.test(type);
}

/** Imports of the packages in use. */
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

/** Resource options. As in the program, a service depends on the carriers of its volumes. */
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
  return resources.map(({ name, type }) => `resources[${JSON.stringify(name)} + ${JSON.stringify(type)}]`).join(", ");
}

/**
 * Resource options on Kubernetes, with the same dependencies as in the program: everything depends on the namespaces and
 * the priority class, workloads on their own objects, ConfigMaps on the Job that checks them, the Job on the copy to check,
 * and deny-all policies on the others.
 */
function onKubernetes(resource: Registered, all: readonly Registered[]): string {
  const { type, name, inputs } = resource;
  const shared = (type: string) => /:(?:Namespace|PriorityClass)$/.test(type);
  const needed = (type: string) =>
    /:(?:ConfigMap|Secret|PersistentVolumeClaim|ServiceAccount|ClusterRole\w*)$/.test(type);
  const own = (other: Registered) => needed(other.type) && workloadOf(other.inputs) === workloadOf(inputs);
  const waitsFor = (other: Registered): boolean => {
    if (shared(other.type)) return !shared(type);
    if (isJob(type)) return isCheckedCopy(other) && other.name === name;
    if (isDenyAll(resource)) return other.type === type && !isDenyAll(other);
    if (isWorkload(type)) return own(other);
    return type.endsWith(":ConfigMap") && isJob(other.type) && other.name === `${name}-check`;
  };
  return `{ provider, dependsOn: [${references(all.filter(waitsFor))}] }`;
}

/** Whether a resource is the copy of new files for the checker. */
function isCheckedCopy({ type, name }: Registered): boolean {
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
