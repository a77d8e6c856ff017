import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { binary, needs } from "../binaries.ts";
import { type GroupName, groups, templateData } from "./alertmanager-groups.ts";

const run = promisify(execFile);
const options = needs("amtool");
const golden = fileURLToPath(new URL("golden", import.meta.url));
const templates = fileURLToPath(new URL("../../config/products/alertmanager/templates", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "white-room-templates-"));

for (const [name, group] of Object.entries(groups)) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(templateData(group)));
}

after(() => rmSync(folder, { recursive: true }));

/** Renders one of our templates for a group with `amtool template render`. */
async function render(name: string, group: GroupName, type: "text" | "html" = "text"): Promise<string> {
  const { stdout } = await run(binary("amtool"), [
    "template",
    "render",
    `--template.glob=${templates}/*.tmpl`,
    `--template.text={{ template "white_room.${name}" . }}`,
    `--template.type=${type}`,
    `--template.data=${join(folder, `${group}.json`)}`,
  ]);
  return stdout;
}

/** Compares with the file of that name; `UPDATE_GOLDEN=1` writes it, for review. */
function assertGolden(file: string, content: string): void {
  const path = join(golden, file);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, content);
  assert.ok(existsSync(path), `${path} is missing: write it with UPDATE_GOLDEN=1`);
  assert.equal(content, readFileSync(path, "utf8"));
}

const names = Object.keys(groups) as GroupName[];

describe("Slack", options, () => {
  for (const group of names) {
    test(`message: ${group}`, async () => {
      const [color, title, text] = await Promise.all(
        ["slack.color", "slack.title", "slack.text"].map((name) => render(name, group)),
      );
      assertGolden(`slack-${group}.txt`, `${color}\n${title}\n\n${text}\n`);
    });
  }

  test("text contains no markup except its links, whatever the labels contain", async () => {
    const text = await render("slack.text", "nasty-characters");
    const markup = [...text.matchAll(/<[^>]*>/g)].map(([match]) => match.replace(/^<.*\|/, "<|"));
    assert.deepEqual(markup, ["<|Dashboard>", "<|Silence>"]);
  });

  test("text of 200 alerts stays far below Slack's 40,000 characters", async () => {
    assert.ok((await render("slack.text", "two-hundred")).length < 4_000);
  });
});

describe("PagerDuty", options, () => {
  for (const group of names) {
    test(`event: ${group}`, async () => {
      const fields = ["summary", "severity", "source", "component", "class", "group", "firing", "resolved"];
      const values = await Promise.all(fields.map((field) => render(`pagerduty.${field}`, group)));
      const lines = fields.map((field, index) => `${field}: ${values[index]}`);
      assertGolden(`pagerduty-${group}.txt`, `${lines.join("\n")}\n`);
    });
  }

  test("severity is valid for PagerDuty, for each of our severities and for none", async () => {
    assert.deepEqual(
      await Promise.all((["one", "no-labels"] as const).map((group) => render("pagerduty.severity", group))),
      ["critical", "info"],
    );
  });
});

describe("E-mail", options, () => {
  for (const group of names) {
    test(`subject and text: ${group}`, async () => {
      const [subject, text] = await Promise.all([render("email.subject", group), render("email.text", group)]);
      assertGolden(`email-${group}.txt`, `${subject}\n\n${text}`);
    });
  }

  for (const group of ["one", "several", "nasty-characters", "no-labels"] as const) {
    test(`HTML: ${group}`, async () => assertGolden(`email-${group}.html`, await render("email.html", group, "html")));
  }

  test("HTML of hostile labels contains no script, no image and only http links", async () => {
    const html = await render("email.html", "nasty-characters", "html");
    assert.doesNotMatch(html, /<script|<img|javascript:/i);
  });

  test("a subject is one short line, whatever the labels contain", async () => {
    for (const group of names) assert.match(await render("email.subject", group), /^[^\r\n]{1,160}$/u);
  });

  test("HTML of the largest group stays below 20 kB", async () => {
    for (const group of ["two-hundred", "ten-kilobytes"] as const) {
      assert.ok((await render("email.html", group, "html")).length < 20_000);
    }
  });
});

describe("the link to silence", options, () => {
  test("names exactly the group, decoded by the browser", async () => {
    const url = new URL(await render("silence_url", "nasty-characters"));
    const filter = decodeURIComponent(url.hash.replace("#/silences/new?filter=", ""));
    assert.equal(filter, `{alertname="LowDiskSpace", cluster="white-room", service="\\"><script>alert('x')</script>"}`);
  });

  test("is the same in HTML", async () => {
    const html = await render("email.html", "one", "html");
    const [, link = ""] = /href="([^"]*silences[^"]*)"/.exec(html) ?? [];
    assert.equal(decodeURIComponent(link), decodeURIComponent(await render("silence_url", "one")));
  });

  test("opens an empty form if a value is too long for a link", async () => {
    assert.equal(await render("silence_url", "ten-kilobytes"), "https://alertmanager.example.com/#/silences/new");
  });
});
