import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";

/** The demo's programs. */
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
  // CommonJS libraries ask for Node's own modules by `require`, which an ES module does not have.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
} as const satisfies BuildOptions;

/**
 * One of the demo's programs as one ES module that needs no `node_modules`: run it with
 * `node simulator.mjs --config FILE`. The same sources and packages give the same text; the last result is kept under
 * `node_modules/.cache`, because esbuild takes longer than everything else that renders the demo.
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
  // Loaded here, so that a run that finds its result does not pay for it.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const result = buildSync({ ...options, entryPoints: [join(here, program, "main.ts")] });
  const file = result.outputFiles[0];
  if (file === undefined) throw new Error(`esbuild gave no file for ${program}`);
  return file.text;
}

/** The demo's sources, and npm's record of the packages that are installed, esbuild among them. */
function inputHash(): string {
  const hash = createHash("sha256").update(JSON.stringify(options));
  const sources = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  for (const path of sources.sort()) hash.update(`\n${path}\n`).update(readFileSync(join(here, path)));
  hash.update(readFileSync(join(modules, ".package-lock.json")));
  return hash.digest("hex").slice(0, 24);
}

function keep(path: string, text: string): void {
  try {
    mkdirSync(cacheDirectory, { recursive: true });
    // Renamed into place: another run may read it at the same time.
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
    const program = basename(path).replace(/-.*/, "-");
    for (const name of readdirSync(cacheDirectory)) {
      if (name.startsWith(program) && name.endsWith(".mjs") && name !== basename(path))
        rmSync(join(cacheDirectory, name));
    }
  } catch {
    // A read-only node_modules only means that the next run builds again.
  }
}
