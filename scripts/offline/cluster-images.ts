import { link, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { imageReference } from "../../config/products/images.ts";
import { run } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { cacheFolder, withScratchFolder } from "./cache.ts";
import { type ClusterProgram, clusterProgramPaths } from "./cluster-programs.ts";
import { buildSandboxImages, sandboxMirror } from "./images.ts";

/** Pause container: holds the pod's network namespace. */
export const pauseImage = `${sandboxMirror}/pause:1`;

/** Programs that run in pods, with their path in the official image. */
const pathInImage = {
  coredns: "/coredns",
  "kube-state-metrics": "/kube-state-metrics",
  "prometheus-config-reloader": "/bin/prometheus-config-reloader",
} as const satisfies Partial<Record<ClusterProgram, string>>;

export const imagePrograms = Object.keys(pathInImage) as readonly (keyof typeof pathInImage)[];

export const corednsImage = `${sandboxMirror}/coredns:1`;

/** Builds the sandbox images and the cluster's images. Returns all references. */
export async function buildClusterImages({ log }: { readonly log: Log }): Promise<string[]> {
  const references = await buildSandboxImages({ log });
  const own = [
    corednsImage,
    imageReference("kubeStateMetrics", {}, sandboxMirror),
    imageReference("configReloader", {}, sandboxMirror),
  ];
  await step(log, "Building the cluster's images", async () => {
    const copies = imagePrograms.map((name) => `COPY ${name} ${pathInImage[name]}\n`).join("");
    await build(own, `FROM ${references.prometheus}\n${copies}`);
    await build([pauseImage], `FROM ${references.prometheus}\nENTRYPOINT ["/bin/sleep", "infinity"]\n`);
  });
  return [...Object.values(references), ...own, pauseImage];
}

async function build(tags: readonly string[], dockerfile: string): Promise<void> {
  const { path } = clusterProgramPaths();
  await withScratchFolder(cacheFolder(), async (context) => {
    await writeFile(join(context, "Dockerfile"), dockerfile);
    for (const name of imagePrograms) await link(path(name), join(context, name));
    await run("docker", ["build", "--quiet", ...tags.map((tag) => `--tag=${tag}`), context]);
  });
}
