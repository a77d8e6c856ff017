import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { comment, commentLimit, leastLimit } from "../../scripts/preview-comment/comment.ts";
import { expressionChanges } from "../../scripts/preview-comment/expression.ts";
import { code, fenced, plain } from "../../scripts/preview-comment/markdown.ts";
import type { Rendered } from "../../scripts/preview-comment/rendered.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "white-room-comment-text-"));

after(() => rmSync(folder, { recursive: true }));

/** A rendered stack on Docker with these files. */
function stackOf(files: Readonly<Record<string, string>>): Rendered {
  return new Map([["compose.yaml", "services: {}\n"], ...Object.entries(files)]);
}

function rules(...lines: string[]): Rendered {
  return stackOf({ "prometheus/rules/a.yml": ["groups:", "  - name: a", "    rules:", ...lines].join("\n") });
}

/** The list items below a heading. */
function list(text: string, title: string): string[] {
  const [, below = ""] = text.split(`**${title}**\n\n`);
  return (below.split("\n\n")[0] ?? "").split("\n");
}

const options = { limit: commentLimit };

for (const [before, after, expected] of [
  ["up > 0.9", "up > 0.8", ["0.90 → 0.80"]],
  ["up > 0.005", "up > 0.01", ["0.005 → 0.010"]],
  ["up > 20", "up > 30", ["20 → 30"]],
  ["up > 1.5", "up > 2", ["1.50 → 2.00"]],
  ["rate(a[5m]) > 1", "rate(a[10m]) > 2", ["window 5m → 10m", "1 → 2"]],
  ["a > 1 and b > 1", "a > 2 and b > 2", ["1 → 2"]],
  ['a{le="0.1"} > 1', 'a{le="0.2"} > 1', ["expression changed"]],
  ["a:rate5m > 1", "a:rate10m > 1", ["expression changed"]],
  ["a  > 1", "a >\n 1", []],
  ["a > 1e-3", "a > 1e-4", ["1e-3 → 1e-4"]],
] as const) {
  test(`describes ${before} → ${JSON.stringify(after)} as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(expressionChanges(before, after), expected);
  });
}

test("lists changes of an alert's priority, team, labels and annotations, but not derived ones", () => {
  const alert = (name: string, labels: string, summary: string) =>
    `      - { alert: ${name}, expr: up == 0, labels: { ${labels} }, annotations: { summary: ${summary} } }`;
  const before = rules(
    alert("A", "severity: high, priority: P1, team: platform", "x"),
    alert("B", "severity: high", "x"),
    alert("C", "service: one", "x"),
    alert("C", "service: two", "x"),
  );
  const now = rules(
    alert("A", "severity: critical, priority: P0, team: audio", "y"),
    alert("B", "severity: high", "y"),
    alert("C", "service: two", "x"),
    alert("D", "priority: P2, team: audio", "x"),
  );
  assert.deepEqual(list(comment(before, now, options), "Alerts"), [
    "- A: priority P1 → P0, team platform → audio",
    "- B: summary changed",
    "- D: added (P2, team audio)",
    "- C (service one): removed",
  ]);
});

test("lists changed, added and removed routes, receivers and inhibition rules", () => {
  const routing = (...lines: string[]) => stackOf({ "alertmanager/alertmanager.yml": lines.join("\n") });
  const before = routing(
    "route: { receiver: a, group_wait: 30s, routes: [{ receiver: b, matchers: ['x=\"1\"'] }, { receiver: c, matchers: ['y=\"1\"'] }] }",
    "receivers: [{ name: a }, { name: b }, { name: c, webhook_configs: [{ url: 'http://a' }] }]",
    "inhibit_rules: [{ source_matchers: ['s=\"1\"'], target_matchers: ['t=\"1\"'], equal: [cluster] }]",
  );
  const now = routing(
    "route: { receiver: a, group_wait: 1m, routes: [{ receiver: b, matchers: ['x=\"2\"'] }, { receiver: d, matchers: ['y=\"1\"'] }, { receiver: e, matchers: ['z=\"1\"'] }] }",
    "receivers: [{ name: a }, { name: b }, { name: d, email_configs: [{ to: x }] }]",
    "inhibit_rules: [{ source_matchers: ['s=\"1\"'], target_matchers: ['t=\"1\"'], equal: [cluster, env] }]",
  );
  assert.deepEqual(list(comment(before, now, options), "Routes and receivers"), [
    "- Default route: `group_wait` 30s → 1m",
    '- Route `x="1" → b`: `matchers` `x="1"` → `x="2"`',
    '- Route `y="1" → c`: `receiver` c → d',
    '- Route `z="1" → e`: added',
    "- Receiver d: added (`email_configs`)",
    "- Receiver c: removed (`webhook_configs`)",
    '- Inhibition of `t="1"` by `s="1"`: `equal` env added',
  ]);
});

test("escapes Markdown, HTML, mentions and links in content of the pull request", () => {
  const texts = [
    "@everyone",
    "#12",
    "<b>",
    "a|b",
    "`x`",
    "*a*",
    "[a](b)",
    "www.evil.example",
    "GH-12",
    "deadbeef1",
    "a\nb",
  ];
  assert.deepEqual(texts.map(plain), [
    "`@everyone`",
    "`#12`",
    "`<b>`",
    "`a|b`",
    "`` `x` ``",
    "`*a*`",
    "`[a](b)`",
    "`www.evil.example`",
    "`GH-12`",
    "`deadbeef1`",
    "`a b`",
  ]);
  assert.deepEqual(["HighCpuUsage", "0.90", "15d", "team platform"].map(plain), [
    "HighCpuUsage",
    "0.90",
    "15d",
    "team platform",
  ]);
  assert.equal(code("a".repeat(101)), `\`${"a".repeat(100)}…\``);
  assert.equal(fenced("a\n````\nb\n"), "`````\na\n````\nb\n`````");
});

