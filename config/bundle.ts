import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import type { BuildOptions } from "esbuild";

const root = join(import.meta.dirname, "..");
const modules = join(root, "node_modules");
const cacheDirectory = join(modules, ".cache", "white-room-bundles");

const options = {
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node24",
  minify: true,
  sourcemap: false,
  legalComments: "none",
  logLevel: "silent",
  charset: "utf8",
  external: ["pg-native"],
  // CommonJS libraries load Node's built-in modules with `require`, which ES modules do not have.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
} as const satisfies BuildOptions;

/** A Node program of ours. Paths are relative to the project. */
export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Files and folders with everything that it imports, other than packages. */
  readonly sources: readonly string[];
}

/**
 * Bundles a program into a single ES module without dependencies, to run with `node NAME.mjs`. The output is deterministic and
 * cached under `node_modules/.cache`, because esbuild is the slowest part of rendering.
 */
export function bundle(program: Bundle): string {
  const cached = join(cacheDirectory, `${program.name}-${inputHash(program)}.mjs`);
  try {
    return readFileSync(cached, "utf8");
  } catch {
    const text = build(program);
    keep(cached, text);
    return text;
  }
}

function build({ name, entry }: Bundle): string {
  // Loaded lazily, only if the result is not cached.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const result = buildSync({ ...options, entryPoints: [join(root, entry)] });
  const file = result.outputFiles[0];
  if (file === undefined) throw new Error(`esbuild produced no file for ${name}`);
  return file.text;
}

/** Hash of the sources and the installed packages, including esbuild. */
function inputHash({ sources }: Bundle): string {
  const hash = createHash("sha256").update(JSON.stringify(options));
  for (const path of sources.flatMap(filesIn).sort()) hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  hash.update(readFileSync(join(modules, ".package-lock.json")));
  return hash.digest("hex").slice(0, 24);
}

function filesIn(source: string): string[] {
  if (statSync(join(root, source)).isFile()) return [source];
  return readdirSync(join(root, source), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"))
    .map((path) => join(source, path));
}

function keep(path: string, text: string): void {
  try {
    mkdirSync(cacheDirectory, { recursive: true });
    // Written atomically, because another process may read it concurrently.
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
    const program = basename(path).replace(/-[^-]*$/, "-");
    for (const name of readdirSync(cacheDirectory)) {
      if (name.startsWith(program) && name.endsWith(".mjs") && name !== basename(path))
        rmSync(join(cacheDirectory, name));
    }
  } catch {
    // With a read-only node_modules, the next run simply builds again.
  }
}
