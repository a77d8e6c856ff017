import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";

const root = resolve(import.meta.dirname, "..", "..");

/**
 * Runs a script as if by root, on a machine with little more than an apt-get that records its calls. With an answer, standard
 * input and output are a terminal where somebody types it.
 */
function asRoot(context: TestContext, script: string, environment: Readonly<Record<string, string>>, answer?: string) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-install-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const calls = join(folder, "calls");
  writeFileSync(join(folder, "id"), "#!/bin/sh\necho 0\n", { mode: 0o755 });
  writeFileSync(join(folder, "apt-get"), `#!/bin/sh\necho "$*" >> '${calls}'\n`, { mode: 0o755 });
  symlinkSync(process.execPath, join(folder, "node"));
  writeFileSync(join(folder, "script.sh"), script);
  const command = ["/bin/bash", "-eu", join(folder, "script.sh")];
  const inTerminal = ["/usr/bin/script", "--quiet", "--return", "--command", command.join(" "), "/dev/null"];
  const [program = "", ...args] = answer === undefined ? command : inTerminal;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    env: { PATH: folder, ...environment },
    encoding: "utf8",
    ...(answer === undefined ? { stdio: ["ignore", "pipe", "pipe"] } : { input: `${answer}\n` }),
    timeout: 20_000,
  });
  const called = existsSync(calls) ? readFileSync(calls, "utf8") : "";
  const [, installed] = / install --yes --no-install-recommends (.*)$/m.exec(called) ?? [];
  return { status, stdout, stderr, installed };
}

const sources = [
  {
    name: "npm for start.sh",
    script: '. scripts/start/node.sh; install_npm "npm is missing."',
    packages: "npm",
    refused: "npm is missing.\nInstall Node with npm (https://nodejs.org/en/download) and try again.\n",
  },
  {
    name: "packages of the sandbox",
    script: `node --input-type=module --eval '
      process.getuid = () => 0;
      const { installPackages } = await import("./scripts/offline/debian.ts");
      await installPackages(["iptables", "docker.io"], "Docker Engine", console.log)
        .catch(({ message }) => { console.error(message); process.exitCode = 1; });'`,
    packages: "iptables docker.io",
    refused:
      "Docker Engine is missing. Install it and try again:\n  sudo apt-get install --no-install-recommends iptables docker.io\n",
  },
];

for (const { name, script, packages, refused } of sources) {
  test(`${name}: as root, they are listed and installed`, (context) => {
    const { status, stdout, installed } = asRoot(context, script, {});
    assert.deepEqual([status, installed], [0, packages]);
    const named = packages.replaceAll(" ", ", ");
    const forbid = "To forbid this: ./start.sh --no-install, or WHITE_ROOM_NO_INSTALL=1.";
    assert.match(stdout, new RegExp(`^As root: installing the Debian packages? ${named}\\.`));
    assert.ok(stdout.includes(forbid), stdout);
  });

  for (const [answer, environment, installs] of [
    ["y", {}, true],
    ["n", {}, false],
    ["", {}, false],
    ["n", { WHITE_ROOM_YES: "1" }, true],
  ] as const) {
    const how = `${environment.WHITE_ROOM_YES ? "with --yes" : `after "${answer}"`}`;
    test(`${name}: in a terminal, they are ${installs ? "" : "not "}installed ${how}`, (context) => {
      const { status, stdout, installed } = asRoot(context, script, environment, answer);
      assert.deepEqual([status, installed], installs ? [0, packages] : [1, undefined], stdout);
      assert.equal(/Install (?:it|them)\? \[y\/N\]/.test(stdout), !environment.WHITE_ROOM_YES, stdout);
      assert.equal(stdout.includes("Nothing was installed."), !installs, stdout);
    });
  }

  test(`${name}: nothing is installed with WHITE_ROOM_NO_INSTALL`, (context) => {
    const { status, stderr, installed } = asRoot(context, script, { WHITE_ROOM_NO_INSTALL: "1" });
    assert.deepEqual({ status, stderr, installed }, { status: 1, stderr: refused, installed: undefined });
  });
}
