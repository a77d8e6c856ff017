import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type ImageName, imageReference, images } from "../../config/products/images.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { duration } from "../../scripts/lib/step.ts";
import { binaryNames, binaryPath, ensureBinaries } from "../../scripts/offline/binaries.ts";
import { missingImages, sandboxImages, sandboxMirror } from "../../scripts/offline/images.ts";

const cacheDir = mkdtempSync(join(tmpdir(), "white-room-cache-"));
process.env.WHITE_ROOM_CACHE = cacheDir;
after(() => rmSync(cacheDir, { recursive: true }));

describe("sandbox programs", () => {
  test("are not rebuilt if cached, and are linked", async () => {
    const path = binaryPath("amtool");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, 0o755);
    const lines: string[] = [];
    const paths = await ensureBinaries(["amtool"], { log: (line) => lines.push(line) });
    assert.deepEqual(paths, { amtool: path });
    assert.deepEqual(lines, []);
    assert.equal(readlinkSync(join(cacheDir, "bin", "amtool")), path);
  });

  test("have distinct paths", () => {
    assert.equal(new Set(binaryNames.map((name) => binaryPath(name))).size, binaryNames.length);
  });
});

describe("sandbox images", () => {
  test("cover all images except those that cannot be built, on a host that cannot exist", () => {
    const references = sandboxImages();
    const names = Object.keys(images) as ImageName[];
    assert.deepEqual(
      names.filter((name) => references[name] === undefined),
      missingImages(),
    );
    assert.equal(references.prometheus, imageReference("prometheus", {}, sandboxMirror));
    for (const reference of Object.values(references)) assert.match(reference, /^white-room\.invalid\//);
  });
});

describe("commands", () => {
  test("durations are formatted as minutes and seconds", () => {
    assert.deepEqual([40, 59_940, 60_000, 307_400].map(duration), ["0.0 s", "59.9 s", "1 min 00 s", "5 min 07 s"]);
  });

  test("a failed command throws the command and the end of its output", async () => {
    await assert.rejects(run("sh", ["-c", "echo first; echo why >&2; exit 3"]), {
      message: "sh -c echo first; echo why >&2; exit 3\nfailed with exit code 3:\nfirst\nwhy",
    });
  });

  for (const module of ["lib/run-command.ts", "start/foreground.ts"]) {
    test(`a signal to the process also terminates its commands (${module})`, async () => {
      const scripts = pathToFileURL(join(import.meta.dirname, "../../scripts/")).href;
      const install = module === "start/foreground.ts" ? "endOnSignals" : "endWithCommands";
      const program = `
        import { ${install} } from "${scripts}${module}";
        import { run } from "${scripts}lib/run-command.ts";
        ${install}();
        run("sh", ["-c", "echo $$ >&2; exec sleep 60"], { onErrorLine: (pid) => console.log(pid) });`;
      const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [pid] = (await once(child.stdout, "data")) as [Buffer];
      child.kill("SIGTERM");
      const [code] = (await once(child, "exit")) as [number];
      assert.equal(code, 130);
      // The process forwards the signal before it exits, but the command may take a moment to terminate.
      for (let attempt = 0; attempt < 50 && isAlive(Number(pid)); attempt++) await sleep(100);
      assert.equal(isAlive(Number(pid)), false);
    });
  }

  test("a missing command is reported", async () => {
    await assert.rejects(run("no-such-program-here", []), /no-such-program-here.*\n.*127:\n.*ENOENT/s);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
