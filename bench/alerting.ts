import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toSettings } from "../config/settings/settings.ts";
import { buildSandboxImages } from "../scripts/offline/images.ts";
import { ensureDockerEngine } from "../scripts/sandbox/docker-engine.ts";
import { faultToPage, unavoidable } from "./fault-to-page.ts";
import { loadAverage, median, spread, table } from "./measure.ts";
import { type Evaluation, evaluationOf, evaluationOfSynthetic } from "./rule-evaluation.ts";
import { benchConfig, benchStacks, composeStack } from "./stacks.ts";
import { captureTargets } from "./synthetic-targets.ts";

const log = (line: string) => process.stdout.write(`${line}\n`);

/** From fault to page, and what rules take: on a stack of its own with the defaults that users have, then for 504 targets. */
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
    const pages = await faultToPage(prometheus);
    loads.push(loadAverage());
    const dev = await evaluationOf(prometheus, "10m");
    const captured = await captureTargets(prometheus);
    await compose("down", "--volumes");
    log("  rules over 504 synthetic targets");
    const synthetic = await evaluationOfSynthetic(settings, captured, join(scratch, "synthetic"));
    loads.push(loadAverage());
    return report(pages, unavoidable(settings), dev, synthetic, loads);
  } finally {
    await compose("down", "--volumes");
    rmSync(scratch, { recursive: true });
  }
}

function report(
  pages: readonly number[],
  parts: Readonly<Record<string, number>>,
  dev: Evaluation,
  synthetic: Evaluation,
  loads: readonly number[],
): string {
  const sum = Object.values(parts).reduce((total, seconds) => total + seconds, 0);
  const words = Object.entries(parts).map(([name, seconds]) => `${name} ${seconds} s`);
  const ms = (seconds: number) => (seconds * 1000).toFixed(1);
  const groups = Object.keys(dev.groups).filter((group) => group in synthetic.groups);
  return [
    `Load average ${loads.map((load) => load.toFixed(1)).join(", ")}: at the start, after the pages, at the end.`,
    "",
    `From a crash to its page in ${pages.length} crashes: ${spread(pages)} s. The parts that cannot be less: ${words.join(" + ")} =`,
    `${sum} s; the median is ${(median(pages) / sum).toFixed(2)}× of it. It may be below 1: a crash falls somewhere between two scrapes, and`,
    "a scrape somewhere between two evaluations.",
    "",
    table(
      ["milliseconds of all groups together", "series", "least", "median", "most"],
      [
        ["dev stack, data of a quarter of an hour", String(dev.series), ms(dev.least), ms(dev.median), ms(dev.most)],
        [
          "504 synthetic targets",
          String(synthetic.series),
          ms(synthetic.least),
          ms(synthetic.median),
          ms(synthetic.most),
        ],
      ],
    ),
    "",
    table(
      ["median of a group, ms", "dev stack", "504 synthetic targets"],
      groups.map((group) => [group, ms(dev.groups[group] ?? 0), ms(synthetic.groups[group] ?? 0)]),
    ),
  ].join("\n");
}
