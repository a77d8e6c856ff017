import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../../scripts/start/stack-project.ts";

const scratch = mkdtempSync(join(tmpdir(), "white-room-dashboards-command-"));
after(() => rmSync(scratch, { recursive: true }));

/** Exit code, standard output and the first line of standard error. */
function dashboards(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/dashboards.ts"), ...args], {
    encoding: "utf8",
  });
  return { status, stdout, error: stderr.split("\n")[0] };
}

function rendered(name: string, content: string): string {
  const folder = join(scratch, name);
  mkdirSync(join(folder, "grafana", "dashboards"), { recursive: true });
  writeFileSync(join(folder, "grafana", "dashboards", "home.json"), content);
  return folder;
}

const commands = "use serve, shoot or record with one folder, or compare with three folders";
const wrong: readonly (readonly [args: readonly string[], error: string])[] = [
  [[], commands],
  [["serve", "folder"], commands],
  [["shoot"], commands],
  [["compare", "before", "after"], commands],
  [["record"], commands],
  [["record", "one", "two"], commands],
  [["record", "folder", "--data", "recording"], "--data is only valid with shoot and compare"],
  [["serve", "--data", "recording"], "--data is only valid with shoot and compare"],
  [["shoot", "shots", "--theme", "blue"], "--theme blue is not valid; use dark or light"],
  [["shoot", "shots", "--width", "9"], "--width 9 is not valid; use pixels, such as 390"],
  [
    ["shoot", "shots", "--data", scratch],
    `${scratch} is not a recording; write one with \`npm run dashboards -- record ${scratch}\``,
  ],
];

for (const [args, error] of wrong)
  test(`rejects ${args.length === 0 ? "no command" : args.join(" ").replaceAll(scratch, "FOLDER")}`, () => {
    assert.deepEqual(dashboards(...args), { status: 2, stdout: "", error });
  });

test("compare needs no data if no dashboard differs", () => {
  const [before, after] = [rendered("before", "{}"), rendered("after", "{}")];
  assert.deepEqual(dashboards("compare", before, after, join(scratch, "shots"), "--data", scratch), {
    status: 0,
    stdout: "No dashboards changed.\n",
    error: "",
  });
});
