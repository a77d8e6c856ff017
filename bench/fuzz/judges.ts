import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { renderRules } from "../../config/alerts/render.ts";
import type { RenderedFile } from "../../config/file.ts";
import { renderAlertmanager } from "../../config/products/alertmanager/alertmanager.ts";
import { renderAlloy } from "../../config/products/collector/alloy.ts";
import { renderPromtail } from "../../config/products/collector/promtail.ts";
import { lokiArguments, renderLoki } from "../../config/products/loki/loki.ts";
import { hasLoki } from "../../config/products/loki/product.ts";
import { tokenFile, tokenPlaceholder } from "../../config/products/prometheus/cluster-jobs.ts";
import { certificates } from "../../config/products/prometheus/connections.ts";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { tryRun } from "../../scripts/lib/run-command.ts";
import type { Accepted, Mistake } from "./verdicts.ts";

/** A program that checks the files of a product. */
interface Judge {
  readonly program: "promtool" | "amtool" | "loki" | "promtail";
  /** Files, the main one first. */
  readonly files: (settings: Settings) => readonly RenderedFile[];
  readonly args: (paths: readonly string[], settings: Settings) => string[];
  /** How many main files one call takes. */
  readonly batch: number;
}

const judges: readonly Judge[] = [
  {
    program: "promtool",
    files: (settings) => {
      const rules = renderRules(settings);
      const paths = rules.map(({ path }) => path);
      const token = { path: tokenFile, content: tokenPlaceholder };
      return [renderPrometheus(settings, paths), ...rules, ...certificates(settings), token];
    },
    args: (paths) => ["check", "config", "--lint=none", ...paths],
    batch: 20,
  },
  {
    program: "amtool",
    files: (settings) => (settings.alerting.enabled ? renderAlertmanager(settings, { slackWay: "bot" }) : []),
    args: (paths) => ["check-config", ...paths],
    batch: 50,
  },
  {
    program: "loki",
    files: (settings) => (hasLoki(settings) ? renderLoki(settings) : []),
    args: ([path], settings) => [`-config.file=${path}`, "-verify-config=true", ...lokiArguments(settings)],
    batch: 1,
  },
  {
    program: "promtail",
    files: (settings) => (settings.logs.enabled ? renderPromtail(settings) : []),
    args: ([path]) => [`-config.file=${path}`, "-check-syntax"],
    batch: 1,
  },
];

export interface JudgeOptions {
  /** Path of a program, or undefined to leave it out. */
  readonly binary: (program: Judge["program"]) => string | undefined;
  /** How many different files each program checks at most. */
  readonly atMost: number;
}

export interface Judged {
  readonly mistakes: readonly Mistake[];
  /** Number of different configs that each program checked. */
  readonly checked: Readonly<Record<string, number>>;
}

/** Renders accepted configs and lets the real programs check the files. Equal files are checked once. */
export async function judgeAll(accepted: readonly Accepted[], { binary, atMost }: JudgeOptions): Promise<Judged> {
  const mistakes: Mistake[] = [];
  const checked: Record<string, number> = {};
  const folder = mkdtempSync(join(tmpdir(), "white-room-fuzz-"));
  try {
    const judged = judges.flatMap((judge) => {
      const command = binary(judge.program);
      return command === undefined ? [] : [{ judge, command, cases: new Map<string, Accepted>() }];
    });
    for (const config of accepted) {
      try {
        // No program that checks Alloy's file is required, but it must be possible to write it.
        renderAlloy(config.settings);
        for (const { judge, cases } of judged) {
          const files = judge.files(config.settings);
          const key = JSON.stringify(files);
          if (files.length > 0 && !cases.has(key) && cases.size < atMost) cases.set(key, config);
        }
      } catch (error) {
        mistakes.push({ values: config.values, what: `rendering crashed: ${(error as Error).stack}` });
      }
    }
    for (const { judge, command, cases } of judged) {
      checked[judge.program] = cases.size;
      const written = [...cases].map(([key, config], index) => {
        const files = JSON.parse(key) as RenderedFile[];
        for (const { path, content } of files) write(join(folder, judge.program, String(index), path), content);
        return { config, path: join(folder, judge.program, String(index), files[0]?.path ?? "") };
      });
      const batches = Array.from({ length: Math.ceil(written.length / judge.batch) }, (_, index) =>
        written.slice(index * judge.batch, (index + 1) * judge.batch),
      );
      await inParallel(batches, async (batch) => {
        const [first] = batch;
        if (first === undefined) return;
        const paths = batch.map(({ path }) => path);
        const { code } = await tryRun(command, judge.args(paths, first.config.settings));
        if (code === 0) return;
        for (const { config, path } of batch) {
          const { code, output } = await tryRun(command, judge.args([path], config.settings));
          if (code !== 0)
            mistakes.push({ values: config.values, what: `${judge.program} refuses: ${output.slice(-600)}` });
        }
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { mistakes, checked };
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
