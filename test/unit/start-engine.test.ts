import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { engineProblems, isSharedRoot } from "../../scripts/start/docker-host.ts";
import { stackConfig } from "../components/stack.ts";

const stack = { setCommand: (path: string, value: string | number) => `set ${path} ${value}` };
const settings = (startInterval: string, ipv6 = false) =>
  toSettings(stackConfig("sandbox", { docker: { startInterval, ipv6 } }), { requireSecrets: false });

test("an engine without support for startInterval is reported before anything changes", () => {
  assert.deepEqual(engineProblems(settings("1s"), stack, "1.41"), [
    "docker.startInterval: 1s requires Docker Engine 25 (API 1.44), but this one has API 1.41; upgrade it, or run set docker.startInterval 0s",
  ]);
});

test("an engine that does not assign IPv6 addresses is reported too", () => {
  assert.deepEqual(engineProblems(settings("1s", true), stack, "1.41"), [
    ...engineProblems(settings("1s"), stack, "1.41"),
    "docker.ipv6: true requires Docker Engine 27 (API 1.46), but this one has API 1.41; upgrade it, or run set docker.ipv6 false",
  ]);
  assert.deepEqual(engineProblems(settings("0s", true), stack, "1.46"), []);
});

test("a newer engine, and a stack without startInterval, have no problem", () => {
  assert.deepEqual(engineProblems(settings("1s"), stack, "1.44"), []);
  assert.deepEqual(engineProblems(settings("1s"), stack, "1.51"), []);
  assert.deepEqual(engineProblems(settings("0s"), stack, "1.41"), []);
  assert.deepEqual(engineProblems(settings("1s"), stack, undefined), []);
});

test("rslave is possible if the root is a shared mount, or a slave of one", () => {
  const root = (optional: string, at = "/") => `27 1 254:1 / ${at} rw,relatime ${optional}- ext4 /dev/vda1 rw\n`;
  assert.ok(isSharedRoot(root("shared:1 ")));
  assert.ok(isSharedRoot(root("master:3 ")));
  assert.ok(isSharedRoot(`${root("")}${root("shared:7 master:2 ")}`));
  assert.ok(!isSharedRoot(root("")));
  assert.ok(!isSharedRoot(`${root("shared:1 ")}${root("")}`));
  assert.ok(!isSharedRoot(`${root("")}${root("shared:1 ", "/run")}`));
  assert.ok(!isSharedRoot(""));
});
