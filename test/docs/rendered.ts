import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load, loadAll } from "js-yaml";
import { commandsOf } from "./commands.ts";
import { at, type Block, root } from "./pages.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

interface Compose {
  readonly services: Readonly<Record<string, { readonly container_name: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** What rendered stacks are called by: containers and volumes on Docker, objects on Kubernetes. */
export interface Names {
  readonly docker: ReadonlySet<string>;
  readonly objects: readonly Manifest[];
}

/** Names in stacks that were rendered into these folders. */
export function names(folders: readonly string[]): Names {
  const files = folders.flatMap((folder) => globSync(join(folder, "{compose.yaml,kubernetes/*.yaml}")).sort());
  const documents = files.flatMap((file) => loadAll(readFileSync(file, "utf8")));
  const composed = documents.filter((document) => (document as Partial<Compose>).services) as Compose[];
  const own = composed.flatMap(({ services, volumes }) => [
    ...Object.values(services).map(({ container_name }) => container_name),
    ...Object.keys(volumes),
  ]);
  return {
    // Stack dev can have what the sandbox has: Promtail in Alloy's place.
    docker: new Set([...own, ...own.map((name) => name.replace("white-room-sandbox-", "white-room-dev-"))]),
    objects: documents.filter((document) => (document as Partial<Manifest>).kind) as Manifest[],
  };
}

/** What a text calls a container or a volume of a stack that no such stack has. */
export function dockerNameMistakes(text: string, { docker }: Names): string[] {
  const found = [...text.matchAll(/\bwhite-room-(?:dev|sandbox)(?:-[\w-]*\w)?/g)].map(([name]) => name);
  return found
    .filter((name) => !docker.has(name) && !/^white-room-(?:dev|sandbox)$/.test(name))
    .map((name) => `no container or volume is named ${name}`);
}

const kinds: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["deploy", "deployment", "deployments"],
  StatefulSet: ["sts", "statefulset", "statefulsets"],
  DaemonSet: ["ds", "daemonset", "daemonsets"],
  Service: ["svc", "service", "services"],
  ConfigMap: ["cm", "configmap", "configmaps"],
  Secret: ["secret", "secrets"],
  PersistentVolumeClaim: ["pvc", "persistentvolumeclaim", "persistentvolumeclaims"],
};

/** What a `kubectl` command calls an object in the stack's namespaces that stack prod does not have. */
export function kubectlMistakes(script: string, { objects }: Names): string[] {
  const commands = commandsOf(script).filter(
    ([program, ...words]) => program === "kubectl" && words.some((word) => /^monitoring(?:-agents)?$/.test(word)),
  );
  return commands.flatMap((command) => command.flatMap((word) => objectMistakes(word, objects)));
}

function objectMistakes(word: string, objects: readonly Manifest[]): string[] {
  const [, short = "", name = ""] = /^([a-z]+)\/([a-z0-9-]+)$/.exec(word) ?? [];
  const kind = Object.entries(kinds).find(([, words]) => words.includes(short))?.[0];
  if (kind !== undefined && !objects.some((object) => object.kind === kind && object.metadata.name === name)) {
    const others = objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
    return [`no ${kind} is named ${name}; existing: ${others.join(", ")}`];
  }
  const [, label] = /^app\.kubernetes\.io\/name=([\w-]+)$/.exec(word) ?? [];
  if (label === undefined) return [];
  const known = objects.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"]);
  return known.includes(label) ? [] : [`no workload has the label ${word}`];
}

/**
 * The rendered file that a block shows a part of: its first line is `# rendered: dev loki/loki.yml`, or `above` for stack dev
 * with the config of the last such block.
 */
export function renderedFile({ text }: Block): { readonly stack: string; readonly path: string } | undefined {
  const [, stack, path] = /^# rendered: (\w+) (\S+)\n/.exec(text) ?? [];
  return stack === undefined || path === undefined ? undefined : { stack, path };
}

/** Stack dev's file with the keys of the last block of config above this one in their place. */
export function configAbove(block: Block): string {
  const above = block.page.blocks.filter(({ line, text }) => line < block.line && text.startsWith("config:")).at(-1);
  if (above === undefined) throw new Error(at(block, "no config block precedes this block"));
  const dev = load(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")) as { config: object };
  return dump({ config: { ...dev.config, ...(load(above.text) as { config: object }).config } });
}

/** Keys and values of a block that are not in the rendered file of which it says it is a part. */
export function renderedMistakes(block: Block, content: string): string[] {
  return missing(load(block.text), load(content), "").map((mistake) => at(block, mistake));
}

function missing(part: unknown, whole: unknown, path: string): string[] {
  if (typeof part !== "object" || part === null) {
    return part === whole ? [] : [`${path} is ${JSON.stringify(whole)}, not ${JSON.stringify(part)}`];
  }
  if (typeof whole !== "object" || whole === null) return [`${path} does not exist`];
  if (Array.isArray(part)) {
    const items = Object.values(whole);
    const absent = part.filter((item) => !items.some((other) => missing(item, other, path).length === 0));
    return absent.map((item) => `${path} has no ${JSON.stringify(item)}`);
  }
  return Object.entries(part).flatMap(([key, value]) =>
    missing(value, (whole as Record<string, unknown>)[key], path === "" ? key : `${path}.${key}`),
  );
}
