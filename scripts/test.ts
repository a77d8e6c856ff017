import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BinaryName, ensureBinaries } from "./sandbox/binaries.ts";
import { duration } from "./sandbox/run-command.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/** The real programs that judge what is written for them. */
const judges = [
  "amtool",
  "promtool",
  "prometheus",
  "loki",
  "promtail",
  "lokitool",
  "alertmanager",
] as const satisfies BinaryName[];

/** Those of the second group run the judges. */
const plainSuites = ["unit", "components", "golden", "docs", "examples"];
const judgedSuites = ["rules", "validate", "logs"];

/** What Node's runner ends with. */
const counts = ["tests", "suites", "pass", "fail", "cancelled", "skipped", "todo"] as const;
type Summary = Record<(typeof counts)[number], number>;

interface Row {
  readonly name: string;
  readonly code: number;
  readonly milliseconds: number;
  readonly summary?: Summary;
}

/** Everything that is tested without a daemon, suite by suite; a failure does not keep the later ones from running. */
async function testAll(): Promise<number> {
  const start = performance.now();
  const rows: Row[] = [
    await command("Biome", join(root, "node_modules", ".bin", "biome"), ["check"]),
    await command("TypeScript", join(root, "node_modules", ".bin", "tsc"), []),
  ];
  for (const name of plainSuites) rows.push(await suite(name));
  rows.push(await judgesBuilt());
  for (const name of judgedSuites) rows.push(await suite(name));

  log("\nSuite            Time          Tests  Failed  Skipped");
  for (const { name, code, milliseconds, summary } of rows) {
    const numbers = summary === undefined ? [] : [summary.tests, summary.fail + summary.cancelled, summary.skipped];
    const cells = numbers.map((number, column) => String(number).padStart([5, 8, 9][column] ?? 0)).join("");
    log(`${name.padEnd(16)} ${duration(milliseconds).padEnd(13)} ${cells}${code === 0 ? "" : "   FAILED"}`);
  }
  log("");
  for (const count of counts) log(`ℹ ${count} ${sum(rows, count)}`);
  log(`ℹ duration_ms ${(performance.now() - start).toFixed(0)}`);
  return rows.every(({ code }) => code === 0) ? 0 : 1;
}

async function suite(name: string): Promise<Row> {
  const files = globSync(`test/${name}/**/*.test.ts`, { cwd: root }).sort();
  if (files.length === 0) return { name, code: 0, milliseconds: 0 };
  return command(name, process.execPath, ["--test", "--test-reporter=spec", "--test-timeout=900000", ...files]);
}

async function judgesBuilt(): Promise<Row> {
  const start = performance.now();
  const name = "real programs";
  log(`\n── ${name}`);
  let code = 0;
  try {
    await ensureBinaries(judges, { log });
  } catch (error) {
    log((error as Error).message);
    code = 1;
  }
  return { name, code, milliseconds: performance.now() - start };
}

function command(name: string, program: string, words: readonly string[]): Promise<Row> {
  log(`\n── ${name}`);
  const { promise, resolve: done } = Promise.withResolvers<Row>();
  const start = performance.now();
  const child = spawn(program, words, {
    cwd: root,
    env: { ...process.env, PULUMI_ERROR_OUTPUT_STRING: "true" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const finish = (code: number) => {
    const summary = words[0] === "--test" ? { summary: readSummary(output) } : {};
    done({ name, code, milliseconds: performance.now() - start, ...summary });
  };
  child.on("error", (error) => {
    log(error.message);
    finish(127);
  });
  child.on("close", (code) => finish(code ?? 1));
  return promise;
}

function readSummary(output: string): Summary {
  const entries = counts.map((count) => {
    const [, number] = new RegExp(`^ℹ ${count} (\\d+)$`, "m").exec(output) ?? [];
    return [count, Number(number ?? 0)];
  });
  return Object.fromEntries(entries) as Summary;
}

function sum(rows: readonly Row[], count: (typeof counts)[number]): number {
  return rows.reduce((total, { summary }) => total + (summary?.[count] ?? 0), 0);
}

process.exitCode = await testAll();
