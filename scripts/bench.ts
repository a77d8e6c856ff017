import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { benchAlerting } from "../bench/alerting.ts";
import { benchCluster } from "../bench/cluster.ts";
import { benchDashboards } from "../bench/dashboards.ts";
import { benchEngine } from "../bench/engine.ts";
import { benchFresh } from "../bench/fresh.ts";
import { benchLongTerm } from "../bench/long-term.ts";
import { benchMemory } from "../bench/memory.ts";
import { benchObjectives } from "../bench/objectives.ts";
import { benchRender } from "../bench/render-scale.ts";
import { benchSeries } from "../bench/series.ts";
import { benchTraces } from "../bench/traces.ts";

const help = `npm run bench [-- fresh | render | engine | cluster | memory | series | alerting | objectives | dashboards | traces |
                 long-term ...]

Runs benchmarks and writes their sections of docs/benchmarks.md. Runs all of them if no subject is given.

  fresh       ./start.sh --sandbox of the last commit from empty caches: minutes and CPU seconds of each program; 30
              minutes, 10 GB of disk
  render      the renderers, up to 10,000 targets and 5,000 rules
  engine      previews, a first start and a rule change on the real engine, compared with a flat program and Docker
              Compose; requires \`pulumi\` on PATH
  cluster     previews of production on a separate API server with simulated nodes, compared with a flat program, and
              with 200 more exporters; requires \`pulumi\` on PATH
  memory      memory of each service under the demo's load
  series      resources of one Prometheus with up to 100,000 series; 20 minutes
  alerting    time from a crash to its page, ten times, and cost of the rules, also with 504 synthetic targets; 30 minutes
  objectives  cost of the rules of 50 objectives and 200 probes, with 90 days of history; 15 minutes
  dashboards  cost of dashboards over 15 days of 50 instances, with and without recording rules; 30 minutes, 8 GB of
              disk
  traces      Jaeger under 500 spans a second, and under as many as it takes: losses, memory and disk; 10 minutes
  long-term   sizes of downsampled blocks, and cost of dashboards over a year of 50 instances with Thanos; 15 minutes

Benchmarks use separate names and ports and remove everything they start, so your own stacks can keep running. On a busy
machine the figures are higher.
`;

const subjects = {
  fresh: benchFresh,
  render: benchRender,
  engine: benchEngine,
  cluster: benchCluster,
  memory: benchMemory,
  series: benchSeries,
  alerting: benchAlerting,
  objectives: benchObjectives,
  dashboards: benchDashboards,
  traces: benchTraces,
  "long-term": benchLongTerm,
};
type Subject = keyof typeof subjects;

const file = join(resolve(import.meta.dirname, ".."), "docs", "benchmarks.md");

/** Replaces the text between the two marker comments of a section. Throws if the page lacks them. */
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
else if (words.some((word) => !Object.hasOwn(subjects, word))) {
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
