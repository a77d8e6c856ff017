import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LogFile, rotateWhenLarge } from "../../demo/simulator/log-file.ts";

const limit = 5 * 1024 * 1024;

test("a log file is rotated by renaming, keeps two old ones and loses no line of them", () => {
  const directory = mkdtempSync(join(tmpdir(), "demo-log-"));
  try {
    const path = join(directory, "own", "a.log");
    const file = new LogFile(path);
    const line = "x".repeat(1023);
    const firstInode = statSync(path).ino;
    for (let count = 0; count < 4 * 5 * 1024; count += 1) file.write(line);
    file.write("last");
    file.close();
    assert.deepEqual(readdirSync(join(directory, "own")).sort(), ["a.log", "a.log.1", "a.log.2"]);
    assert.equal(readFileSync(path, "utf8"), "last\n");
    assert.deepEqual([statSync(`${path}.1`).size, statSync(`${path}.2`).size], [limit, limit]);
    assert.notEqual(statSync(path).ino, firstInode);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("another program's log file is rotated once it is too large, and a missing one is ignored", () => {
  const directory = mkdtempSync(join(tmpdir(), "demo-log-"));
  try {
    const path = join(directory, "access.log");
    rotateWhenLarge(path);
    writeFileSync(path, "small\n");
    rotateWhenLarge(path);
    assert.deepEqual(readdirSync(directory), ["access.log"]);
    truncateSync(path, limit + 1);
    rotateWhenLarge(path);
    assert.deepEqual(readdirSync(directory), ["access.log.1"]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
