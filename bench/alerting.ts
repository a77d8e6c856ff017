import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toSettings } from "../config/settings/settings.ts";
import { buildSandboxImages } from "../scripts/offline/images.ts";
import { ensureDockerEngine } from "../scripts/sandbox/docker-engine.ts";
import { configuredDelays, faultToPage } from "./fault-to-page.ts";
import { loadAverage, median, spread, table } from "./measure.ts";
import { type Evaluation, evaluationOf, evaluationOfSynthetic } from "./rule-evaluation.ts";
import { benchConfig, benchStacks, composeStack } from "./stacks.ts";
import { captureTargets } from "./synthetic-targets.ts";

const log = (line: string) => process.stdout.write(`${line}\n`);

/** Time from fault to page and rule evaluation time: on a separate stack with default settings, then for 504 targets. */
export async function benchAlerting(): Promise<string> {
  await ensureDockerEngine(log);
  await buildSandboxImages({ log });
  const loads = [loadAverage()];
  const settings = toSettings(benchConfig("bench-alerting"), { requireSecrets: false });
  const prometheus = `http://127.0.0.1:${9090 + benchStacks["bench-alerting"]}`;
  const scratch = mkdtempSync(join(tmpdir(), "white-room-bench-"));
  const compose = await composeStack("bench-alerting", join(scratch, "rendered"));
  try {
    await compose("up", "--detach", "--wait");
    const delays = await faultToPage(prometheus);
    loads.push(loadAverage());
    const dev = await evaluationOf(prometheus, "10m");
    const captured = await captureTargets(prometheus);
    await compose("down", "--volumes");
    log("  rule evaluation for 504 synthetic targets");
    const synthetic = await evaluationOfSynthetic(settings, captured, join(scratch, "synthetic"));
    loads.push(loadAverage());
    return report(delays, configuredDelays(settings), dev, synthetic, loads);
  } finally {
    await compose("down", "--volumes");
    rmSync(scratch, { recursive: true });
  }
}

function report(
  delays: readonly number[],
  configured: Readonly<Record<string, number>>,
  dev: Evaluation,
  synthetic: Evaluation,
  loads: readonly number[],
): string {
  const sum = Object.values(configured).reduce((total, seconds) => total + seconds, 0);
  const terms = Object.entries(configured).map(([name, seconds]) => `${name} ${seconds} s`);
  const ms = (seconds: number) => (seconds * 1000).toFixed(1);
  const groups = Object.keys(dev.groups).filter((group) => group in synthetic.groups);
  return [
    `Load average at the start, after the pages and at the end: ${loads.map((load) => load.toFixed(1)).join(", ")}.`,
    "",
    `Time from crash to page (${delays.length} crashes): ${spread(delays)} s. The configured delays add up to ${terms.join(" + ")} =`,
    `${sum} s; the median is ${(median(delays) / sum).toFixed(2)}× that. It can be below 1, because a crash happens between two scrapes and`,
    "a scrape between two evaluations.",
    "",
    table(
      ["evaluation time of all groups, ms", "series", "min", "median", "max"],
      [
        ["dev stack, 15 minutes of data", String(dev.series), ms(dev.min), ms(dev.median), ms(dev.max)],
        ["504 synthetic targets", String(synthetic.series), ms(synthetic.min), ms(synthetic.median), ms(synthetic.max)],
      ],
    ),
    "",
    table(
      ["median evaluation time by group, ms", "dev stack", "504 synthetic targets"],
      groups.map((group) => [group, ms(dev.groups[group] ?? 0), ms(synthetic.groups[group] ?? 0)]),
    ),
  ].join("\n");
}
