import { spawn } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { lastLines, run, tryRun } from "../lib/run-command.ts";
import type { Log } from "../lib/step.ts";
import type { NeededImage } from "./needed.ts";

/** Bytes to leave free on the disk. */
const spare = 256 * 1024 ** 2;

/**
 * Writes local images to an archive for `docker load`. Throws if the file exists, an image is missing, or there is not
 * enough disk space. Renames the file into place only when complete.
 */
export async function saveImages(images: readonly NeededImage[], file: string, log: Log): Promise<void> {
  const path = resolve(file);
  if (existsSync(path)) throw new Error(`${file} already exists: use another name, or remove it`);
  const absent = await absentImages(images);
  if (absent.length > 0) throw new Error(["Missing images; pull them first:", ...pullCommands(absent)].join("\n  "));
  const size = await sizeOf(images);
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < size + spare)
    throw new Error(
      `${dirname(path)} has only ${inGibibytes(bavail * bsize)} free; the archive needs up to ${inGibibytes(size)}`,
    );
  const partial = `${path}.partial`;
  try {
    // Archives keep tags but no digests: https://github.com/moby/moby/issues/22011
    const tags = await Promise.all(images.map(({ reference }) => tagged(reference)));
    const child = spawn("docker", ["save", ...new Set(tags)], { stdio: ["ignore", "pipe", "pipe"] });
    await Promise.all([
      pipeline(child.stdout, counting(size, log), createWriteStream(partial, { flags: "wx" })),
      ended(child, "docker save"),
    ]);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  log(`Saved ${images.length} images to ${file}, ${inGibibytes((await stat(path)).size)}`);
}

/** Loads an archive. Throws if an image is still missing afterwards. */
export async function loadImages(images: readonly NeededImage[], file: string, log: Log): Promise<void> {
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  const { size } = await stat(file);
  const child = spawn("docker", ["load", "--quiet"], { stdio: ["pipe", "ignore", "pipe"] });
  await Promise.all([pipeline(createReadStream(file), counting(size, log), child.stdin), ended(child, "docker load")]);
  const absent = await absentImages(images);
  if (absent.length > 0) {
    const pinned = absent.filter(({ reference }) => reference.includes("@"));
    throw new Error(
      [
        `${file} was loaded, but these images are missing:`,
        ...absent.map(({ reference }) => `  ${reference}`),
        ...(pinned.length === 0
          ? ["It was saved for another stack or version."]
          : [
              "Archives keep tags but no digests. Without a registry, set the tag in the stack's config, which overrides the tag",
              "and digest of config/products/images.ts:",
              ...pinned.map(({ name, reference }) => `  images.${name}.tag: ${/:([^:@/]+)@/.exec(reference)?.[1]}`),
            ]),
      ].join("\n"),
    );
  }
  log(`All ${images.length} images are loaded.`);
}

/** Images that are missing on this machine. */
async function absentImages(images: readonly NeededImage[]): Promise<NeededImage[]> {
  const found = await Promise.all(images.map(({ reference }) => tryRun("docker", ["image", "inspect", reference])));
  return images.filter((_, index) => found[index]?.code !== 0);
}

function pullCommands(images: readonly NeededImage[]): string[] {
  return images.map(({ reference }) => `docker pull ${reference}`);
}

/** Returns the reference without its digest, and tags the image with it. */
async function tagged(reference: string): Promise<string> {
  const [name = reference, digest] = reference.split("@");
  if (digest !== undefined) await run("docker", ["tag", reference, name]);
  return name;
}

/** Total size in bytes, with each image ID counted once. */
async function sizeOf(images: readonly NeededImage[]): Promise<number> {
  const output = await run("docker", [
    ...["image", "inspect", "--format", "{{.Id}} {{.Size}}"],
    ...images.map(({ reference }) => reference),
  ]);
  const sizes = new Map(
    output
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
  return [...sizes.values()].reduce((sum, size) => sum + Number(size), 0);
}

/** Pass-through stream that logs progress every few seconds. */
function counting(expected: number, log: Log): Transform {
  let passed = 0;
  let lastReport = Date.now();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (Date.now() - lastReport > 3_000) {
        lastReport = Date.now();
        log(`  ${inGibibytes(passed)} of about ${inGibibytes(expected)}`);
      }
      done(null, chunk);
    },
  });
}

/** Resolves when the child exits; rejects with the end of its standard error if it fails. */
function ended(child: ReturnType<typeof spawn>, what: string): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.on("error", reject);
  child.on("close", (code) => (code === 0 ? done() : reject(new Error(`${what} failed:\n${lastLines(stderr, 5)}`))));
  return promise;
}

function inGibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
