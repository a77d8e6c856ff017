import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..");

function run(script: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts", `${script}.ts`), ...words], {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const wrong: [script: string, words: string[], told: string][] = [
  ["drill", ["--url", "foo"], '--url foo is no URL: write one such as "http://localhost:9093"'],
  ["drill", ["--url", "localhost:9093"], '--url localhost:9093 is no URL: write one such as "http://localhost:9093"'],
  ["drill", ["--severity", "p9"], "--severity p9 is not known: write p0, p1, p2 or p3"],
  ["drill", ["--team", "sales"], "--team sales has no receivers of its own: write security or database"],
  ["drill", ["--timeout", "soon"], '--timeout soon is no duration: write one such as "60s"'],
  ["verify", ["--wiat", "3m"], "Unknown option '--wiat'"],
  ["verify", ["--wait", "soon"], '--wait soon is no duration: write one such as "3m"'],
  ["render", ["dev"], "write a stack and a directory, such as: npm run render -- dev rendered"],
  ["render", ["dev", "README.md"], "README.md is a file: name an empty or a new directory"],
];

const helps = new Map<string, string>();

/** The help of a script, asked for once. */
function helpOf(script: string): string {
  const help = helps.get(script) ?? run(script, ["--help"]).stdout;
  helps.set(script, help);
  return help;
}

for (const [script, words, told] of wrong) {
  test(`${script} ${words.join(" ")} says what to write, with the help and exit code 2`, () => {
    const help = helpOf(script);
    assert.match(help, new RegExp(`^npm run ${script} -- `));
    assert.deepEqual(run(script, words), { status: 2, stdout: "", stderr: `${told}\n\n${help}` });
  });
}

test("a config that cannot be used is told by the name of the file that was read, with exit code 1", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-words-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const [file, noYaml] = [join(folder, "two.yaml"), join(folder, "three.yaml")];
  const lines = ["platform: docker", "environment: dev", "demo: { enabled: true }", "metrics: 3"];
  writeFileSync(file, ["config:", ...lines.map((line) => `  white-room-monitoring:${line}`), ""].join("\n"));
  writeFileSync(noYaml, "- a\n");
  const said = (config: string, problem: string) => ({
    status: 1,
    stdout: "",
    stderr: `${config} has 1 problem; nothing was changed.\n\n  ${problem}\n\n`,
  });
  const problem = "metrics: 3 is of the wrong type: write a map of keys";
  const out = join(folder, "out");
  assert.deepEqual(run("render", ["mine", out, "--config-file", file]), said(file, problem));
  assert.deepEqual(run("verify", ["--stack", "mine", "--config-file", file]), said(file, problem));
  assert.deepEqual(
    run("render", ["mine", out, "--config-file", noYaml]),
    said(noYaml, `${noYaml}: is no map of keys: begin it with "config:"`),
  );
});

test("a render with secrets that a stack has no values of says how each is made, and writes nothing", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-words-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "mine.yaml");
  const lines = [
    "platform: kubernetes",
    "environment: test",
    "alerting: { enabled: false }",
    "logs: { enabled: false }",
  ];
  const targets = "exporters: { redis: { targets: [{ name: a, host: a.example }] } }";
  writeFileSync(
    file,
    ["config:", ...[...lines, targets].map((line) => `  white-room-monitoring:${line}`), ""].join("\n"),
  );
  writeFileSync(join(folder, "pulumi"), "#!/bin/sh\necho '{}'\n", { mode: 0o755 });
  const out = join(folder, "out");
  const words = ["mine", out, "--with-secrets", "--config-file", file];
  assert.deepEqual(run("render", words, { PATH: `${folder}:${process.env["PATH"]}` }), {
    status: 1,
    stdout: "",
    stderr: `Stack mine has no value yet of these secrets; nothing was written.

  redisPassword-a: write \`pulumi config set --secret redisPassword-a --stack mine\`
  grafanaAdminPassword, grafanaSecretKey, pod-hash-key: made by the first \`pulumi up --stack mine\` that ends well

`,
  });
  assert.equal(existsSync(out), false);
});
