import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { explainBuildFailure } from "../../scripts/offline/build-failure.ts";
import { announce, buildSpaceProblems } from "../../scripts/offline/build-plan.ts";
import { startsOrIsRemoved } from "../../scripts/offline/built-programs.ts";

const folder = mkdtempSync(join(tmpdir(), "white-room-build-"));
after(() => rmSync(folder, { recursive: true }));

describe("advice for a failed build", () => {
  const firstLines = (output: string) => explainBuildFailure("loki v3.7.8", output).split("\n").slice(0, 3);
  const again = "Then run the same command again; it resumes where it stopped.";

  test("names a module that the proxy does not serve", () => {
    const output = "example.com/lib@v1.2.3: reading https://proxy.example/example.com/lib/@v/v1.2.3.zip: 403 Forbidden";
    // The second is what `go mod download -json` prints.
    for (const text of [`go: ${output}`, `"Error": "${output}"`]) {
      assert.deepEqual(firstLines(text), [
        "loki v3.7.8 failed to build.",
        "The Go module proxy returned 403 for example.com/lib@v1.2.3. Set GOPROXY to a proxy that serves it (current: `go env GOPROXY`).",
        again,
      ]);
    }
  });

  test("names the directories on a full disk", () => {
    const [, advice] = firstLines("write /tmp/go-build1/b001/_pkg_.a: no space left on device");
    assert.equal(
      advice,
      `The disk is full. Free some space in ${tmpdir()} and in Go's caches (\`go env GOCACHE GOMODCACHE\`), or set TMPDIR, GOCACHE and GOMODCACHE to folders on a larger disk.`,
    );
  });

  for (const [output, start] of [
    ["dial tcp 192.0.2.1:443: i/o timeout", "Cannot reach the Go module proxy."],
    ["verifying module: checksum mismatch", "A downloaded module is corrupt."],
    ["compile: signal: killed", "The machine ran out of memory"],
  ] as const) {
    test(`explains "${output}"`, () => assert.ok(firstLines(output)[1]?.startsWith(start), firstLines(output)[1]));
  }

  test("shows the end of the output for unknown errors", () => {
    assert.equal(
      explainBuildFailure("loki v3.7.8", "main.go:1: syntax error"),
      `loki v3.7.8 failed to build.\n${again}\n\nmain.go:1: syntax error`,
    );
  });
});

describe("before a build", () => {
  test("logs the pending builds with an estimate of their duration", () => {
    const lines: string[] = [];
    const waves = [
      { what: "metrics", programs: ["prometheus", "promtool"] as const, rootFileSystem: true },
      { what: "then logs", programs: ["loki"] as const, rootFileSystem: false },
    ];
    announce(waves, "/cache", (line) => lines.push(line));
    const text = lines.join("\n");
    assert.match(text, /builds its programs from source once and caches them in \/cache\./);
    assert.match(text, new RegExp(`Estimated time on ${availableParallelism()} idle core`));
    assert.match(text, / {2}about +\d+ min {2}metrics\n +Debian packages, prometheus, promtool\n/);
    assert.match(text, / {2}about +\d+ min {2}then logs\n +loki\n/);
  });

  test("logs nothing if everything is built", () => {
    const lines: string[] = [];
    announce([{ what: "metrics", programs: [], rootFileSystem: false }], "/cache", (line) => lines.push(line));
    assert.deepEqual(lines, []);
  });

  test("reports disks with too little space and the settings that choose another", async () => {
    const problems = await buildSpaceProblems(folder, async () => 2 * 1024 ** 3);
    assert.ok(problems.length > 0);
    for (const problem of problems)
      assert.match(problem, /needs \d+ GiB, but \S+ has only 2 GiB free: free some space, or set /);
    assert.match(problems.join("\n"), /GOCACHE \(now .*GOMODCACHE \(now /s);
    assert.deepEqual(await buildSpaceProblems(folder, async () => 100 * 1024 ** 3), []);
  });
});

test("removes a corrupt program from the cache", async () => {
  mkdirSync(folder, { recursive: true });
  const [intact, corrupt] = [join(folder, "intact"), join(folder, "corrupt")];
  writeFileSync(intact, "#!/bin/sh\n");
  writeFileSync(corrupt, "\u007fELF");
  for (const path of [intact, corrupt]) chmodSync(path, 0o755);
  assert.equal(await startsOrIsRemoved(intact), true);
  assert.equal(await startsOrIsRemoved(corrupt), false);
  assert.deepEqual([existsSync(intact), existsSync(corrupt)], [true, false]);
});
