import { duration } from "../lib/run-command.ts";

/** What `record.ts` writes about one run of `node --test`. A group of tests that is skipped counts as one. */
export interface Recorded {
  readonly passed: number;
  readonly failed: number;
  /** Skipped for any reason but the next one. */
  readonly skipped: number;
  /** How many tests of each file were left out because of the program they need. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** One line of the closing table. */
export interface Row {
  readonly name: string;
  readonly code: number;
  readonly milliseconds: number;
  readonly recorded?: Recorded;
}

/** The closing table: one line for each step, then the total. */
export function summaryTable(rows: readonly Row[], milliseconds: number): string {
  const code = rows.some((row) => row.code !== 0) ? 1 : 0;
  const total: Row = { name: "total", code, milliseconds, recorded: sum(rows) };
  return ["Suite            Time            Passed  Failed  Skipped  Left out", ...[...rows, total].map(line)].join(
    "\n",
  );
}

/** What was left out and how to run it; empty if nothing was. */
export function leftOutText(rows: readonly Row[], programs: readonly string[]): string {
  const files = Object.entries(sum(rows).leftOut);
  if (files.length === 0) return "";
  const width = Math.max(...files.map(([file]) => file.length));
  const lines = files.map(([file, count]) => `  ${file.padEnd(width)}  ${count}`);
  return `Left out because they need ${programs.join(" or ")}; to run them: ./test.sh --all\n${lines.join("\n")}`;
}

/** The totals as Node's test runner writes them, for tools that read its output. */
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
  const total = (key: "passed" | "failed" | "skipped") => all.reduce((number, one) => number + one[key], 0);
  return {
    passed: total("passed"),
    failed: total("failed"),
    skipped: total("skipped"),
    leftOut: Object.assign({}, ...all.map(({ leftOut }) => leftOut)),
  };
}
