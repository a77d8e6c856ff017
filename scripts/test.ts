import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { helpInstead } from "./lib/no-words.ts";
import { ensureBinaries } from "./offline/binaries.ts";
import { ensurePackaged } from "./offline/packaged-programs.ts";
import { type Outcome, runCommand } from "./test/command.ts";
import { corePrograms, furtherPrograms, leftOutVariable, packagedPrograms } from "./test/programs.ts";
import { checkSuites, programSuites, sampleSuites, slowFiles } from "./test/suites.ts";
import { leftOutText, nodeSummary, type Recorded, type Row, summaryTable } from "./test/summary.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/** Programs whose tests are skipped, and test files that are not run. */
interface LeftOut {
  readonly programs: readonly string[];
  readonly files: readonly string[];
}

const slowTests: LeftOut = {
  programs: [...furtherPrograms, ...packagedPrograms],
  files: [...sampleSuites.flatMap(filesOf), ...slowFiles],
};

/** Runs checks and tests without real programs while those are built, then the other tests. Continues after a failure. */
async function testAll(all: boolean): Promise<number> {
  const start = performance.now();
  const leftOut: LeftOut = all ? { programs: [], files: [] } : slowTests;
  const building = build(all);
  const rows: Row[] = (
    await Promise.all([
      show(runCommand("Biome", join(root, "node_modules", ".bin", "biome"), ["check"])),
      show(runCommand("TypeScript", join(root, "node_modules", ".bin", "tsc"), [])),
      runSuites([...checkSuites, ...sampleSuites], leftOut),
    ])
  ).flat();
  log("\n── real programs");
  rows.push(await building, ...(await runSuites(programSuites, leftOut)));

  log(`\n${summaryTable(rows, performance.now() - start)}\n`);
  const leftOutList = leftOutText(rows, leftOut.programs, leftOut.files);
  if (leftOutList !== "") log(`${leftOutList}\n`);
  log(nodeSummary(rows, performance.now() - start));
  return rows.every(({ code }) => code === 0) ? 0 : 1;
}

function filesOf(suite: string): string[] {
  return globSync(`test/${suite}/**/*.test.ts`, { cwd: root }).sort();
}

async function runSuites(names: readonly string[], { programs, files }: LeftOut): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), "white-room-test-"));
  const record = join(scratch, "record.json");
  log(`\n── ${names.join(", ")}`);
  const { code } = await runCommand(
    names.join(),
    process.execPath,
    [
      "--test",
      // One more than there are cores, because many tests wait.
      `--test-concurrency=${availableParallelism() + 1}`,
      "--test-timeout=900000",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      `--test-reporter=${join(root, "scripts", "test", "record.ts")}`,
      `--test-reporter-destination=${record}`,
      ...names.flatMap(filesOf).filter((file) => !files.includes(file)),
    ],
    { environment: { [leftOutVariable]: programs.join(",") }, onOutput: (text) => process.stdout.write(text) },
  );
  // Empty or missing if the test runner crashed.
  const text = existsSync(record) ? readFileSync(record, "utf8") : "";
  rmSync(scratch, { recursive: true });
  const suites: Record<string, Recorded> = text === "" ? {} : JSON.parse(text);
  const anyFailed = Object.values(suites).some(({ failed }) => failed > 0);
  return names
    .filter((name) => filesOf(name).some((file) => !files.includes(file)))
    .map((name) => {
      const recorded = suites[name];
      if (recorded === undefined) return { name, code: code || 1, milliseconds: 0 };
      const failed = anyFailed ? recorded.failed > 0 : code !== 0;
      return { name, code: failed ? 1 : 0, milliseconds: recorded.milliseconds, recorded };
    });
}

async function show(running: Promise<Outcome>): Promise<Outcome> {
  const outcome = await running;
  log(`\n── ${outcome.name}\n${outcome.output.trimEnd()}`);
  return outcome;
}

async function build(all: boolean): Promise<Row> {
  const start = performance.now();
  let code = 0;
  try {
    if (all) await ensurePackaged(packagedPrograms, { log });
    await ensureBinaries(all ? [...corePrograms, ...furtherPrograms] : corePrograms, { log });
  } catch (error) {
    log((error as Error).message);
    code = 1;
  }
  return { name: "real programs", code, milliseconds: performance.now() - start };
}

const args = process.argv.slice(2);
const help = readFileSync(join(root, "scripts", "test", "help.txt"), "utf8");
process.exitCode =
  helpInstead(
    help,
    args.filter((arg) => arg !== "--all"),
  ) ?? (await testAll(args.includes("--all")));
