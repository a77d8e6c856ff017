import { existsSync, statSync } from "node:fs";
import { copyFile, cp, link, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ImageName, imageReference, images } from "../../config/products/images.ts";
import { jaeger } from "../../config/products/jaeger/product.ts";
import { findProgram } from "../lib/find-program.ts";
import { run, tryRun } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { type BinaryName, binaryPath, ensureBinaries } from "./binaries.ts";
import { startsOrIsRemoved } from "./built-programs.ts";
import { cacheFolder, shortHash, withScratchFolder } from "./cache.ts";
import { nodeBinary } from "./node-binary.ts";
import { importRootFileSystem, rootFileSystemHash } from "./root-file-system.ts";
import { ensureViewer, viewerFolder } from "./viewer.ts";

/** Registry host of the stand-in images. It cannot exist (RFC 2606), so nothing is ever pulled from it. */
export const sandboxMirror = "white-room.invalid";

const hashLabel = "white-room.sandbox.hash";
const baseRepository = `${sandboxMirror}/sandbox-base`;
const commonRepository = `${sandboxMirror}/sandbox-common`;
const recipe = join(import.meta.dirname, "images");

/** Programs of each image beyond the common ones, with their path in the official image. */
const builtPrograms: Partial<Record<ImageName, Partial<Record<BinaryName, string>>>> = {
  prometheus: { prometheus: "/usr/bin/prometheus", promtool: "/usr/bin/promtool" },
  alertmanager: { alertmanager: "/usr/bin/alertmanager", amtool: "/usr/bin/amtool" },
  nodeExporter: { node_exporter: "/usr/bin/node_exporter" },
  blackboxExporter: { blackbox_exporter: "/usr/bin/blackbox_exporter" },
  cadvisor: { cadvisor: "/usr/bin/cadvisor" },
  loki: { loki: "/usr/bin/loki" },
  promtail: { promtail: "/usr/bin/promtail" },
  jaeger: { jaeger: jaeger.program },
  // versitygw serves the sandbox's bucket.
  thanos: { thanos: "/usr/bin/thanos", versitygw: "/usr/bin/versitygw" },
};

/** Images that are built only for a stack that uses them, because their programs take long to build. */
const onRequest: readonly ImageName[] = ["jaeger", "thanos"];

/** Images without a stand-in: Grafana, the Kubernetes components, and Alloy unless `alloy` is on PATH. */
export function missingImages(): ImageName[] {
  const alloy: ImageName[] = findProgram("alloy") === undefined ? ["alloy"] : [];
  return ["grafana", ...alloy, "kubeStateMetrics", "configReloader"];
}

/** References of the stand-in images by name. */
export function sandboxImages(): Partial<Record<ImageName, string>> {
  const missing = missingImages();
  const names = (Object.keys(images) as ImageName[]).filter((name) => !missing.includes(name));
  return Object.fromEntries(names.map((name) => [name, standIn(name)]));
}

/** Programs of these images that are not built yet. */
export function missingPrograms(names: readonly ImageName[], cacheDir = cacheFolder()): BinaryName[] {
  return programsOf(names).filter((name) => !existsSync(binaryPath(name, cacheDir)));
}

/** Whether the viewer must be built. */
export async function needsViewer(): Promise<boolean> {
  return !existsSync(await viewerFolder());
}

/** Whether the shared root file system must be built. */
export async function needsRootFileSystem(): Promise<boolean> {
  return !(await imageExists(baseImage()));
}

/**
 * Builds the named stand-in images if they are missing or outdated; default: all except those built only on request. Returns
 * their references. Each image has its own layer, so a new version of one program does not restart the others. Requires a
 * Docker daemon.
 */
export async function buildSandboxImages({
  names = (Object.keys(sandboxImages()) as ImageName[]).filter((name) => !onRequest.includes(name)),
  cacheDir = cacheFolder(),
  log,
}: {
  readonly names?: readonly ImageName[];
  readonly cacheDir?: string;
  readonly log: Log;
}): Promise<Partial<Record<ImageName, string>>> {
  const common = `${commonRepository}:${await commonHash()}`;
  const viewer = await viewerFolder(cacheDir);
  const hashes = new Map(names.map((name) => [name, imageHash(name, common, cacheDir, viewer)]));
  const outdated: ImageName[] = [];
  for (const [name, hash] of hashes) if ((await labelOf(standIn(name))) !== hash) outdated.push(name);
  if (outdated.length > 0) {
    // Run concurrently: two of these mostly wait for the network while the third compiles.
    await Promise.all([
      ensurePrograms(programsOf(outdated), cacheDir, log),
      ensureCommonImage(common, cacheDir, log),
      outdated.includes("viewer") ? ensureViewer(cacheDir, log) : undefined,
    ]);
    await step(log, `Building ${outdated.length === 1 ? "1 image" : `${outdated.length} images`}`, async () => {
      for (const name of outdated) await buildImage(name, common, hashes.get(name) ?? "", cacheDir);
    });
    await removeOutdated(common);
  }
  return Object.fromEntries(names.map((name) => [name, standIn(name)]));
}

