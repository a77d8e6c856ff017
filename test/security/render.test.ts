import assert from "node:assert/strict";
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
import { render } from "../../scripts/render.ts";

const configFile = resolve(import.meta.dirname, "../../Pulumi.sandbox.yaml");

/* What another user of this machine can prepare in a shared folder such as /tmp, before the stack is rendered there. */
describe("render", () => {
  const shared = mkdtempSync(join(tmpdir(), "white-room-security-render-"));
  after(() => rmSync(shared, { recursive: true }));

  const renderTo = (directory: string) => render("sandbox", directory, { withSecrets: false, configFile });
  const others = (path: string) => statSync(path).mode & 0o022;

  test("a symbolic link is not followed", async () => {
    const [elsewhere, link] = [join(shared, "elsewhere"), join(shared, "link")];
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, link);
    await assert.rejects(renderTo(link), /link is a symbolic link; use an empty or new directory/);
    assert.deepEqual(readdirSync(elsewhere), []);
  });

  test("a link inside an earlier render is not followed", async () => {
    const [directory, victim] = [join(shared, "earlier"), join(shared, "victim")];
    await renderTo(directory);
    writeFileSync(victim, "precious");
    for (const name of ["compose.yaml", "compose.yaml.new", "prometheus"]) {
      const path = join(directory, name);
      rmSync(path, { recursive: true, force: true });
      symlinkSync(victim, path);
      await assert.rejects(renderTo(directory), /is a symbolic link/, name);
      assert.equal(readFileSync(victim, "utf8"), "precious");
      rmSync(path);
    }
    await renderTo(directory);
  });

  test("others can write neither the folder nor what is in it", async () => {
    const directory = join(shared, "open");
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    await renderTo(directory);
    // As an earlier render left them in a folder with mode 0777.
    for (const path of ["", "prometheus", "prometheus/config", "compose.yaml"]) {
      const whole = join(directory, path);
      if (statSync(whole, { throwIfNoEntry: false })) chmodSync(whole, 0o777);
    }
    await renderTo(directory);
    const open = ["", ...readdirSync(directory, { recursive: true })].filter((path) =>
      others(join(directory, String(path))),
    );
    assert.deepEqual(open, []);
  });

  test("a folder of another user is rejected", async () => {
    // Only root may give a folder away; for others, the root folder belongs to another user.
    const isRoot = process.getuid?.() === 0;
    const directory = isRoot ? join(shared, "foreign") : "/";
    if (isRoot) {
      mkdirSync(directory);
      chownSync(directory, 65_534, 65_534);
    }
    await assert.rejects(
      renderTo(directory),
      /belongs to another user \(\d+\); use an empty or new directory of your own/,
    );
  });
});
