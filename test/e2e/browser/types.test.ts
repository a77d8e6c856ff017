import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { root } from "../../../scripts/start/stack-project.ts";

test("the viewer's sources have no type errors", () => {
  const { status, stdout } = spawnSync(process.execPath, ["node_modules/.bin/tsc", "--noEmit", "-p", "viewer"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});
