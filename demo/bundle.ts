import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";

/** Programs of the demo. */
export type DemoProgram = "simulator" | "sinks";

const here = fileURLToPath(new URL(".", import.meta.url));
const modules = join(here, "..", "node_modules");
const cacheDirectory = join(modules, ".cache", "white-room-demo");

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

/**
 * Bundles a program of the demo into a single ES module without dependencies: run it with
 * `node simulator.mjs --config FILE`. The output is deterministic and cached under `node_modules/.cache`, because esbuild
 * is the slowest part of rendering the demo.
 */
export function bundleDemo(program: DemoProgram): string {
  const cached = join(cacheDirectory, `${program}-${inputHash()}.mjs`);
  try {
    return readFileSync(cached, "utf8");
  } catch {
    const text = build(program);
    keep(cached, text);
    return text;
  }
}

function build(program: DemoProgram): string {
  // Loaded lazily, only if the result is not cached.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const result = buildSync({ ...options, entryPoints: [join(here, program, "main.ts")] });
  const file = result.outputFiles[0];
  if (file === undefined) throw new Error(`esbuild produced no file for ${program}`);
  return file.text;
}

/** Hash of the demo's sources and the installed packages, including esbuild. */
function inputHash(): string {
  const hash = createHash("sha256").update(JSON.stringify(options));
  const sources = readdirSync(here, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !path.startsWith("node_modules"),
  );
  for (const path of sources.sort()) hash.update(`\n${path}\n`).update(readFileSync(join(here, path)));
  hash.update(readFileSync(join(modules, ".package-lock.json")));
  return hash.digest("hex").slice(0, 24);
}

function keep(path: string, text: string): void {
  try {
    mkdirSync(cacheDirectory, { recursive: true });
    // Written atomically, because another process may read it concurrently.
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
    const program = basename(path).replace(/-.*/, "-");
    for (const name of readdirSync(cacheDirectory)) {
      if (name.startsWith(program) && name.endsWith(".mjs") && name !== basename(path))
        rmSync(join(cacheDirectory, name));
    }
  } catch {
    // With a read-only node_modules, the next run simply builds again.
  }
}
