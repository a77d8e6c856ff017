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
interface Checker {
  readonly program: "promtool" | "amtool" | "loki" | "promtail";
  /** Files, the main one first. */
  readonly files: (settings: Settings) => readonly RenderedFile[];
  readonly args: (paths: readonly string[], settings: Settings) => string[];
  /** How many main files one call takes. */
  readonly batch: number;
}

const checkers: readonly Checker[] = [
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
    files: (settings) => (settings.alerting.enabled ? renderAlertmanager(settings, { slackCredential: "bot" }) : []),
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

export interface CheckOptions {
  /** Path of a program, or undefined to skip it. */
  readonly binary: (program: Checker["program"]) => string | undefined;
  /** How many different files each program checks at most. */
  readonly atMost: number;
}

export interface CheckResult {
  readonly mistakes: readonly Mistake[];
  /** Number of different configs that each program checked. */
  readonly checked: Readonly<Record<string, number>>;
}

/** Renders accepted configs and checks their files with the real programs. Equal files are checked once. */
export async function checkFiles(
  accepted: readonly Accepted[],
  { binary, atMost }: CheckOptions,
): Promise<CheckResult> {
  const mistakes: Mistake[] = [];
  const checked: Record<string, number> = {};
  const folder = mkdtempSync(join(tmpdir(), "white-room-fuzz-"));
  try {
    const available = checkers.flatMap((checker) => {
      const command = binary(checker.program);
      return command === undefined ? [] : [{ checker, command, cases: new Map<string, Accepted>() }];
    });
    for (const config of accepted) {
      try {
        // Alloy may not be available to check its file, but rendering the file must not fail.
        renderAlloy(config.settings);
        for (const { checker, cases } of available) {
          const files = checker.files(config.settings);
          const key = JSON.stringify(files);
          if (files.length > 0 && !cases.has(key) && cases.size < atMost) cases.set(key, config);
        }
      } catch (error) {
        mistakes.push({ values: config.values, what: `rendering crashed: ${(error as Error).stack}` });
      }
    }
    for (const { checker, command, cases } of available) {
      checked[checker.program] = cases.size;
      const written = [...cases].map(([key, config], index) => {
        const files = JSON.parse(key) as RenderedFile[];
        for (const { path, content } of files) write(join(folder, checker.program, String(index), path), content);
        return { config, path: join(folder, checker.program, String(index), files[0]?.path ?? "") };
      });
      const batches = Array.from({ length: Math.ceil(written.length / checker.batch) }, (_, index) =>
        written.slice(index * checker.batch, (index + 1) * checker.batch),
      );
      await inParallel(batches, async (batch) => {
        const [first] = batch;
        if (first === undefined) return;
        const paths = batch.map(({ path }) => path);
        const { code } = await tryRun(command, checker.args(paths, first.config.settings));
        if (code === 0) return;
        for (const { config, path } of batch) {
          const { code, output } = await tryRun(command, checker.args([path], config.settings));
          if (code !== 0)
            mistakes.push({ values: config.values, what: `${checker.program} refuses: ${output.slice(-600)}` });
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
