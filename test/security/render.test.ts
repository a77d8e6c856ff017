import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, test } from "node:test";

const root = resolve(import.meta.dirname, "../..");

/* What another user of this machine can prepare in a shared folder such as /tmp, before the stack is rendered there. */
describe("render", () => {
  const shared = mkdtempSync(join(tmpdir(), "white-room-security-render-"));
  after(() => rmSync(shared, { recursive: true }));

  const render = (directory: string) =>
    spawnSync(process.execPath, ["scripts/render.ts", "sandbox", directory, "--config-file", "Pulumi.sandbox.yaml"], {
      cwd: root,
      encoding: "utf8",
    });
  const others = (path: string) => statSync(path).mode & 0o022;

  test("a symbolic link is not followed", () => {
    const [elsewhere, link] = [join(shared, "elsewhere"), join(shared, "link")];
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, link);
    const { status, stderr } = render(link);
    assert.notEqual(status, 0);
    assert.match(stderr, /link is a symbolic link; use an empty or new directory/);
    assert.deepEqual(readdirSync(elsewhere), []);
  });

  test("a link inside an earlier render is not followed", () => {
    const [directory, victim] = [join(shared, "earlier"), join(shared, "victim")];
    assert.equal(render(directory).status, 0);
    writeFileSync(victim, "precious");
    for (const name of ["compose.yaml", "compose.yaml.new", "prometheus"]) {
      const path = join(directory, name);
      rmSync(path, { recursive: true, force: true });
      symlinkSync(victim, path);
      const { status, stderr } = render(directory);
      assert.notEqual(status, 0, name);
      assert.match(stderr, /is a symbolic link/);
      assert.equal(readFileSync(victim, "utf8"), "precious");
      rmSync(path);
    }
    assert.equal(render(directory).status, 0);
  });

  test("others can write neither the folder nor what is in it", () => {
    const directory = join(shared, "open");
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    assert.equal(render(directory).status, 0);
    // As an earlier render in a folder of mode 0777 left it.
    for (const path of ["", "prometheus", "prometheus/config", "compose.yaml"]) {
      const whole = join(directory, path);
      if (statSync(whole, { throwIfNoEntry: false })) chmodSync(whole, 0o777);
    }
    assert.equal(render(directory).status, 0);
    const open = ["", ...readdirSync(directory, { recursive: true })].filter((path) =>
      others(join(directory, String(path))),
    );
    assert.deepEqual(open, []);
  });

  test("a folder of another user is rejected", () => {
    // Only root may give a folder away; for others, the root folder belongs to another user.
    const isRoot = process.getuid?.() === 0;
    const directory = isRoot ? join(shared, "foreign") : "/";
    if (isRoot) {
      mkdirSync(directory);
      chownSync(directory, 65_534, 65_534);
    }
    const { status, stderr } = render(directory);
    assert.notEqual(status, 0);
    assert.match(stderr, /belongs to another user \(\d+\); use an empty or new directory of your own/);
  });
});
