import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { oldestLine } from "../config/products/loki/loki.ts";
import { seconds } from "../config/settings/units.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { cacheFolder, withScratchFolder } from "./offline/cache.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { findCollector } from "./try-logs/collector.ts";
import { printed, toJsonLine } from "./try-logs/print.ts";
import { tryLogs } from "./try-logs/run.ts";
import { timezonesOf, withOnlySource } from "./try-logs/source.ts";

const help = `npm run try-logs -- <source> [--stack NAME] [--json] < sample.log

Shows what Loki would store of log lines on standard input: time, labels, structured metadata and text. The stack's own
collector reads them: from PATH, or from its image through Docker. <source> is a name below logs.sources.files, or a built-in
source of log files, such as nginx. Nothing is deployed or stored.
Exit codes: 0 success, 1 the collector failed or stored nothing, 2 invalid arguments.

  --stack NAME         stack with a Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
  --config-file FILE   config file to read instead of the deployed one
  --json               print a JSON object per entry
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string", default: defaultStack() },
      "config-file": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new UsageError("specify exactly one source");
  const settings = deployedSettings(values.stack, values["config-file"]);
  const only = withOnlySource(settings, name, "/var/log/sample/sample.log");
  if (process.stdin.isTTY) throw new UsageError("no log lines on standard input; add < sample.log");
  const sample = await text(process.stdin);
  if (sample.trim() === "") throw new UsageError("standard input is empty; it must contain log lines");
  const collector = await findCollector(settings, timezonesOf(only), (line) => process.stderr.write(`${line}\n`));
  const started = Date.now();
  const entries = await withScratchFolder(cacheFolder(), (folder) =>
    tryLogs(settings, name, sample, collector, folder),
  );
  const reading = { started, oldestLine: seconds(oldestLine(settings.logs)) };
  for (const entry of entries)
    process.stdout.write(`${values.json ? toJsonLine(entry, reading) : printed(entry, reading)}\n`);
  const lines = sample.trimEnd().split("\n").length;
  process.stderr.write(`${count(lines, "line", "lines")}, ${count(entries.length, "entry", "entries")}\n`);
  return entries.length > 0 ? 0 : 1;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
