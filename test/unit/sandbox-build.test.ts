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

describe("a build that fails says what to do", () => {
  const firstLines = (output: string) => explainBuildFailure("loki v3.7.8", output).split("\n").slice(0, 3);
  const again = "Then run the same command again: it continues with what is compiled already.";

  test("a proxy that rejects a module", () => {
    const output = "example.com/lib@v1.2.3: reading https://proxy.example/example.com/lib/@v/v1.2.3.zip: 403 Forbidden";
    // The second is what `go mod download -json` prints.
    for (const text of [`go: ${output}`, `"Error": "${output}"`]) {
      assert.deepEqual(firstLines(text), [
        "loki v3.7.8 could not be built.",
        "The Go module proxy answers 403 for example.com/lib@v1.2.3. Set GOPROXY to one that serves it (now: `go env GOPROXY`).",
        again,
      ]);
    }
  });

  test("a full disk names the folders", () => {
    const [, advice] = firstLines("write /tmp/go-build1/b001/_pkg_.a: no space left on device");
    assert.equal(
      advice,
      `The disk is full. Free some space in ${tmpdir()} and in Go's caches (\`go env GOCACHE GOMODCACHE\`), or set TMPDIR, GOCACHE and GOMODCACHE to folders on a larger disk.`,
    );
  });

  for (const [output, start] of [
    ["dial tcp 192.0.2.1:443: i/o timeout", "The Go module proxy does not answer."],
    ["verifying module: checksum mismatch", "A downloaded module is damaged."],
    ["compile: signal: killed", "The machine ran out of memory"],
  ] as const) {
    test(output, () => assert.ok(firstLines(output)[1]?.startsWith(start), firstLines(output)[1]));
  }

  test("anything else keeps the end of what the compiler wrote", () => {
    assert.equal(
      explainBuildFailure("loki v3.7.8", "main.go:1: syntax error"),
      `loki v3.7.8 could not be built.\n${again}\n\nmain.go:1: syntax error`,
    );
  });
});

describe("before a build", () => {
  test("the build plan lists what will be built and how long each part takes", () => {
    const lines: string[] = [];
    const waves = [
      { what: "until metrics run", programs: ["prometheus", "promtool"] as const, rootFileSystem: true },
      { what: "more until logs run", programs: ["loki"] as const, rootFileSystem: false },
    ];
    announce(waves, "/cache", (line) => lines.push(line));
    const text = lines.join("\n");
    assert.match(text, /built from source once and kept in \/cache\./);
    assert.match(text, new RegExp(`Estimated time on ${availableParallelism()} idle core`));
    assert.match(text, / {2}about +\d+ min {2}until metrics run\n +Debian packages, prometheus, promtool\n/);
    assert.match(text, / {2}about +\d+ min {2}more until logs run\n +loki\n/);
  });

  test("nothing is reported if everything is present", () => {
    const lines: string[] = [];
    announce([{ what: "until metrics run", programs: [], rootFileSystem: false }], "/cache", (line) =>
      lines.push(line),
    );
    assert.deepEqual(lines, []);
  });

  test("a disk with too little room is reported with the settings that choose another", async () => {
    const problems = await buildSpaceProblems(folder, async () => 2 * 1024 ** 3);
    assert.ok(problems.length > 0);
    for (const problem of problems)
      assert.match(problem, /needs \d+ GiB, and \S+ has 2 GiB free: free some space, or set /);
    assert.match(problems.join("\n"), /GOCACHE \(now .*GOMODCACHE \(now /s);
    assert.deepEqual(await buildSpaceProblems(folder, async () => 100 * 1024 ** 3), []);
  });
});

test("a damaged program is removed from the cache, so that it is built again", async () => {
  mkdirSync(folder, { recursive: true });
  const [whole, damaged] = [join(folder, "whole"), join(folder, "damaged")];
  writeFileSync(whole, "#!/bin/sh\n");
  writeFileSync(damaged, "\u007fELF");
  for (const path of [whole, damaged]) chmodSync(path, 0o755);
  assert.equal(await startsOrIsRemoved(whole), true);
  assert.equal(await startsOrIsRemoved(damaged), false);
  assert.deepEqual([existsSync(whole), existsSync(damaged)], [true, false]);
});
