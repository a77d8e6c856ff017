import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readOwnRules } from "../config/alerts/own-rules/own-rules.ts";
import { renderRules } from "../config/alerts/render.ts";
import { withRecordings } from "./check-rules/tests.ts";
import { findProgram } from "./lib/find-program.ts";
import { tryRun } from "./lib/run-command.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { cacheFolder, withScratchFolder } from "./offline/cache.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";

const help = `npm run check-rules -- <folder> [--stack NAME]

Checks a folder for alerting.extraRules as \`pulumi up\` does, the templates of its Prometheus rules with promtool, and runs
its tests (*.test.yml) together with the stack's recording rules. The tests use the rule files as they are written; without
rule_files, they use all of the folder.
Exit codes: 0 success, 1 a problem or a failed test, 2 invalid arguments.

  --stack NAME         stack with a Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
  --config-file FILE   config file to read instead of the deployed one
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string", default: defaultStack() },
      "config-file": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [given, ...others] = positionals;
  if (given === undefined || others.length > 0) throw new UsageError("specify exactly one folder");
  const settings = deployedSettings(values.stack, values["config-file"]);
  const { problems, warnings, alerts } = readOwnRules(settings, resolve(given));
  for (const { message } of problems) process.stdout.write(`problem: ${message}\n`);
  for (const warning of warnings) process.stdout.write(`warning: ${warning}\n`);
  if (problems.length > 0) return 1;
  const names = readdirSync(given).filter((name) => name.endsWith(".yml") && !name.startsWith("."));
  const tests = names.filter((name) => name.endsWith(".test.yml")).sort();
  const rules = names.filter((name) => !tests.includes(name)).sort();
  const promtool = findProgram("promtool", join(cacheFolder(), "bin"));
  if (promtool !== undefined && rules.length > 0) {
    const { code, output } = await tryRun(promtool, ["check", "rules", "--lint=none", ...rules], { cwd: given });
    if (code !== 0) {
      process.stdout.write(output.endsWith("\n") ? output : `${output}\n`);
      return 1;
    }
  }
  process.stdout.write(`${alerts.length} ${alerts.length === 1 ? "alert" : "alerts"}, no problems\n`);
  if (tests.length === 0) {
    if (promtool === undefined) process.stdout.write("promtool is not on PATH, so templates were not checked\n");
    process.stdout.write("no tests; add a file that ends with .test.yml\n");
    return 0;
  }
  if (promtool === undefined)
    throw new Error("promtool is not on PATH; install Prometheus, or run `npm run sandbox -- images`");
  const recordings = renderRules(settings).filter(({ path }) => basename(path).startsWith("recording-"));
  return withScratchFolder(cacheFolder(), async (scratch) => {
    cpSync(given, scratch, { recursive: true });
    for (const { path, content } of recordings) {
      mkdirSync(dirname(join(scratch, "built-in", path)), { recursive: true });
      writeFileSync(join(scratch, "built-in", path), content);
    }
    const added = recordings.map(({ path }) => join("built-in", path));
    for (const test of tests) writeFileSync(join(scratch, test), withRecordings(join(given, test), added, rules));
    const { code, output } = await tryRun(promtool, ["test", "rules", ...tests], { cwd: scratch });
    process.stdout.write(output.endsWith("\n") ? output : `${output}\n`);
    return code === 0 ? 0 : 1;
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
