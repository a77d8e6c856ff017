import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = import.meta.dirname;

/** Maximum size of all compressed scripts and style sheets in bytes, including lazily loaded ones. */
const maxBundle = 1_200_000;

/** Large dependencies of @grafana/ui that the viewer does not use: a code editor and maps. */
const unused = /^(monaco-editor|react-monaco-editor|@monaco-editor\/react|ol)(\/|$)/;

const stub: esbuild.Plugin = {
  name: "stub",
  setup(build) {
    build.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: "stub" }));
    build.onLoad({ filter: /.*/, namespace: "stub" }, () => ({
      contents: "module.exports = new Proxy(function () {}, { get: (target, key) => key !== '__esModule' && target });",
      loader: "js",
    }));
  },
};

const icons = /^(unicons|solid|mono|custom)$/;

/** Builds the server (`server.mjs`) and the page (`assets/`) into a folder. */
export async function build(target: string): Promise<{ scripts: number }> {
  rmSync(target, { recursive: true, force: true });
  const assets = join(target, "assets");
  mkdirSync(assets, { recursive: true });
  await Promise.all([buildPage(assets), buildServer(join(target, "server.mjs"))]);
  cpSync(join(here, "index.html"), join(assets, "index.html"));
  copyIcons(join(assets, "public", "build", "img", "icons"));
  copyFonts(join(assets, "public", "build", "fonts"));
  const scripts = compress(join(assets, "assets"));
  if (scripts > maxBundle) throw new Error(`the page has ${scripts} bytes compressed, but the limit is ${maxBundle}`);
  return { scripts };
}

async function buildPage(assets: string): Promise<void> {
  await esbuild.build({
    entryPoints: [join(here, "src", "main.tsx")],
    outdir: join(assets, "assets"),
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    minify: true,
    legalComments: "none",
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    loader: { ".svg": "dataurl" },
    plugins: [stub],
    absWorkingDir: here,
  });
}

async function buildServer(outfile: string): Promise<void> {
  await esbuild.build({
    entryPoints: [join(here, "server", "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    logLevel: "error",
    absWorkingDir: here,
  });
}

/** Copies the icons to where @grafana/ui loads them from. */
function copyIcons(target: string): void {
  const source = join(here, "node_modules", "@grafana", "ui", "dist", "public", "img", "icons");
  for (const folder of readdirSync(source)) {
    if (icons.test(folder)) cpSync(join(source, folder), join(target, folder), { recursive: true });
  }
  // The time range picker loads this icon, but the package lacks it.
  const right = readFileSync(join(source, "unicons", "angle-double-right.svg"), "utf8");
  const left = right.replace("<path ", '<path transform="translate(24) scale(-1 1)" ');
  writeFileSync(join(target, "unicons", "angle-double-left.svg"), left);
}

/** Fontsource files by their name in Grafana's style sheet. */
const fonts: Readonly<Record<string, string>> = {
  "inter/Inter-Regular.woff2": "inter/files/inter-latin-400-normal.woff2",
  "inter/Inter-Medium.woff2": "inter/files/inter-latin-500-normal.woff2",
  "inter/Inter-Italic.woff2": "inter/files/inter-latin-400-italic.woff2",
  "inter/Inter-MediumItalic.woff2": "inter/files/inter-latin-500-italic.woff2",
  "roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2":
    "roboto-mono/files/roboto-mono-latin-400-normal.woff2",
};

function copyFonts(target: string): void {
  for (const [name, file] of Object.entries(fonts))
    cpSync(join(here, "node_modules", "@fontsource", file), join(target, name));
}

/** Writes a compressed copy of each script and style sheet. Returns their total size in bytes. */
function compress(folder: string): number {
  let total = 0;
  for (const name of readdirSync(folder)) {
    if (!/\.(js|css)$/.test(name)) continue;
    const zipped = gzipSync(readFileSync(join(folder, name)), { level: 9 });
    writeFileSync(join(folder, `${name}.gz`), zipped);
    total += zipped.length;
  }
  return total;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: "string", default: join(here, "dist") } } });
  const { scripts } = await build(resolve(values.out));
  process.stdout.write(`Built into ${values.out}; scripts and styles: ${Math.round(scripts / 1000)} kB compressed\n`);
}
