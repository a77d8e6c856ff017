import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { test } from "node:test";
import { buildSync } from "esbuild";

const root = resolve(import.meta.dirname, "..", "..");

test("missing dependencies are installed, and installed ones are never removed", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-dependencies-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "npm.log");
  const locked = join(folder, "package-lock.json");
  writeFileSync(locked, "{}");
  // Like npm: `ci` empties the folder before it contacts the registry, and the list of installed packages is written last.
  const npm = `#!/bin/sh
[ "$1" != config ] || { echo https://registry.example.com/; exit; }
echo "$*" >> '${log}'
[ "$1" != ci ] || rm -rf node_modules
mkdir -p node_modules/@pulumi
[ ! -e unreachable ] || exit 1
case "$*" in *--omit=dev*) dev= ;; *) dev='"node_modules/@biomejs/biome": {}' ;; esac
echo "{ $dev }" > node_modules/.package-lock.json
`;
  writeFileSync(join(folder, "npm"), npm, { mode: 0o755 });
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };

  /** Exit code, standard error and npm calls of a run that needs all dependencies, or all but development ones. */
  const run = (...words: string[]) => {
    const script = `. '${join(root, "scripts", "start", "node.sh")}'; ensure_dependencies ${words.join(" ")}`;
    rmSync(log, { force: true });
    // Without a terminal above it, bash takes a piped stdin for a remote shell's and reads its start-up files.
    const { status, stderr } = spawnSync("bash", ["-euc", script], {
      cwd: folder,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { status, stderr, calls: existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [] };
  };
  const ensure = (...words: string[]): string[] => {
    const { status, stderr, calls } = run(...words);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    return calls;
  };
  const all = ["ci --ignore-scripts --no-audit --no-fund --loglevel=error"];
  const more = ["install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error"];

  assert.deepEqual(ensure("--omit=dev"), ["ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error"]);
  assert.deepEqual(ensure("--omit=dev"), []);

  writeFileSync(join(folder, "unreachable"), "");
  assert.deepEqual(run(), {
    status: 1,
    stderr:
      "The dependencies could not be installed; see npm's output above. Registry in use: https://registry.example.com/\n",
    calls: more,
  });
  // What a stack needs is still there.
  assert.deepEqual(ensure("--omit=dev"), []);
  assert.ok(existsSync(join(folder, "node_modules", "@pulumi")));
  rmSync(join(folder, "unreachable"));

  assert.deepEqual(ensure(), more);
  assert.deepEqual(ensure(), []);
  assert.deepEqual(ensure("--omit=dev"), []);
  const later = Date.now() / 1000 + 60;
  utimesSync(locked, later, later);
  assert.deepEqual(ensure("--omit=dev"), all);

  // A script's output may be JSON.
  for (const file of ["scripts/run.sh", "scripts/start", "node-version.mjs", "package.json"])
    cpSync(join(root, file), join(folder, file), { recursive: true });
  writeFileSync(join(folder, "scripts", "print.mjs"), 'console.log("{}");');
  rmSync(join(folder, "node_modules"), { recursive: true });
  const printed = spawnSync("bash", [join(folder, "scripts", "run.sh"), "scripts/print.mjs"], {
    env,
    encoding: "utf8",
  });
  assert.equal(printed.stdout, "{}\n", printed.stderr);
  assert.match(printed.stderr, /^Installing dependencies/);
});

test("scripts that start and query a stack import only the dependencies of their own package", () => {
  const declared = (folder: string): Set<string> => {
    const { dependencies } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    return new Set(Object.keys(dependencies));
  };
  const [program, demo] = [declared("."), declared("demo")];
  const scripts = ["start/main", "verify", "drill", "render", "sandbox", "docs", "e2e"].map(
    (name) => `scripts/${name}.ts`,
  );
  const { inputs } = buildSync({
    entryPoints: ["index.ts", "demo/write-bundles.ts", "demo/simulator/main.ts", "demo/sinks/main.ts", ...scripts],
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
    imports
      .filter(({ external, path }) => external && !isBuiltin(path))
      .map(({ path }) => ({ file, name: path.split("/", path.startsWith("@") ? 2 : 1).join("/") })),
  );
  const wrong = imported.filter(({ file, name }) => !(file.startsWith("demo/") ? demo : program).has(name));
  assert.deepEqual(wrong, []);
  // A walk that found no package at all would prove nothing.
  for (const name of ["@pulumi/pulumi", "pg"]) assert.ok(imported.some((each) => each.name === name));
});