test("links to the screenshots of changed dashboards", () => {
  const home = (title: string) => stackOf({ "grafana/dashboards/home.json": JSON.stringify({ title, panels: [] }) });
  const run = "https://github.com/o/r/actions/runs/1";
  const note =
    /^Screenshots of the changed dashboards are in the artifact `dashboards` of \[this run\]\(.*\/runs\/1\)\.$/m;
  assert.match(comment(home("One"), home("Two"), { ...options, run }), note);
  assert.doesNotMatch(comment(home("One"), home("Two"), options), note);
  assert.doesNotMatch(comment(stackOf({ "a.txt": "1" }), stackOf({ "a.txt": "2" }), { ...options, run }), note);
});

test("a fence in a file does not close the code block of its diff", () => {
  const text = comment(stackOf({ "x/a.md": "```\n" }), stackOf({ "x/a.md": "```\n</details>\n@a\n" }), options);
  assert.match(
    text,
    /\n````diff\n--- a\/x\/a\.md\n\+\+\+ b\/x\/a\.md\n@@ -1,1 \+1,3 @@\n ```\n\+<\/details>\n\+@a\n````\n/,
  );
});

test("truncates lists and diffs between files, but not the engine's summary", () => {
  const many = (value: number) =>
    stackOf(
      Object.fromEntries(
        Array.from({ length: 400 }, (_, index) => [
          `prometheus/rules/${String(index).padStart(3, "0")}.yml`,
          `groups: [{ name: g, rules: [{ alert: "Ä${index}", expr: up > ${value}, annotations: { summary: "${"ü".repeat(300)}" } }] }]\n`,
        ]),
      ),
    );
  const summary = "Resources:\n    ~ 3 to update\n    120 unchanged";
  const engine = `${"\u001b[33m~ line\u001b[0m\r\n".repeat(20_000)}${summary}\n`;
  const text = comment(many(1), many(2), { ...options, engine, run: "https://github.com/o/r/actions/runs/1" });
  assert.ok(Buffer.byteLength(text) <= commentLimit);
  // Uses the available space.
  assert.ok(Buffer.byteLength(text) > commentLimit - 4096);
  assert.equal(list(text, "Alerts").length, 41);
  assert.equal(list(text, "Alerts").at(-1), "- … and 360 more");
  const shown = text.match(/^\+\+\+ /gm)?.length ?? 0;
  assert.match(
    text,
    new RegExp(
      `\\*\\*Truncated: ${400 - shown} more files, ${2 * (400 - shown)} lines\\*\\* \\(.*\\)\\. See \\[the run's summary\\]\\(https://github\\.com/o/r/actions/runs/1\\) for the full diff\\.`,
    ),
  );
  assert.ok(text.includes(`**Pulumi preview**\n\n\`\`\`text\n${summary}\n\`\`\``));
  assert.match(text, /<summary>Full preview, without the first [\d,]+ lines<\/summary>/);
  assert.ok(!text.includes("\u001b") && !text.includes("\r"));
  assert.equal(text.match(/<details>/g)?.length, text.match(/<\/details>/g)?.length);
});

