import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parser as logql } from "@grafana/lezer-logql";
import { alertNames } from "../../config/rules/catalogue.ts";
import { renderRules } from "../../config/rules/render.ts";
import { metricCatalogue } from "../../demo/metrics.ts";
import { knownSeries } from "../recordings/known-series.ts";
import { isAlert, read, rulesOf } from "./expressions.ts";
import { stack } from "./stacks.ts";

const folder = fileURLToPath(new URL("../../runbooks/", import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
const text = (file: string) => readFileSync(join(folder, file), "utf8");

/** Pages that go deeper than the runbook of one alert. */
const inDepth = ["SERVICE_DOWN.md", "AUDIO_OVERLOAD.md"];
const runbooks = [...alertNames.map((name) => `${name}.md`), ...inDepth];

const sections = [
  "What it means for users",
  "Confirm in two minutes",
  "Likely causes, in order",
  "What to do for each",
  "How to know it is over",
  "When to escalate",
  "What to write down",
];

/** Sections of a page by heading, with what stands in them. */
function sectionsOf(file: string): Map<string, string> {
  const parts = text(file).split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n")).trim()]));
}

function blocks(file: string, language: string): string[] {
  const found = text(file).matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm);
  return [...found].filter(([, , name]) => name === language).map(([, , , body]) => (body ?? "").trim());
}

function numbered(section: string): number {
  return section.split("\n").filter((line) => /^\d+\. /.test(line)).length;
}

test("every alert has its runbook, and there is no runbook without an alert", () => {
  assert.deepEqual(files.toSorted(), ["README.md", ...runbooks].sort());
});

test("a runbook has the seven sections in this order, none of them empty", () => {
  for (const file of runbooks) {
    const found = sectionsOf(file);
    assert.deepEqual([...found.keys()], sections, file);
    for (const [heading, body] of found) assert.ok(body.length > 20, `${file}: ${heading}`);
  }
});

test("there is something to do for each cause", () => {
  for (const file of runbooks) {
    const found = sectionsOf(file);
    const causes = numbered(found.get("Likely causes, in order") ?? "");
    assert.ok(causes >= 2, `${file} names ${causes} causes`);
    assert.equal(numbered(found.get("What to do for each") ?? ""), causes, file);
  }
});

test("a runbook can be confirmed with a query and with commands for both platforms", () => {
  for (const file of runbooks) {
    const confirm = sectionsOf(file).get("Confirm in two minutes") ?? "";
    for (const needed of ["```promql", "On Docker:", "On Kubernetes:"])
      assert.ok(confirm.includes(needed), `${file}: ${needed}`);
    assert.match(confirm, /docker |curl /, file);
    assert.match(confirm, /kubectl /, file);
  }
});

const known = knownSeries();
const recorded = rulesOf(renderRules(stack("dev"))).flatMap((rule) => (isAlert(rule) ? [] : rule.record));
const fromLogs = ["whiteroom_log_lines_total", "whiteroom_nginx_requests_total"];
const metrics = new Set<string>([
  ...known.keys(),
  ...recorded,
  ...metricCatalogue.map(({ name }) => name),
  ...fromLogs,
]);

test("every PromQL block parses and asks for metrics that exist", () => {
  for (const file of files) {
    for (const block of blocks(file, "promql")) {
      const unknown = read(block)
        .selectors.map(({ metric }) => metric)
        .filter((metric) => !metric.startsWith("{") && !metrics.has(metric));
      assert.deepEqual(unknown, [], `${file}: ${block}`);
    }
  }
});

/** Queries inside of commands: what stands in single quotes after promtool's address. */
test("every PromQL expression inside of a command does so too", () => {
  const commands = files.flatMap((file) => blocks(file, "sh").flatMap((block) => block.split("\n")));
  const queries = commands.flatMap((line) => /query instant \S+ '(.*)'/.exec(line)?.[1] ?? []);
  assert.ok(queries.length > 10);
  for (const query of queries) {
    assert.deepEqual(
      read(query).selectors.filter(({ metric }) => !metrics.has(metric)),
      [],
      query,
    );
  }
});

test("every LogQL block parses, and selects by labels that log streams have", () => {
  const labels = ["job", "service", "cluster", "env", "host", "level"];
  for (const file of files) {
    for (const block of blocks(file, "logql")) {
      logql.parse(block).iterate({
        enter: (node) => {
          assert.ok(
            !node.type.isError,
            `${file} does not parse at "${block.slice(node.from, node.from + 20)}": ${block}`,
          );
        },
      });
      const selector = /\{([^}]*)\}/.exec(block)?.[1] ?? "";
      const unknown = [...selector.matchAll(/(\w+)\s*[=!]/g)]
        .map(([, name]) => name ?? "")
        .filter((name) => !labels.includes(name));
      assert.deepEqual(unknown, [], `${file}: ${block}`);
    }
  }
});

test("every link inside of the runbooks leads somewhere", () => {
  const broken = files.flatMap((file) =>
    [...text(file).matchAll(/\]\(([^)]+)\)/g)]
      .map(([, link]) => link ?? "")
      .filter((link) => !link.startsWith("http") && !leads(link))
      .map((link) => `${file}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

function leads(link: string): boolean {
  const [file = "", anchor] = link.split("#");
  if (!existsSync(join(folder, file))) return false;
  if (anchor === undefined) return true;
  const anchors = [...text(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading ?? "")
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  return anchors.includes(anchor);
}

test("commands name the stack's containers, not a machine's own", () => {
  const workloads =
    /^white-room-dev(?:-(?:prometheus|alertmanager|loki|promtail|alloy|grafana|node-exporter|cadvisor|(?:postgres|redis|nginx)-exporter-demo|demo-(?:simulator|sinks|postgres|redis|nginx)))?$/;
  for (const file of files) {
    for (const block of blocks(file, "sh")) {
      for (const [name] of block.matchAll(/white-room-dev[\w-]*/g)) assert.match(name, workloads, file);
    }
  }
});
