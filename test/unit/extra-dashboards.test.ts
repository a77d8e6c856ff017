import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readExtraDashboards } from "../../config/settings/extra-dashboards.ts";
import type { ConfigError, Problem } from "../../config/settings/problems.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { stackConfig } from "../components/stack.ts";

function folder(context: TestContext, files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "extra-dashboards-"));
  context.after(() => rmSync(dir, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return dir;
}

const known = ["white-room-home"];

test("user dashboards are named by their uid, in a stable order, without a database ID", (context) => {
  const dir = folder(context, {
    "b.json": '{"id": 7, "uid": "second", "title": "Second"}',
    "a.json": '{"uid": "first", "title": "First"}',
    "notes.txt": "no dashboard",
  });
  assert.deepEqual(readExtraDashboards(dir, known), {
    files: [
      { path: "first.json", content: '{\n "uid": "first",\n "title": "First",\n "id": null\n}\n' },
      { path: "second.json", content: '{\n "id": null,\n "uid": "second",\n "title": "Second"\n}\n' },
    ],
    problems: [],
  });
});

test("all problems are reported together, with file and fix", (context) => {
  const dir = folder(context, {
    "1.json": '{"uid": "mine", "title": "Mine"}',
    "2.json": '{"uid": "mine", "title": "Mine too"}',
    "3.json": '{"uid": "white-room-home", "title": "Home"}',
    "4.json": '["no", "object"]',
    "5.json": '{"title": "No uid"}',
    "6.json": '{"uid": "no-title"}',
    "7.json": '{"uid": "shared", "title": "Shared", "__inputs": []}',
    "8.json": '{"uid": "has blanks", "title": "Blanks"}',
    "9.json": '{"panels": []}',
    "A.json": '{"dashboard": {"uid": "answered", "title": "Answer"}, "meta": {}}',
    "B.json": '{"apiVersion": "dashboard.grafana.app/v1", "kind": "Dashboard", "spec": {"title": "Resource"}}',
  });
  const { files, problems } = readExtraDashboards(dir, known);
  assert.deepEqual(
    files.map(({ path }) => path),
    ["mine.json"],
  );
  assert.deepEqual(
    problems.map(({ file, message }) => `${file.slice(dir.length + 1)} ${message}`),
    [
      `2.json has the uid "mine", which is already used by ${join(dir, "1.json")}; use another one`,
      '3.json has the uid "white-room-home", which is already used by a built-in dashboard; use another one',
      "4.json is not a dashboard; its JSON must be an object",
      '5.json has no uid; set "uid" to at most 40 letters, digits, "-" and "_"',
      '6.json has no title; set "title"',
      '7.json was exported for sharing and prompts for its data sources ("__inputs"); export it again without "Export for sharing externally"',
      '8.json has the uid "has blanks"; set "uid" to at most 40 letters, digits, "-" and "_"',
      '9.json has no title; set "title", and has no uid; set "uid" to at most 40 letters, digits, "-" and "_"',
      `A.json is a Grafana API response; keep only the value of "dashboard"`,
      "B.json is a dashboard resource; export it again in the classic model",
    ],
  );
});

test("invalid JSON is reported with its position", (context) => {
  const dir = folder(context, { "broken.json": '{"uid": "broken",' });
  const [problem] = readExtraDashboards(dir, known).problems;
  assert.equal(problem?.file, join(dir, "broken.json"));
  assert.match(
    problem?.message ?? "",
    /^is not valid JSON \(.*position 17.*\); export the dashboard from Grafana again$/,
  );
});

test("a folder without dashboards is reported", (context) => {
  const dir = folder(context, { "notes.txt": "no dashboard" });
  assert.deepEqual(readExtraDashboards(dir, known), {
    files: [],
    problems: [{ file: dir, message: "contains no .json files; add one" }],
  });
});

test("a missing folder is reported", () => {
  assert.deepEqual(readExtraDashboards("/nowhere/at/all", known), {
    files: [],
    problems: [
      {
        file: "/nowhere/at/all",
        message: "does not exist; check the path, or remove visualization.extraDashboards",
      },
    ],
  });
});

/** Problems of a stack with custom dashboards. */
function problems(stack: string, visualization: object, { checkFiles = true } = {}): readonly Problem[] {
  try {
    toSettings(stackConfig(stack, { visualization }), { requireSecrets: false, checkFiles });
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

test("on Kubernetes they must fit into a ConfigMap with the built-in ones; on Docker they may be larger", (context) => {
  const dir = folder(context, {
    "a.json": JSON.stringify({ uid: "a", title: "A", description: "x".repeat(300 * 1024) }),
    "b.json": JSON.stringify({ uid: "b", title: "B", description: "x".repeat(300 * 1024) }),
  });
  assert.deepEqual(problems("dev", { extraDashboards: dir }), []);
  assert.deepEqual(problems("prod", { extraDashboards: dir }), [
    {
      path: "visualization.extraDashboards",
      message: `${dir} contains 601 KiB of dashboards, but only 480 KiB fit into the ConfigMap; remove some`,
    },
  ]);
});

test("they are validated when the stack is deployed or rendered, unless Grafana is disabled", () => {
  const extraDashboards = "./nowhere";
  assert.equal(problems("dev", { extraDashboards }).length, 1);
  assert.deepEqual(problems("dev", { extraDashboards }, { checkFiles: false }), []);
  for (const enabled of [false, "false"]) assert.deepEqual(problems("dev", { enabled, extraDashboards }), []);
});
