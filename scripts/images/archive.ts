import { spawn } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Log, lastLines, run, tryRun } from "../lib/run-command.ts";
import type { NeededImage } from "./needed.ts";

/** Room that an archive leaves on the disk. */
const spare = 256 * 1024 ** 2;

/**
 * Writes images of this machine to a file that `docker load` reads. Throws where the file exists, an image is absent, or
 * the disk has too little room; a broken archive never gets the file's name.
 */
export async function saveImages(images: readonly NeededImage[], file: string, log: Log): Promise<void> {
  const path = resolve(file);
  if (existsSync(path)) throw new Error(`${file} exists: name another file, or remove it`);
  const absent = await absentImages(images);
  if (absent.length > 0) throw new Error(["not on this machine:", ...pullCommands(absent)].join("\n  "));
  const size = await sizeOf(images);
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < size + spare)
    throw new Error(
      `${dirname(path)} has ${inGibibytes(bavail * bsize)} free, and the archive takes up to ${inGibibytes(size)}`,
    );
  const partial = `${path}.partial`;
  try {
    // An archive keeps names by tag only: https://github.com/moby/moby/issues/22011
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
  log(`${images.length} images in ${file}, ${inGibibytes((await stat(path)).size)}`);
}

/** Reads an archive into this machine's Docker. Throws where an image is still absent afterwards. */
export async function loadImages(images: readonly NeededImage[], file: string, log: Log): Promise<void> {
  if (!existsSync(file)) throw new Error(`there is no ${file}`);
  const { size } = await stat(file);
  const child = spawn("docker", ["load", "--quiet"], { stdio: ["pipe", "ignore", "pipe"] });
  await Promise.all([pipeline(createReadStream(file), counting(size, log), child.stdin), ended(child, "docker load")]);
  const absent = await absentImages(images);
  if (absent.length > 0) {
    const pinned = absent.filter(({ reference }) => reference.includes("@"));
    throw new Error(
      [
        `${file} was loaded, and these images are still missing:`,
        ...absent.map(({ reference }) => `  ${reference}`),
        ...(pinned.length === 0
          ? ["It was saved for another stack or version."]
          : [
              "An archive keeps tags and no digests. On a machine without a registry, name the tag in the stack's config, which",
              "replaces tag and digest of config/products/images.ts:",
              ...pinned.map(({ name, reference }) => `  images.${name}.tag: ${/:([^:@/]+)@/.exec(reference)?.[1]}`),
            ]),
      ].join("\n"),
    );
  }
  log(`All ${images.length} images are on this machine.`);
}

/** Those that this machine's Docker does not have. */
async function absentImages(images: readonly NeededImage[]): Promise<NeededImage[]> {
  const found = await Promise.all(images.map(({ reference }) => tryRun("docker", ["image", "inspect", reference])));
  return images.filter((_, index) => found[index]?.code !== 0);
}

function pullCommands(images: readonly NeededImage[]): string[] {
  return images.map(({ reference }) => `docker pull ${reference}`);
}

/** The name without its digest, given to the image where only the digest is known. */
async function tagged(reference: string): Promise<string> {
  const [name = reference, digest] = reference.split("@");
  if (digest !== undefined) await run("docker", ["tag", reference, name]);
  return name;
}

/** Bytes of all layers; those that images share count once for each id only. */
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

/** Passes data on, and tells every few seconds how far it is. */
function counting(expected: number, log: Log): Transform {
  let passed = 0;
  let told = Date.now();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (Date.now() - told > 3_000) {
        told = Date.now();
        log(`  ${inGibibytes(passed)} of about ${inGibibytes(expected)}`);
      }
      done(null, chunk);
    },
  });
}

/** Ends with the child; throws what it said where it failed. */
function ended(child: ReturnType<typeof spawn>, what: string): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.on("error", reject);
  child.on("close", (code) => (code === 0 ? done() : reject(new Error(`${what} failed:\n${lastLines(said, 5)}`))));
  return promise;
}

function inGibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
