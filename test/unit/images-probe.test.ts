import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ImageFacts } from "../../config/products/image-facts.ts";
import { type ImageFiles, passwordFile, wrongFacts } from "../../scripts/images/judge.ts";
import { listTar } from "../../scripts/images/tar.ts";

const root = mkdtempSync(join(tmpdir(), "white-room-probe-"));
const long = "a".repeat(90);
const version: ImageFacts["version"] = ["/bin/tool"];
const source = "https://example.com";
let files: ImageFiles = { entries: new Map(), path: [] };

before(async () => {
  for (const folder of ["usr/bin", "data", "open", "etc", long]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "usr/bin/tool"), "x".repeat(700_000));
  chmodSync(join(root, "usr/bin/tool"), 0o755);
  writeFileSync(join(root, "usr/bin/text"), "");
  chmodSync(join(root, "usr/bin/text"), 0o644);
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\npostgres:x:70:70::/:/bin/sh\n");
  writeFileSync(join(root, long, "b".repeat(90)), "");
  symlinkSync("usr/bin", join(root, "bin"));
  symlinkSync("/bin/tool", join(root, "usr/bin/alias"));
  chmodSync(join(root, "data"), 0o755);
  chmodSync(join(root, "open"), 0o1777);
  const archive = join(root, "..", `${root.split("/").at(-1)}.tar`);
  execFileSync("tar", ["--format=pax", "--owner=70", "--group=70", "-cf", archive, "-C", root, "."]);
  files = { entries: await listTar(spawn("cat", [archive]).stdout, [passwordFile]), path: ["/usr/local/bin", "/bin"] };
  rmSync(archive);
});
after(() => rmSync(root, { recursive: true }));

const wrong = (facts: Partial<ImageFacts>) =>
  wrongFacts({ source, version, user: "70:70", programs: [], ...facts }, files);

test("a program is found by path, by name and through links", () => {
  assert.deepEqual(wrong({ programs: ["/bin/tool", "/usr/bin/tool", "tool", "alias", "/usr/bin/alias"] }), []);
  assert.deepEqual(wrong({ programs: ["/sbin/tool", "nothing"] }), ["/sbin/tool is missing", "nothing is missing"]);
  assert.deepEqual(
    wrong({
      programs: [
        ["none", "tool"],
        ["none", "neither"],
      ],
    }),
    ["none or neither is missing"],
  );
  assert.deepEqual(wrong({ programs: ["/bin/text"] }), ["/bin/text cannot be run by 70:70"]);
});

test("a directory is writable by its owner or by everyone", () => {
  assert.deepEqual(wrong({ writable: ["/data", "/open"] }), []);
  assert.deepEqual(wrong({ user: "65534:65534", writable: ["/data", "/open", "/none"] }), [
    "/data cannot be written by 65534:65534: it belongs to 70:70, mode 0755",
    "/none is missing",
  ]);
});

test("root without capabilities writes only what belongs to it", () => {
  assert.equal(wrong({ user: "0:0", writable: ["/data"] }).length, 1);
});

test("files, absent paths and accounts are reported", () => {
  assert.deepEqual(wrong({ files: ["/etc/passwd"], absent: ["/var/lib/collector"], account: "postgres" }), []);
  assert.deepEqual(wrong({ files: ["/etc/ca.crt"], absent: ["/data"], account: "redis" }), [
    "/data exists",
    "/etc/ca.crt is missing",
    "/etc/passwd has no redis with 70:70",
  ]);
});

test("a path that is longer than a header's field is read whole", () => {
  assert.ok(files.entries.has(`${long}/${"b".repeat(90)}`));
});

test("an archive that ends too early is an error", async () => {
  async function* cut() {
    yield Buffer.alloc(100, 1);
  }
  await assert.rejects(listTar(cut()), /ends too early/);
});
