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
  [
    "drill",
    ["--url", "foo"],
    '--url foo is not a valid URL; use a URL without credentials, such as "http://localhost:9093"',
  ],
  [
    "drill",
    ["--url", "localhost:9093"],
    '--url localhost:9093 is not a valid URL; use a URL without credentials, such as "http://localhost:9093"',
  ],
  ["drill", ["--severity", "p9"], "--severity p9 is not a known severity; use p0, p1, p2 or p3"],
  [
    "drill",
    ["--team", "sales"],
    "--team sales is not a team of this stack; use platform, audio, product, security, database, or add it to alerting.teams",
  ],
  ["check-rules", [], "specify exactly one folder"],
  ["try-logs", [], "specify exactly one source"],
  [
    "drill",
    ["--timeout", "soon"],
    '--timeout soon is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
  ],
  ["drill", ["--timeout", "99999999y"], '--timeout 99999999y is too long; use at most "1d"'],
  [
    "drill",
    ["--url", "http://u:p@h"],
    '--url http://***@h is not a valid URL; use a URL without credentials, such as "http://localhost:9093"',
  ],
  ["verify", ["--wiat", "3m"], "Unknown option '--wiat'"],
  [
    "verify",
    ["--wait", "soon"],
    '--wait soon is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
  ],
  ["sandbox", ["--nope"], "Unknown option '--nope'"],
  ["render", ["dev"], "requires a stack and a directory, such as: npm run render -- dev rendered"],
  ["render", ["dev", "README.md"], "README.md is a file; use an empty or new directory"],
];

const helps = new Map<string, string>();

/** The help of a script, asked for once. */
function helpOf(script: string): string {
  const help = helps.get(script) ?? run(script, ["--help"]).stdout;
  helps.set(script, help);
  return help;
}

for (const [script, words, told] of wrong) {
  test(`${script} ${words.join(" ")} reports the fix, with the help and exit code 2`, () => {
    const help = helpOf(script);
    assert.match(help, new RegExp(`^npm run ${script} -- `));
    assert.deepEqual(run(script, words), { status: 2, stdout: "", stderr: `${told}\n\n${help}` });
  });
}

test("an invalid config is reported with its file name and exit code 1", (context) => {
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
  const problem = "metrics: 3 has the wrong type; use a map";
  const out = join(folder, "out");
  assert.deepEqual(run("render", ["mine", out, "--config-file", file]), said(file, problem));
  assert.deepEqual(run("verify", ["--stack", "mine", "--config-file", file]), said(file, problem));
  assert.deepEqual(
    run("render", ["mine", out, "--config-file", noYaml]),
    said(noYaml, `${noYaml}: is not a map; start it with "config:"`),
  );
});

test("rendering with secrets that have no values reports how to set each, and writes nothing", (context) => {
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
    stderr: `Stack mine has no values yet for these secrets; nothing was written.

  redisPassword-a: run \`pulumi config set --secret redisPassword-a --stack mine\`
  grafanaAdminPassword, grafanaMetricsPassword, grafanaSecretKey, pod-hash-key: generated by the first successful \`pulumi up --stack mine\`

`,
  });
  assert.equal(existsSync(out), false);
});
