import { parseArgs } from "node:util";
import fc from "fast-check";
import { checkFiles } from "../bench/fuzz/checkers.ts";
import { anyConfig } from "../bench/fuzz/configs.ts";
import { type Mistake, validateAll } from "../bench/fuzz/verdicts.ts";
import { findProgram } from "./lib/find-program.ts";
import { duration } from "./lib/step.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { cacheFolder } from "./offline/cache.ts";

const help = `npm run fuzz -- [--cases N] [--per-program N] [--seed N]

Generates valid and invalid configs from the schema. Reports configs that crash the validation, that are rejected without the
key in the message, or whose files promtool, amtool, loki or promtail rejects. Missing programs are skipped. Exit codes: 0
success, 1 a config was handled wrongly, 2 invalid arguments.

  --cases N        number of configs (default 1000)
  --per-program N  maximum number of configs whose files each program checks (default 200)
  --seed N         seed of an earlier run, to repeat it (default: random)
`;

const step = 1000;

function count(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${option} ${text} is not a number; use digits, such as 1000`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "1000" },
      "per-program": { type: "string", default: "200" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [cases, perProgram, seed] = [
    count("--cases", values.cases),
    count("--per-program", values["per-program"]),
    count("--seed", values.seed),
  ];
  const start = performance.now();
  const mistakes: Mistake[] = [];
  const checked: Record<string, number> = {};
  let [accepted, refused, slowest] = [0, 0, 0];
  for (let done = 0; done < cases; done += step) {
    const numRuns = Math.min(step, cases - done);
    const verdicts = validateAll(fc.sample(anyConfig(), { numRuns, seed: seed + done }));
    const result = await checkFiles(verdicts.accepted, {
      binary: (program) => findProgram(program, `${cacheFolder()}/bin`),
      atMost: Math.ceil((perProgram * numRuns) / cases),
    });
    mistakes.push(...verdicts.mistakes, ...result.mistakes);
    accepted += verdicts.accepted.length;
    refused += verdicts.refused;
    slowest = Math.max(slowest, verdicts.slowest);
    for (const [program, files] of Object.entries(result.checked)) checked[program] = (checked[program] ?? 0) + files;
    process.stderr.write(`${done + numRuns} of ${cases} configs, ${mistakes.length} mistakes\n`);
  }
  for (const { what, values } of mistakes.slice(0, 50))
    process.stdout.write(`${what}\n  ${JSON.stringify(values)}\n\n`);
  const programs = Object.entries(checked).map(([program, files]) => `${program} ${files}`);
  process.stdout.write(
    `seed ${seed}: ${cases} configs, ${accepted} accepted, ${refused} refusals, ${mistakes.length} mistakes; slowest ${slowest.toFixed(0)} ms; checked by ${programs.join(", ")}; ${duration(performance.now() - start)}\n`,
  );
  return mistakes.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
