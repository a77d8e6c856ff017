import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..", "..");

/** Exit code and output of the prose linter for the text of one file. */
function lint(file: string, text: string) {
  const program = join(root, "node_modules", ".bin", "textlint");
  const args = ["--format", "unix", "--stdin", "--stdin-filename", file];
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, input: text, encoding: "utf8" });
  assert.equal(stderr, "");
  return { status, output: stdout };
}

const sentence = ["The rule file was", "men\u0064ed", "by hand."].join(" ");

for (const [file, text] of [
  ["runbooks/PAGE.md", `# Page\n\n${sentence}\n`],
  ["config/code.ts", `/** ${sentence} */\nexport const message = "ok";\n`],
  ["config/message.ts", `\nexport const message = "${sentence}";\n`],
  ["viewer/page.tsx", `\nexport const page = <p>${sentence}</p>;\n`],
  ["node.mjs", `\n// ${sentence}\n`],
  ["scripts/run.sh", `\n# ${sentence}\n`],
  ["config/mail.tmpl", `\n${sentence}\n`],
  [".github/workflows/check.yml", `\n# ${sentence}\n`],
] as const) {
  test(`a rejected phrase in ${file} fails with its line and replacement`, () => {
    const { status, output } = lint(file, text);
    assert.equal(status, 1, output);
    const line = text.split("\n").findIndex((each) => each.includes(sentence)) + 1;
    assert.match(output, new RegExp(`${file.replaceAll(".", "\\.")}:${line}:\\d+: \\S+ => fixed`));
  });
}

test("a code sample in a page is not checked", () => {
  assert.deepEqual(lint("docs/PAGE.md", `# Page\n\n\`\`\`text\n${sentence}\n\`\`\`\n`), { status: 0, output: "" });
});