test("stays below the smallest limit with very long lines", () => {
  const long = (sign: string) => "😀".repeat(500) + sign;
  const many = (sign: string) =>
    stackOf(
      Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [
          `${"é".repeat(200)}${index}/a.yml`,
          `${long("k")}: ${long(sign)}\n`,
        ]),
      ),
    );
  assert.ok(Buffer.byteLength(comment(many("a"), many("b"), { limit: leastLimit, engine: long("x") })) <= leastLimit);
});

test("shows the last lines of a failed preview, and reports empty output", () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index}`);
  const text = comment(stackOf({}), stackOf({}), { ...options, engine: lines.join("\n") });
  assert.ok(text.includes(`**Pulumi preview**\n\n\`\`\`text\n${lines.slice(-25).join("\n")}\n\`\`\``));
  assert.ok(
    comment(stackOf({}), stackOf({}), { ...options, engine: "\n" }).endsWith("**Pulumi preview** has no output.\n"),
  );
});

test("shows files that do not parse, and truncates long lines", () => {
  const text = comment(
    stackOf({ "prometheus/rules/a.yml": "groups: [\n" }),
    stackOf({ "prometheus/rules/a.yml": `groups: [ ${"x".repeat(1500)}\n` }),
    options,
  );
  assert.match(text, /^-groups: \[$/m);
  assert.match(text, /^\+groups: \[ x{989} … \(511 characters more\)$/m);
});

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/preview-comment.ts"), ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("rejects invalid arguments with the help and exit code 2", () => {
  const help = run("--help");
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^npm run preview-comment -- <before> <after> /);
  assert.deepEqual(run("-h"), help);
  const [empty, other, file] = [join(folder, "empty"), join(folder, "other"), join(folder, "file")];
  for (const path of [empty, other]) mkdirSync(path);
  writeFileSync(join(other, "README.md"), "");
  writeFileSync(file, "");
  const hint = "write one with: npm run render -- <stack> <folder>";
  const two = "two folders are required, such as: npm run preview-comment -- rendered/base rendered/head";
  const cases: [args: string[], message: string][] = [
    [[empty], two],
    [[empty, empty, empty], two],
    [[empty, join(folder, "none")], `${join(folder, "none")} does not exist; ${hint}`],
    [[file, empty], `${file} is not a folder; ${hint}`],
    [[other, empty], `${other} is not a rendered stack; ${hint}`],
    [
      [empty, empty, "--stack", "a-->b"],
      '--stack a-->b is not a valid stack name; use letters, digits, ".", "-" and "_"',
    ],
    [
      [empty, empty, "--engine", `${file}s`],
      `--engine ${file}s does not exist; write the output of the preview to it first`,
    ],
    [
      [empty, empty, "--run", "x) <b>"],
      '--run x) <b> is not a valid URL; use one such as "https://github.com/OWNER/REPO/actions/runs/1"',
    ],
    [[empty, empty, "--limit", "10"], "--limit 10 is not a valid size; use at least 32768 bytes"],
    [[empty, empty, "--lmit", "10"], "Unknown option '--lmit'"],
  ];
  for (const [args, message] of cases) {
    assert.deepEqual(run(...args), { status: 2, stdout: "", stderr: `${message}\n\n${help.stdout}` });
  }
  assert.deepEqual(run(empty, empty, "--stack", "dev"), {
    status: 0,
    stdout: "<!-- white-room-monitoring preview dev -->\n\n### Preview of stack dev\n\nNo changes in rendered files.\n",
    stderr: "",
  });
});
