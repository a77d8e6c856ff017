import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { test } from "node:test";
import { buildSync } from "esbuild";

const root = resolve(import.meta.dirname, "..", "..");

test("dependencies are installed as far as they are missing, and never fewer than there are", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-dependencies-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "npm.log");
  const locked = join(folder, "package-lock.json");
  writeFileSync(locked, "{}");
  const npm = `#!/bin/sh
echo "$*" >> '${log}'
rm -rf node_modules
mkdir node_modules
case "$*" in *--omit=dev*) ;; *) mkdir -p node_modules/@biomejs/biome ;; esac
`;
  writeFileSync(join(folder, "npm"), npm, { mode: 0o755 });
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };

  /** What npm was called with, by a run that wants all, or all but those for development. */
  const ensure = (...words: string[]): string[] => {
    const script = `. '${join(root, "scripts", "start", "node.sh")}'; ensure_dependencies ${words.join(" ")}`;
    rmSync(log, { force: true });
    execFileSync("bash", ["-euc", script], { cwd: folder, env });
    return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  };
  const all = ["ci --no-audit --no-fund --loglevel=error"];

  assert.deepEqual(ensure("--omit=dev"), ["ci --omit=dev --no-audit --no-fund --loglevel=error"]);
  assert.deepEqual(ensure("--omit=dev"), []);
  assert.deepEqual(ensure(), all);
  assert.deepEqual(ensure(), []);
  assert.deepEqual(ensure("--omit=dev"), []);
  const later = Date.now() / 1000 + 60;
  utimesSync(locked, later, later);
  assert.deepEqual(ensure("--omit=dev"), all);
});

test("what brings up and asks a stack imports nothing that is there for checks alone", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  const scripts = ["start/main", "verify", "drill", "render", "sandbox", "docs", "e2e"].map(
    (name) => `scripts/${name}.ts`,
  );
  const { inputs } = buildSync({
    entryPoints: ["index.ts", "demo/write-bundles.ts", ...scripts],
    absWorkingDir: root,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    outdir: "unused",
    write: false,
    metafile: true,
  }).metafile;
  const imported = Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ external }) => external).map(({ path }) => ({ file, path })),
  );
  const wrong = imported.filter(({ path }) =>
    Object.keys(devDependencies).some((name) => path === name || path.startsWith(`${name}/`)),
  );
  assert.deepEqual(wrong, []);
  // A walk that found no package at all would prove nothing.
  assert.ok(imported.some(({ path }) => path === "@pulumi/pulumi"));
});
