import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { imageNames } from "../../scripts/images/needed.ts";
import { commandsOf } from "../docs/commands.ts";
import { InternalTls } from "../validate/internal-tls.ts";
import { objectsOf, pods } from "./kubernetes-objects.ts";
import { registered, stackConfig } from "./stack.ts";

/** What the stacks require from the inside of one image. */
export interface Used {
  /** Users that its services run as; helpers such as gates and sidecars are left out. */
  readonly users: Set<string>;
  /** Programs as they are called: by path, or by name. */
  readonly programs: Set<string>;
  /** Directories that a new data volume is mounted over. */
  readonly volumes: Set<string>;
}

/** Provided by the shell itself. */
const builtins = [
  ...["[", ":", "break", "cd", "command", "echo", "exec", "exit", "export", "kill"],
  ...["printf", "return", "set", "trap", "true", "wait"],
];

const journeys = [{ name: "shop", steps: [{ name: "open", request: { url: "https://shop.example" } }] }];

/** What the workloads of the stack files and their variants require from each image, on both platforms. */
export async function usedInImages(): Promise<Map<string, Used>> {
  const used = new Map<string, Used>();
  const stacks = [
    stackConfig("dev"),
    stackConfig("dev", { logs: { collector: "promtail" } }),
    stackConfig("dev", { visualization: { enabled: false, viewer: { enabled: true } } }),
    stackConfig("prod"),
    stackConfig("prod", { logs: { sources: { events: { enabled: true } } } }),
    stackConfig("dev", { network: await withTls(), probes: { journeys } }),
    stackConfig("dev", {
      metrics: { longTerm: { objectStorage: { endpoint: "s3.example.com", bucket: "metrics" } } },
      network: await withTls(),
    }),
    stackConfig("dev", { metrics: { longTerm: { objectStorage: { endpoint: "s3.example.com", bucket: "metrics" } } } }),
    stackConfig("dev", { network: { gateway: { enabled: true, users: ["alice"] } } }),
  ];
  for (const config of stacks) {
    const settings = toSettings(config, { requireSecrets: false });
    const missing = missingSecretNeeds(settings, config.secrets).map(({ key }) => key);
    const resources = await registered({ ...config, secrets: new Set([...config.secrets, ...missing]) });
    const names = imageNames(settings);
    const of = (reference: unknown): Used => {
      const name = names.get(String(reference));
      if (name === undefined) throw new Error(`${reference} is not in config/products/images.ts`);
      const known = used.get(name) ?? { users: new Set(), programs: new Set(), volumes: new Set() };
      used.set(name, known);
      return known;
    };
    for (const { type, inputs } of resources) {
      if (type === "docker:index/container:Container") readContainer(inputs as unknown as DockerContainer, of);
    }
    for (const { spec } of pods(objectsOf(resources)).values()) readPod(spec as unknown as Pod, of);
  }
  return used;
}

async function withTls() {
  const folder = mkdtempSync(join(tmpdir(), "white-room-used-in-images-"));
  try {
    return { tls: (await InternalTls.create(folder)).settings() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface DockerContainer {
  readonly name: string;
  readonly image: string;
  readonly start?: boolean;
  readonly attach?: boolean;
  readonly entrypoints: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  readonly envs?: readonly string[];
  readonly healthcheck?: { readonly tests: readonly string[] };
  readonly volumes?: readonly {
    readonly volumeName?: string;
    readonly containerPath: string;
    readonly readOnly?: boolean;
  }[];
}

function readContainer(container: DockerContainer, of: (reference: unknown) => Used): void {
  if (container.start === false) return;
  const used = of(container.image);
  add(used.programs, [...container.entrypoints, ...(container.command ?? [])]);
  add(used.programs, container.healthcheck?.tests.slice(1) ?? []);
  if (container.attach) return;
  if (container.user !== undefined) used.users.add(container.user);
  for (const { volumeName = "", containerPath, readOnly } of container.volumes ?? []) {
    // A sidecar also mounts the volume of its workload.
    const isOwn = volumeName.startsWith(`${container.name}-`);
    if (isOwn && /-(?:data|positions)$/.test(volumeName) && !readOnly) used.volumes.add(containerPath);
  }
  const data = container.envs?.find((variable) => variable.startsWith("PGDATA="));
  if (data !== undefined) used.volumes.add(data.slice("PGDATA=".length));
}

interface Pod {
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly command: readonly string[];
    readonly readinessProbe?: { readonly exec?: { readonly command: readonly string[] } };
  }[];
}

function readPod({ containers, securityContext }: Pod, of: (reference: unknown) => Used): void {
  containers.forEach(({ image, command, readinessProbe }, index) => {
    const used = of(image);
    add(used.programs, command);
    add(used.programs, readinessProbe?.exec?.command ?? []);
    if (index === 0) used.users.add(`${securityContext.runAsUser}:${securityContext.runAsGroup}`);
  });
}

/** Adds the program of a command, and those that it starts through a shell script, `exec` or the image's entrypoint. */
function add(programs: Set<string>, command: readonly string[]): void {
  const [program, ...words] = command;
  if (program === undefined || builtins.includes(program) || program.startsWith("$")) {
    if (program === "exec") add(programs, words);
    return;
  }
  programs.add(program);
  if (program === "docker-entrypoint.sh") add(programs, words);
  const [option = "", script = ""] = words;
  if (!/(?:^|\/)(?:ba)?sh$/.test(program) || !/^-\w*c$/.test(option)) return;
  // Kubernetes turns "$$" into "$".
  const text = script.replaceAll("$$", "$");
  const functions = [...text.matchAll(/^\s*(\w+)\(\) \{/gm)].map(([, name]) => name);
  for (const called of commandsOf(text)) if (!functions.includes(called[0])) add(programs, called);
}
