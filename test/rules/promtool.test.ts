import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { alertNames } from "../../config/rules/catalogue.ts";
import { renderRules } from "../../config/rules/render.ts";
import { needs } from "../binaries.ts";
import type { Case } from "./case.ts";
import { subjects } from "./cases/index.ts";
import { fromLogs, noData } from "./cases/no-data.ts";
import { promtoolTests } from "./promtool-tests.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

const links = {
  runbooks: "https://github.com/white-room/white-room-monitoring/blob/main/runbooks",
  dashboards: "http://localhost:3000",
};

const dev = renderRules(stack("dev"));
const withPromtail = renderRules(stack("dev", { logs: { collector: "promtail" } }));
const prod = renderRules(stack("prod"));

const all = { ...subjects, "no-data": [noData] };

/** Cases of one collector; those that need no collector run with Alloy. */
function casesOf(collector: "alloy" | "promtail"): Record<string, readonly Case[]> {
  return Object.fromEntries(
    Object.entries(all)
      .map(([subject, cases]) => [subject, cases.filter((each) => (each.collector ?? "alloy") === collector)] as const)
      .filter(([, cases]) => cases.length > 0),
  );
}

for (const [stackName, rules] of Object.entries({ dev, "dev with Promtail": withPromtail, prod })) {
  test(`promtool finds nothing to complain about in the rules of ${stackName}`, needs("promtool"), async () => {
    const paths = rules.map(({ path }) => path);
    const report = await runAmong(rules, "promtool", "check", "rules", "--lint=all", "--lint-fatal", ...paths);
    for (const path of paths) assert.match(report, new RegExp(`Checking ${path}\\n\\s+SUCCESS: \\d+ rules found`));
  });
}

describe("alerts fire when they should, with the text they should, and only then", { concurrency: 2 }, () => {
  for (const [collector, rules] of [
    ["alloy", dev],
    ["promtail", withPromtail],
  ] as const) {
    const tests = promtoolTests(casesOf(collector), rules, links);
    for (const file of tests) {
      test(`${collector}: ${file.path}`, needs("promtool"), async () => {
        await runAmong([...rules, file], "promtool", "test", "rules", file.path);
      });
    }
  }
});

test("every alert of the catalogue is among those that promtool tests", () => {
  const rendered = dev.flatMap(({ content }) => [...content.matchAll(/- alert: (\w+)/g)].map(([, name]) => name));
  assert.deepEqual([...new Set([...rendered, ...fromLogs])].sort(), alertNames.toSorted());
});

test("prod carries the rules that are proved on dev, with its own links", () => {
  const local = prod.map(({ path, content }) => ({
    path,
    content: content.replaceAll("https://grafana.white-room.example/", "http://localhost:3000/"),
  }));
  assert.deepEqual(local, dev);
});
