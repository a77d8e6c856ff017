import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";

const root = resolve(import.meta.dirname, "..", "..");
const [, name = "", version = ""] =
  new RegExp(`"(node-[a-z-]*${process.platform}-${process.arch})": "(.*)"`).exec(
    readFileSync(join(root, "scripts", "start", "node", "package.json"), "utf8"),
  ) ?? [];

/** An npm package whose `bin/node` is a script that runs this Node. */
function packNode(folder: string, comment: string): Buffer {
  mkdirSync(join(folder, "package", "bin"), { recursive: true });
  writeFileSync(join(folder, "package", "package.json"), JSON.stringify({ name, version }));
  const script = `#!/bin/sh\n# ${comment}\nexec '${process.execPath}' "$@"\n`;
  writeFileSync(join(folder, "package", "bin", "node"), script, { mode: 0o755 });
  const { status } = spawnSync("tar", ["-czf", "package.tgz", "package"], { cwd: folder });
  assert.equal(status, 0);
  return readFileSync(join(folder, "package.tgz"));
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity: string }>>;
}

const checksum = (archive: Buffer) => `sha512-${createHash("sha512").update(archive).digest("base64")}`;

/** Runs fetch_node against a registry that serves `served`, with a lock file that has the checksum of `locked`. */
async function fetchNode(context: TestContext, served: string, locked: string) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-node-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const archive = packNode(join(folder, "served"), served);
  const integrity = checksum(packNode(join(folder, "locked"), locked));

  const registry = createServer((request, response) => {
    if (request.url?.endsWith(".tgz")) return response.end(archive);
    const tarball = `http://${request.headers.host}/${name}.tgz`;
    const versions = { [version]: { name, version, dist: { tarball, integrity: checksum(archive) } } };
    return response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
  });
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
  context.after(() => registry.close());

  const project = join(folder, "project");
  const pins = join(project, "scripts", "start", "node");
  mkdirSync(pins, { recursive: true });
  for (const file of ["scripts/start/node.sh", "node-version.mjs"]) cpSync(join(root, file), join(project, file));
  const lockFile = readFileSync(join(root, "scripts", "start", "node", "package-lock.json"), "utf8");
  const entry = (JSON.parse(lockFile) as Lock).packages[`node_modules/${name}`];
  assert.ok(entry);
  writeFileSync(join(pins, "package-lock.json"), lockFile.replace(entry.integrity, integrity));

  const script = '. scripts/start/node.sh; fetch_node "$PWD/.tools/node/bin" "Node is missing"';
  const child = spawn("bash", ["-euc", script], {
    cwd: project,
    env: {
      ...process.env,
      npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
      npm_config_cache: join(folder, "cache"),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [status] = await once(child, "close");
  return { status, errors, tools: join(project, ".tools") };
}

test("Node is installed if its package has the pinned checksum", async (context) => {
  const { status, errors, tools } = await fetchNode(context, "same", "same");
  assert.deepEqual({ status, errors }, { status: 0, errors: "" });
  assert.deepEqual(readdirSync(tools), ["node"]);
  assert.match(readFileSync(join(tools, "node", "bin", "node"), "utf8"), /# same/);
});

test("a Node package with another checksum is rejected, and leaves nothing behind", async (context) => {
  const { status, errors, tools } = await fetchNode(context, "replaced", "reviewed");
  assert.equal(status, 1);
  const refused = "differs from the checksum in scripts/start/node/package-lock.json and was not installed.";
  assert.ok(errors.startsWith(`${name}@${version} ${refused}\n`), errors);
  assert.deepEqual(existsSync(tools) && readdirSync(tools), []);
});
