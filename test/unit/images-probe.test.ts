import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ImageFacts } from "../../config/products/images.ts";
import { failedFacts, type ImageFiles, passwordFile } from "../../scripts/images/failed-facts.ts";
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

const failures = (facts: Partial<ImageFacts>) =>
  failedFacts({ source, version, user: "70:70", programs: [], ...facts }, files);

test("finds programs by path, by name and through symlinks", () => {
  assert.deepEqual(failures({ programs: ["/bin/tool", "/usr/bin/tool", "tool", "alias", "/usr/bin/alias"] }), []);
  assert.deepEqual(failures({ programs: ["/sbin/tool", "nothing"] }), ["/sbin/tool is missing", "nothing is missing"]);
  assert.deepEqual(
    failures({
      programs: [
        ["none", "tool"],
        ["none", "neither"],
      ],
    }),
    ["none or neither is missing"],
  );
  assert.deepEqual(failures({ programs: ["/bin/text"] }), ["/bin/text is not executable by 70:70"]);
});

test("checks owner and mode of writable directories", () => {
  assert.deepEqual(failures({ writable: ["/data", "/open"] }), []);
  assert.deepEqual(failures({ user: "65534:65534", writable: ["/data", "/open", "/none"] }), [
    "/data is not writable by 65534:65534: owner 70:70, mode 0755",
    "/none is missing",
  ]);
});

test("root without capabilities can write only to its own directories", () => {
  assert.equal(failures({ user: "0:0", writable: ["/data"] }).length, 1);
});

test("reports missing files, paths that must not exist and missing accounts", () => {
  assert.deepEqual(failures({ files: ["/etc/passwd"], absent: ["/var/lib/collector"], account: "postgres" }), []);
  assert.deepEqual(failures({ files: ["/etc/ca.crt"], absent: ["/data"], account: "redis" }), [
    "/data exists",
    "/etc/ca.crt is missing",
    "/etc/passwd has no entry redis with 70:70",
  ]);
});

test("reads paths longer than the header field", () => {
  assert.ok(files.entries.has(`${long}/${"b".repeat(90)}`));
});

test("throws for a truncated archive", async () => {
  async function* cut() {
    yield Buffer.alloc(100, 1);
  }
  await assert.rejects(listTar(cut()), /is truncated/);
});
