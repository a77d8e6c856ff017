import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { alertNames } from "../../config/alerts/catalogue.ts";
import { renderRules } from "../../config/alerts/render.ts";
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
const files = { billing: { paths: ["/srv/billing/*.log", "/srv/billing/*/today.log"], format: "json" } };
const withMoreSources = renderRules(
  stack("dev", { logs: { collector: "promtail", sources: { journal: { enabled: true }, files } } }),
);
const remote = [{ name: "central", url: "https://logs.example.com/loki/api/v1/push" }];
const withRemote = renderRules(stack("dev", { logs: { remote } }));
const withoutLoki = renderRules(stack("dev", { logs: { loki: { enabled: false }, remote } }));
const prod = renderRules(stack("prod", { tracing: { enabled: true } }));
const cluster = renderRules(stack("prod", { visualization: {}, logs: { sources: { events: { enabled: true } } } }));

const all = { ...subjects, "no-data": [noData, { ...noData, platform: "kubernetes" } as const] };

const runs = {
  alloy: dev,
  promtail: withPromtail,
  more: withMoreSources,
  kubernetes: cluster,
  remote: withRemote,
  withoutLoki,
};
type Run = keyof typeof runs;

/** Removes what only rules for Kubernetes contain: exceptions for planned work, and pods. */
const withoutExceptions = (content: string) =>
  content
    .replaceAll(
      /(expr: \|-\n\s+(?:up(?:\{job!="probe"\})? == 0|absent\(up\{job=".*?"\}\)))\n\s+unless[\s\S]*?(\n\s+or \(\n\s+(?:up|label_replace))/g,
      "$1$2",
    )
    .replaceAll(/\n\s+or \(\n(?:(?!\n\s+or \(\n)[\s\S])*?KubernetesPodNotReady[\s\S]*?(\n\s+for:)/g, "$1");

function runOf({ platform, collector = "alloy", withMoreSources, remote }: Case): Run {
  if (remote !== undefined) return remote === "with Loki" ? "remote" : "withoutLoki";
  return withMoreSources ? "more" : (platform ?? collector);
}

/** Cases of one run. Those that specify neither collector nor platform run with Alloy on Docker. */
function casesOf(run: Run): Record<string, readonly Case[]> {
  return Object.fromEntries(
    Object.entries(all)
      .map(([subject, cases]) => [subject, cases.filter((each) => runOf(each) === run)] as const)
      .filter(([, cases]) => cases.length > 0),
  );
}

for (const [stackName, rules] of Object.entries({
  dev,
  "dev with Promtail": withPromtail,
  "dev with more log sources": withMoreSources,
  "dev with logs.remote": withRemote,
  "dev without Loki": withoutLoki,
  prod,
})) {
  test(`promtool accepts the rules of ${stackName}`, needs("promtool"), async () => {
    const paths = rules.map(({ path }) => path);
    const report = await runAmong(rules, "promtool", "check", "rules", "--lint=all", "--lint-fatal", ...paths);
    for (const path of paths) assert.match(report, new RegExp(`Checking ${path}\\n\\s+SUCCESS: \\d+ rules found`));
  });
}

describe("alerts fire when they should, with the text they should, and only then", { concurrency: 2 }, () => {
  for (const [run, rules] of Object.entries(runs)) {
    const traces = run === "kubernetes" ? {} : { traces: "http://localhost:16686" };
    for (const { path, files } of promtoolTests(casesOf(run as Run), rules, { ...links, ...traces })) {
      test(`${run}: ${path}`, needs("promtool"), async () => {
        await runAmong(files, "promtool", "test", "rules", path);
      });
    }
  }
});

test("promtool tests every alert of the catalogue", () => {
  const rendered = [...dev, ...cluster].flatMap(({ content }) =>
    [...content.matchAll(/- alert: (\w+)/g)].map(([, name]) => name),
  );
  assert.deepEqual([...new Set([...rendered, ...fromLogs])].sort(), alertNames.toSorted());
});

test("prod has the rules tested on dev, with its own links, without those for Docker hosts and with those for clusters", () => {
  const ofCluster = ["rules/recording-volumes.yml", "rules/recording-planned.yml", "rules/kubernetes.yml"];
  const proved = new Set(dev.map(({ path }) => path));
  assert.deepEqual(
    prod.map(({ path }) => path).filter((path) => !proved.has(path)),
    ofCluster,
  );
  const local = prod
    .filter(({ path }) => !ofCluster.includes(path))
    .map(({ path, content }) => ({
      path,
      content: withoutExceptions(content).replaceAll("https://grafana.white-room.example/", "http://localhost:3000/"),
    }));
  // Without the demo's objective, which is tested in objectives.test.ts like any other.
  const url = "https://white-room.example/";
  const probes = {
    ownPages: false,
    targets: [{ name: "page", kind: "http", url }],
    journeys: [{ name: "create-song", steps: [{ name: "login", request: { url } }] }],
  };
  assert.deepEqual(
    local,
    renderRules(stack("dev", { probes })).filter(({ path }) => path !== "rules/docker.yml"),
  );
});
