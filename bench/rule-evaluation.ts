import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderRules } from "../config/alerts/render.ts";
import { toYaml } from "../config/file.ts";
import type { Settings } from "../config/settings/schema.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { run } from "../scripts/lib/run-command.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import { median } from "./measure.ts";
import { type Captured, serveTargets, syntheticJobs, writeHistory } from "./synthetic-targets.ts";

/** Minutes before measuring: the range of most rules, plus one. */
const warmUp = 6;
const measured = 5;

/** Rule evaluation time in seconds. */
export interface Evaluation {
  readonly series: number;
  /** Sum of all groups. On a busy machine, `min` is closest to the time on an idle one. */
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** Median of each group. */
  readonly groups: Readonly<Record<string, number>>;
}

/** Reads the evaluation time from the metrics of a Prometheus that scrapes itself. */
export async function evaluationOf(prometheus: string, range: string): Promise<Evaluation> {
  const query = async (expression: string) => {
    const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`);
    const { data } = (await response.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value }) => [metric["rule_group"] ?? "", Number(value[1])] as const);
  };
  const number = async (expression: string) => (await query(expression))[0]?.[1] ?? Number.NaN;
  const last = "prometheus_rule_group_last_duration_seconds";
  const byGroup = await query(`sum by (rule_group) (quantile_over_time(0.5, ${last}[${range}]))`);
  return {
    series: await number("prometheus_tsdb_head_series"),
    min: await number(`min_over_time(sum(${last})[${range}:15s])`),
    median: await number(`quantile_over_time(0.5, sum(${last})[${range}:15s])`),
    max: await number(`max_over_time(sum(${last})[${range}:15s])`),
    // Each file has one group and is named after it: "…/rules/recording-audio.yml;audio".
    groups: Object.fromEntries(byGroup.map(([group, value]) => [/([^/]+)\.yml;/.exec(group)?.[1] ?? group, value])),
  };
}

/** Evaluation time of a rule in seconds. */
export interface RuleCost {
  readonly rule: string;
  readonly median: number;
  readonly min: number;
}

/** Samples the evaluation times of all rules for some minutes, summed by rule name. The most expensive come first. */
export async function costsOfRules(prometheus: string, minutes: number): Promise<RuleCost[]> {
  const times = new Map<string, number[]>();
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; await sleep(15_000)) {
    const { data } = (await (await fetch(`${prometheus}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; evaluationTime: number }[] }[] };
    };
    const byName = Map.groupBy(
      data.groups.flatMap(({ rules }) => rules),
      ({ name }) => name,
    );
    for (const [name, rules] of byName) {
      const sum = rules.reduce((seconds, { evaluationTime }) => seconds + evaluationTime, 0);
      times.set(name, [...(times.get(name) ?? []), sum]);
    }
  }
  return [...times]
    .map(([rule, all]) => ({ rule, median: median(all), min: Math.min(...all) }))
    .sort((a, b) => b.median - a.median);
}

/** Evaluates the rules in a Prometheus with many copies of the captured targets, including history for long ranges. */
export async function evaluationOfSynthetic(
  settings: Settings,
  captured: readonly Captured[],
  folder: string,
): Promise<Evaluation> {
  const programs = await ensureBinaries(["prometheus", "promtool"], { log: () => undefined });
  const origin = Date.now() / 1000;
  mkdirSync(folder, { recursive: true });
  const history = join(folder, "history.txt");
  const lines = await writeHistory(history, captured, origin);
  process.stdout.write(`    ${lines} samples of history\n`);
  await run(programs.promtool, [
    ...["tsdb", "create-blocks-from", "--max-block-duration=54h", "openmetrics"],
    ...[history, join(folder, "data")],
  ]);
  const targets = await serveTargets(captured, origin);
  const port = await freePort();
  const rules = renderRules(settings);
  for (const { path, content } of rules) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const { scrapeInterval, evaluationInterval } = settings.metrics;
  const config = {
    global: { scrape_interval: scrapeInterval, evaluation_interval: evaluationInterval },
    rule_files: rules.map(({ path }) => path),
    scrape_configs: [
      { job_name: "prometheus", static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
      ...syntheticJobs(captured, targets.port),
    ],
  };
  writeFileSync(join(folder, "prometheus.yml"), toYaml(config));
  const prometheus = spawn(
    programs.prometheus,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  try {
    await sleep((warmUp + measured) * 60_000);
    return await evaluationOf(`http://127.0.0.1:${port}`, `${measured}m`);
  } finally {
    prometheus.kill();
    targets.close();
    if (prometheus.exitCode === null) await new Promise((done) => prometheus.once("exit", done));
  }
}
