import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { workflowProblems } from "./workflow-rules.ts";

const folder = join(import.meta.dirname, "..", "..", ".github", "workflows");
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

for (const { name, text } of workflows)
  test(`${name} follows the security rules`, () => {
    assert.deepEqual(workflowProblems(text), []);
  });

test("every workflow pins the same commit of an action", () => {
  const pins = new Map<string, Set<string>>();
  for (const { text } of workflows)
    for (const [, action = "", commit = ""] of text.matchAll(/uses: *([^@\s]+)@(.*)$/gm))
      pins.set(action, (pins.get(action) ?? new Set()).add(commit));
  assert.ok(pins.size >= 5);
  assert.deepEqual(
    [...pins].filter(([, commits]) => commits.size > 1).map(([action]) => action),
    [],
  );
});

test("preview.yml restores the recording that e2e.yml saves", () => {
  const step = / +path: (.*)\n +key: (recording-.*)$/m;
  const textOf = (file: string) => workflows.find(({ name }) => name === file)?.text ?? "";
  const [, savedPath, savedKey] = step.exec(textOf("e2e.yml")) ?? [];
  const [, path, key] = step.exec(textOf("preview.yml")) ?? [];
  assert.ok(savedKey?.includes("'rendered/dev/**'"));
  assert.deepEqual([path, key?.replaceAll("rendered/head/", "rendered/")], [savedPath, savedKey]);
});

const commit = "0123456789abcdef0123456789abcdef01234567";
const safe = `
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  deploy:
    if: github.ref == 'refs/heads/main'
    environment: prod
    steps:
      - uses: actions/checkout@${commit} # v1.2.3
        with:
          persist-credentials: false
      - run: npm ci --ignore-scripts
      - run: echo "$KEY"
        env:
          KEY: \${{ secrets.KEY }}
  post:
    permissions:
      pull-requests: write
    steps:
      - run: gh api
`;

const expression = (text: string) => `\${{ ${text} }}`;
const pinned = (reference: string) => `${reference} is not pinned as OWNER/ACTION@COMMIT # vX.Y.Z`;
const writes = "post: has write permissions, and runs code of the repository or has secrets";
const mistakes: readonly (readonly [what: string, from: string, to: string, problem: string])[] = [
  ["a tag", `@${commit} # v1.2.3`, "@v1", pinned("actions/checkout@v1")],
  ["a short commit", `@${commit}`, "@0123456", pinned("actions/checkout@0123456")],
  ["a commit without its version", " # v1.2.3", "", pinned(`actions/checkout@${commit}`)],
  [
    "persisted credentials",
    "persist-credentials: false",
    "ref: main",
    "deploy: checkout without persist-credentials: false",
  ],
  ["install scripts", " --ignore-scripts", "", "deploy: npm ci: only npm ci --ignore-scripts may install packages"],
  [
    "npm install",
    "npm ci",
    "npm install",
    "deploy: npm install --ignore-scripts: only npm ci --ignore-scripts may install packages",
  ],
  ["no permissions", "permissions:\n  contents: read\n", "", "permissions: must be at most contents: read"],
  ["all permissions", "\n  contents: read", " write-all", "permissions: must be at most contents: read"],
  [
    "permissions to write for all jobs",
    "contents: read",
    "contents: write",
    "permissions: must be at most contents: read",
  ],
  ["a job with permissions to write and npm", "gh api", "npm run post", writes],
  [
    "no guard on the branch",
    "    if: github.ref == 'refs/heads/main'\n",
    "",
    "deploy: has an environment, and can run on branches other than main",
  ],
  ["no environment", "    environment: prod\n", "", "deploy: uses secrets without an environment"],
  [
    "secrets of a whole job",
    "    environment: prod\n",
    `    environment: prod\n    env: {KEY: '${expression("secrets.KEY")}'}\n`,
    "deploy: secrets outside of a step's env",
  ],
  [
    "secrets of a whole workflow",
    "jobs:\n",
    `env: {KEY: '${expression("secrets.KEY")}'}\njobs:\n`,
    "secrets outside of a step's env",
  ],
  [
    "a secret as an action's input",
    "          persist-credentials: false\n",
    `          persist-credentials: false\n          token: ${expression("secrets['KEY']")}\n`,
    "deploy: secrets outside of a step's env",
  ],
  [
    "an expression in a script",
    'echo "$KEY"',
    `echo ${expression("github.head_ref")}`,
    "deploy: expression inside run",
  ],
  [
    "code of forks with secrets",
    "[push, workflow_dispatch]",
    "[pull_request_target]",
    "on: pull_request_target runs with the base repository's token and secrets",
  ],
];

test("the rules accept a safe workflow", () => {
  assert.deepEqual(workflowProblems(safe), []);
});

for (const [what, from, to, problem] of mistakes)
  test(`the rules reject ${what}`, () => {
    const text = safe.replace(from, to);
    assert.notEqual(text, safe);
    assert.ok(workflowProblems(text).includes(problem), workflowProblems(text).join("\n"));
  });
