import { duration } from "../lib/step.ts";

/** Counts written by `record.ts` for a suite. A skipped group of tests counts as one. */
export interface Recorded {
  passed: number;
  failed: number;
  /** Tests skipped for reasons other than `leftOut`. */
  skipped: number;
  /** Sum over the suite's files. */
  milliseconds: number;
  /** Number of tests skipped because of a missing program, by file. */
  readonly leftOut: Record<string, number>;
}

/** One row of the summary table. */
export interface Row {
  readonly name: string;
  readonly code: number;
  readonly milliseconds: number;
  readonly recorded?: Recorded;
}

/** Summary table: one line per step, then the total. */
export function summaryTable(rows: readonly Row[], milliseconds: number): string {
  const code = rows.some((row) => row.code !== 0) ? 1 : 0;
  const total: Row = { name: "total", code, milliseconds, recorded: sum(rows) };
  return [
    "Suite            Time            Passed  Failed  Skipped  Left out",
    ...[...rows, total].map(line),
    "Suites run in parallel, so the total is shorter than their sum.",
  ].join("\n");
}

/** List of the tests and test files that only `./test.sh --all` runs; empty if there are none. */
export function leftOutText(
  rows: readonly Row[],
  programs: readonly string[],
  leftOutFiles: readonly string[],
): string {
  const files = Object.entries(sum(rows).leftOut);
  const width = Math.max(...files.map(([file]) => file.length));
  const lines = [
    ...(files.length > 0 ? [`Left out because they need ${programs.join(" or ")}:`] : []),
    ...files.map(([file, count]) => `  ${file.padEnd(width)}  ${count}`),
    ...(leftOutFiles.length > 0 ? ["Left out because they are slow or test code samples:"] : []),
    ...leftOutFiles.map((file) => `  ${file}`),
  ];
  return lines.length > 0 ? [...lines, "Run them with ./test.sh --all."].join("\n") : "";
}

/** Totals in the format of Node's test runner, for tools that parse it. */
export function nodeSummary(rows: readonly Row[], milliseconds: number): string {
  const all = sum(rows);
  const skipped = all.skipped + leftOutCount(all);
  const counts = { tests: all.passed + all.failed + skipped, pass: all.passed, fail: all.failed, skipped };
  const lines = Object.entries({ ...counts, duration_ms: Math.round(milliseconds) });
  return lines.map(([name, number]) => `ℹ ${name} ${number}`).join("\n");
}

function line({ name, code, milliseconds, recorded }: Row): string {
  const numbers =
    recorded === undefined ? [] : [recorded.passed, recorded.failed, recorded.skipped, leftOutCount(recorded)];
  const cells = numbers.map((number, column) => String(number).padStart([8, 8, 9, 10][column] ?? 0)).join("");
  return `${name.padEnd(16)} ${duration(milliseconds).padEnd(13)} ${cells}${code === 0 ? "" : "   FAILED"}`.trimEnd();
}

function leftOutCount({ leftOut }: Recorded): number {
  return Object.values(leftOut).reduce((total, count) => total + count, 0);
}

function sum(rows: readonly Row[]): Recorded {
  const all = rows.flatMap(({ recorded }) => recorded ?? []);
  const total = (key: "passed" | "failed" | "skipped" | "milliseconds") =>
    all.reduce((number, one) => number + one[key], 0);
  return {
    passed: total("passed"),
    failed: total("failed"),
    skipped: total("skipped"),
    milliseconds: total("milliseconds"),
    leftOut: Object.assign({}, ...all.map(({ leftOut }) => leftOut)),
  };
}
