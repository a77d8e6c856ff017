import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { benchAlerting } from "../bench/alerting.ts";
import { benchCluster } from "../bench/cluster.ts";
import { benchDashboards } from "../bench/dashboards.ts";
import { benchEngine } from "../bench/engine.ts";
import { benchFresh } from "../bench/fresh.ts";
import { benchMemory } from "../bench/memory.ts";
import { benchRender } from "../bench/render-scale.ts";
import { benchSeries } from "../bench/series.ts";

const help = `npm run bench [-- fresh | render | engine | cluster | memory | series | alerting | dashboards ...]

Measures and writes docs/benchmarks.md, each subject its own section; without a subject, all.

  fresh       ./start.sh --sandbox of the last commit from empty caches: minutes and CPU seconds of each program; half an
              hour, 10 GB of disk
  render      the renderers, up to 10,000 targets and 5,000 rules
  engine      previews, a first start and a rule change on the real engine, beside a flat program and Docker Compose;
              needs \`pulumi\` on PATH
  cluster     previews of production on an API server of its own with simulated nodes, beside a flat program, and with 200
              exporters more; needs \`pulumi\` on PATH
  memory      what each service takes under the demo's load
  series      what one Prometheus takes for up to 100,000 series; 20 minutes
  alerting    from a crash to its page, ten times, and what rules take, also over 504 synthetic targets; half an hour
  dashboards  what dashboards take over 15 days of 50 instances, and the same without recording rules; half an hour, 8 GB
              of disk

The stacks they start have names and ports of their own, and nothing of them is left: yours may run beside them, only
that the figures are then of a busy machine.
`;

const subjects = {
  fresh: benchFresh,
  render: benchRender,
  engine: benchEngine,
  cluster: benchCluster,
  memory: benchMemory,
  series: benchSeries,
  alerting: benchAlerting,
  dashboards: benchDashboards,
};
type Subject = keyof typeof subjects;

const file = join(resolve(import.meta.dirname, ".."), "docs", "benchmarks.md");

/** Puts a section's new text between its two comments. */
function replaceSection(page: string, subject: string, text: string): string {
  const [open, close] = [`<!-- ${subject} -->`, `<!-- /${subject} -->`];
  const [begin, end] = [page.indexOf(open), page.indexOf(close)];
  if (begin < 0 || end < begin) throw new Error(`${file} has no section ${open} … ${close}`);
  return `${page.slice(0, begin + open.length)}\n${text}\n${page.slice(end)}`;
}

function machine(): string {
  const [cpu] = cpus();
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpu?.model}), ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}.`;
}

const words = process.argv.slice(2);
if (words.includes("--help") || words.includes("-h")) process.stdout.write(help);
else if (words.some((word) => !(word in subjects))) {
  process.stderr.write(help);
  process.exitCode = 2;
} else {
  for (const subject of words.length > 0 ? (words as Subject[]) : (Object.keys(subjects) as Subject[])) {
    process.stdout.write(`${subject} …\n`);
    const result = await subjects[subject]();
    process.stdout.write(`\n${result}\n\n`);
    writeFileSync(file, replaceSection(readFileSync(file, "utf8"), subject, `${machine()}\n\n${result}`));
  }
}
