import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { helpInstead } from "./lib/no-words.ts";
import { ensureBinaries } from "./offline/binaries.ts";
import { ensurePackaged } from "./offline/packaged-programs.ts";
import { type Outcome, runCommand } from "./test/command.ts";
import { leftOutVariable, type ProgramName, packagedPrograms, quickPrograms, slowPrograms } from "./test/programs.ts";
import { checkSuites, programSuites, sampleSuites } from "./test/suites.ts";
import { leftOutText, nodeSummary, type Recorded, type Row, summaryTable } from "./test/summary.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/** Runs the suites in order and meanwhile builds the programs they need. Continues after a failed suite. */
async function testAll(all: boolean): Promise<number> {
  const start = performance.now();
  const leaveOut = all ? [] : slowPrograms;
  const building = build(all ? [...quickPrograms, ...slowPrograms] : quickPrograms);
  const scratch = mkdtempSync(join(tmpdir(), "white-room-test-"));
  const rows: Row[] = await Promise.all([
    show(runCommand("Biome", join(root, "node_modules", ".bin", "biome"), ["check"])),
    show(runCommand("TypeScript", join(root, "node_modules", ".bin", "tsc"), [])),
  ]);
  for (const name of [...checkSuites, ...sampleSuites]) rows.push(await suite(name, leaveOut, scratch));
  log("\n── real programs");
  rows.push(await building);
  for (const name of programSuites) rows.push(await suite(name, leaveOut, scratch));
  rmSync(scratch, { recursive: true });

  log(`\n${summaryTable(rows, performance.now() - start)}\n`);
  const leftOut = leftOutText(rows, leaveOut);
  if (leftOut !== "") log(`${leftOut}\n`);
  log(nodeSummary(rows, performance.now() - start));
  return rows.every(({ code }) => code === 0) ? 0 : 1;
}

async function suite(name: string, leaveOut: readonly ProgramName[], scratch: string): Promise<Row> {
  const files = globSync(`test/${name}/**/*.test.ts`, { cwd: root }).sort();
  const record = join(scratch, `${name}.json`);
  log(`\n── ${name}`);
  const outcome = await runCommand(
    name,
    process.execPath,
    [
      "--test",
      // Node's default leaves one core idle.
      `--test-concurrency=${availableParallelism()}`,
      "--test-timeout=900000",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      `--test-reporter=${join(root, "scripts", "test", "record.ts")}`,
      `--test-reporter-destination=${record}`,
      ...files,
    ],
    { environment: { [leftOutVariable]: leaveOut.join(",") }, onOutput: (text) => process.stdout.write(text) },
  );
  // Empty or missing if the test runner crashed.
  const text = existsSync(record) ? readFileSync(record, "utf8") : "";
  return { ...outcome, ...(text !== "" && { recorded: JSON.parse(text) as Recorded }) };
}

async function show(running: Promise<Outcome>): Promise<Outcome> {
  const outcome = await running;
  log(`\n── ${outcome.name}\n${outcome.output.trimEnd()}`);
  return outcome;
}

async function build(programs: Parameters<typeof ensureBinaries>[0]): Promise<Row> {
  const start = performance.now();
  let code = 0;
  try {
    await ensurePackaged(packagedPrograms, { log });
    await ensureBinaries(programs, { log });
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