/** Reference of the stand-in for an image. */
export function standIn(name: ImageName): string {
  return imageReference(name, {}, sandboxMirror);
}

function baseImage(): string {
  return `${baseRepository}:${rootFileSystemHash()}`;
}

function programsOf(names: readonly ImageName[]): BinaryName[] {
  return names.flatMap((name) => Object.keys(builtPrograms[name] ?? {}) as BinaryName[]);
}

/** Rebuilds cached programs that no longer start. */
async function ensurePrograms(names: readonly BinaryName[], cacheDir: string, log: Log): Promise<void> {
  for (const path of names.map((name) => binaryPath(name, cacheDir))) {
    if (existsSync(path) && !(await startsOrIsRemoved(path))) log(`${path} is corrupt and will be rebuilt`);
  }
  await ensureBinaries(names, { cacheDir, log });
}

/** Builds the base of all stand-ins: Debian packages, Node and the entry points. */
async function ensureCommonImage(common: string, cacheDir: string, log: Log): Promise<void> {
  if (await imageExists(common)) return;
  const base = baseImage();
  const [node] = await Promise.all([
    nodeBinary.ensure(cacheDir),
    (await imageExists(base)) ? undefined : importRootFileSystem(base, cacheDir, log),
  ]);
  await withScratchFolder(cacheDir, async (context) => {
    const root = join(context, "root");
    await cp(join(recipe, "root"), root, { recursive: true });
    await place(node, join(root, "usr", "local", "bin", "node"), copyFile);
    await copyFile(join(recipe, "Dockerfile"), join(context, "Dockerfile"));
    await build(context, common, common.slice(common.indexOf(":") + 1), [`--build-arg=base=${base}`]);
  });
}

async function buildImage(name: ImageName, common: string, hash: string, cacheDir: string): Promise<void> {
  await withScratchFolder(cacheDir, async (context) => {
    const root = join(context, "root");
    await mkdir(root);
    for (const [program, path] of Object.entries(builtPrograms[name] ?? {}))
      await place(binaryPath(program as BinaryName, cacheDir), join(root, path), link);
    if (name === "viewer") await cp(await viewerFolder(cacheDir), join(root, "opt", "viewer"), { recursive: true });
    if (name === "alloy") await place(findProgram("alloy") ?? "", join(root, "usr", "bin", "alloy"), copyFile);
    await copyFile(join(recipe, "Dockerfile.program"), join(context, "Dockerfile"));
    await build(context, standIn(name), hash, [`--build-arg=common=${common}`]);
  });
}

async function build(context: string, tag: string, hash: string, args: readonly string[]): Promise<void> {
  const label = `--label=${hashLabel}=${hash}`;
  await run("docker", ["build", "--quiet", "--network=none", label, `--tag=${tag}`, ...args, context]);
}

async function commonHash(): Promise<string> {
  const entries = await readdir(recipe, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    paths.sort().map(async (path) => [path.slice(recipe.length), await readFile(path, "utf8")]),
  );
  return shortHash(rootFileSystemHash(), texts, nodeBinary.version);
}

function imageHash(name: ImageName, common: string, cacheDir: string, viewer: string): string {
  const alloy = name === "alloy" ? statSync(findProgram("alloy") ?? "") : undefined;
  const programs = Object.entries(builtPrograms[name] ?? {}).map(([program, path]) => [
    binaryPath(program as BinaryName, cacheDir).slice(cacheDir.length),
    path,
  ]);
  // The folder name is a hash of the viewer's sources.
  const page = name === "viewer" ? [viewer.slice(cacheDir.length)] : [];
  return shortHash(common, programs, alloy && [alloy.size, alloy.mtimeMs], ...page);
}

/** Hash of the inputs an image was built from; undefined if the image does not exist. */
async function labelOf(reference: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${hashLabel}"}}`;
  const { code, stdout } = await tryRun("docker", ["image", "inspect", "--format", format, reference]);
  return code === 0 ? stdout.trim() : undefined;
}

async function imageExists(reference: string): Promise<boolean> {
  return (await tryRun("docker", ["image", "inspect", reference])).code === 0;
}

async function place(from: string, to: string, how: (from: string, to: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await how(from, to);
}

/** Removes untagged images and outdated base images, except those in use. */
async function removeOutdated(common: string): Promise<void> {
  await tryRun("docker", ["image", "prune", "--force", `--filter=label=${hashLabel}`]);
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  const lists = await Promise.all(
    [commonRepository, baseRepository].map((repository) => run("docker", ["image", "ls", ...format, repository])),
  );
  const kept = ["", common, baseImage()];
  const outdated = lists.flatMap((list) => list.split("\n")).filter((reference) => !kept.includes(reference));
  if (outdated.length > 0) await tryRun("docker", ["image", "rm", ...outdated]);
}
