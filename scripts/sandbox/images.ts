import { statSync } from "node:fs";
import { copyFile, cp, link, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ImageName, imageReference, images } from "../../config/images.ts";
import { type BinaryName, binaryNames, binaryPath, ensureBinaries } from "./binaries.ts";
import { cacheFolder, shortHash, withScratchFolder } from "./cache.ts";
import { nodeBinary } from "./node-binary.ts";
import { buildRootFileSystem, rootFileSystemHash } from "./root-file-system.ts";
import { findProgram, type Log, run, step, tryRun } from "./run-command.ts";

/** The registry host of the stand-in images; no such host can exist, so that nothing is ever pulled from it. */
export const sandboxMirror = "white-room.invalid";

const hashLabel = "white-room.sandbox.hash";
const baseRepository = `${sandboxMirror}/sandbox-base`;
const recipe = join(import.meta.dirname, "images");

/** Where the official images have the programs that are built here. */
const places: Record<BinaryName, string> = {
  amtool: "/usr/bin/amtool",
  promtool: "/usr/bin/promtool",
  prometheus: "/usr/bin/prometheus",
  loki: "/usr/bin/loki",
  promtail: "/usr/bin/promtail",
  lokitool: "/usr/bin/lokitool",
  node_exporter: "/usr/bin/node_exporter",
  alertmanager: "/usr/bin/alertmanager",
  cadvisor: "/usr/bin/cadvisor",
};

/** What the sandbox has no stand-in for: Grafana and what runs on Kubernetes only never, Alloy unless there is an `alloy` on PATH. */
export function missingImages(): ImageName[] {
  const alloy: ImageName[] = findProgram("alloy") === undefined ? ["alloy"] : [];
  return ["grafana", ...alloy, "kubeStateMetrics", "configReloader"];
}

/** The stand-in images by name: what `imageReference(name, {}, sandboxMirror)` says. */
export function sandboxImages(): Partial<Record<ImageName, string>> {
  const missing = missingImages();
  const names = (Object.keys(images) as ImageName[]).filter((name) => !missing.includes(name));
  return Object.fromEntries(names.map((name) => [name, imageReference(name, {}, sandboxMirror)]));
}

/**
 * Builds the stand-in images, unless they are there already, made from the same ingredients. Needs a Docker daemon. What
 * took long is kept in the cache folder; an image appears only when it is whole.
 */
export async function buildSandboxImages({
  cacheDir = cacheFolder(),
  log,
}: {
  readonly cacheDir?: string;
  readonly log: Log;
}): Promise<Partial<Record<ImageName, string>>> {
  const references = sandboxImages();
  const { alloy, ...others } = references;
  const tags = Object.values(others);
  const hash = await ingredientsHash(cacheDir);
  if (await allPresent(tags, hash)) log(`Sandbox images are up to date (${hash})`);
  else await buildImage(tags, hash, cacheDir, log);
  if (alloy !== undefined) await ensureAlloyImage(alloy, hash, cacheDir, log);
  return references;
}

/** One image under every name but Alloy's. */
async function buildImage(tags: readonly string[], hash: string, cacheDir: string, log: Log): Promise<void> {
  const base = `${baseRepository}:${rootFileSystemHash()}`;
  // Both are long; one waits for the network while the other compiles.
  const [programs] = await Promise.all([
    ensureBinaries(binaryNames, { cacheDir, log }),
    ensureBase(base, cacheDir, log),
  ]);
  await step(log, `Building the sandbox image (${hash})`, () =>
    withScratchFolder(cacheDir, async (context) => {
      await fillContext(context, programs, cacheDir);
      await build(context, base, hash, tags);
    }),
  );
  await removeOutdated(base);
}

/** An image of its own: whether `alloy` is on PATH must not change, and so restart, everything else. */
async function ensureAlloyImage(reference: string, baseHash: string, cacheDir: string, log: Log): Promise<void> {
  const alloy = findProgram("alloy") ?? "";
  const hash = shortHash(baseHash, statSync(alloy).size, statSync(alloy).mtimeMs);
  if (await allPresent([reference], hash)) return;
  await step(log, `Building the sandbox image of Alloy (${hash})`, () =>
    withScratchFolder(cacheDir, async (context) => {
      await copyFile(join(recipe, "Dockerfile.alloy"), join(context, "Dockerfile"));
      await copyFile(alloy, join(context, "alloy"));
      await build(context, imageReference("node", {}, sandboxMirror), hash, [reference]);
    }),
  );
}

async function build(context: string, base: string, hash: string, tags: readonly string[]): Promise<void> {
  const args = ["build", "--network=none", `--build-arg=base=${base}`, `--label=${hashLabel}=${hash}`];
  await run("docker", [...args, ...tags.map((tag) => `--tag=${tag}`), context]);
}

async function ingredientsHash(cacheDir: string): Promise<string> {
  const entries = await readdir(recipe, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    paths.sort().map(async (path) => [path.slice(recipe.length), await readFile(path, "utf8")]),
  );
  const programs = binaryNames.map((name) => binaryPath(name, cacheDir).slice(cacheDir.length));
  return shortHash(rootFileSystemHash(), texts, programs, nodeBinary.version);
}

async function allPresent(tags: readonly string[], hash: string): Promise<boolean> {
  const format = `{{index .Config.Labels "${hashLabel}"}}`;
  const { code, stdout } = await tryRun("docker", ["image", "inspect", "--format", format, ...tags]);
  return (
    code === 0 &&
    stdout
      .trim()
      .split("\n")
      .every((line) => line === hash)
  );
}

async function ensureBase(base: string, cacheDir: string, log: Log): Promise<void> {
  if ((await tryRun("docker", ["image", "inspect", base])).code === 0) return;
  const tar = await buildRootFileSystem(cacheDir, log);
  await step(log, "Importing the root file system", () => run("docker", ["import", tar, base]));
}

async function fillContext(context: string, programs: Record<BinaryName, string>, cacheDir: string): Promise<void> {
  const root = join(context, "root");
  await cp(join(recipe, "root"), root, { recursive: true });
  await copyFile(join(recipe, "Dockerfile"), join(context, "Dockerfile"));
  for (const name of binaryNames) await place(programs[name], join(root, places[name]), link);
  await place(await nodeBinary.ensure(cacheDir), join(root, "usr", "local", "bin", "node"), copyFile);
}

async function place(from: string, to: string, how: (from: string, to: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await how(from, to);
}

/** Untagged images of ours, and root file systems of other ingredients. What a container still uses stays. */
async function removeOutdated(base: string): Promise<void> {
  await tryRun("docker", ["image", "prune", "--force", `--filter=label=${hashLabel}`]);
  const { stdout } = await tryRun("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", baseRepository]);
  const outdated = stdout.split("\n").filter((reference) => reference !== "" && reference !== base);
  if (outdated.length > 0) await tryRun("docker", ["image", "rm", ...outdated]);
}
