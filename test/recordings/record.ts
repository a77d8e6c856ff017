import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What Prometheus adds to every series of a target. */
const added = ["__name__", "job", "instance", "service", "cluster", "env"];

/** A label with more values than this is a name or an address: one of them is enough. */
const mostValues = 12;

type Labels = Readonly<Record<string, string>>;

interface Answer {
  readonly data: { readonly result: readonly { readonly metric: Labels }[] };
}

/**
 * Writes what every job of a running stack exposes, as Prometheus stored it, to a file each, and the labels of the log
 * streams that Loki has: `node test/recordings/record.ts [http://localhost:9090 [http://localhost:3100]]`
 */
async function record(prometheus: string, loki: string): Promise<void> {
  await recordMetrics(prometheus);
  await recordStreams(loki);
}

async function recordMetrics(prometheus: string): Promise<void> {
  for (const job of await jobs(prometheus)) {
    const series = await query(prometheus, `{job="${job}",__name__!~".*:.*|up|scrape_.*"}`);
    const lines = [...new Set(typical(series).map(line))].sort();
    const header = `# Job ${job} of the sandbox, as stored: without the target's labels, values left out.`;
    writeFileSync(fileURLToPath(new URL(`./${job}.prom`, import.meta.url)), `${[header, ...lines].join("\n")}\n`);
    console.log(`${job}.prom: ${lines.length} of ${series.length} series`);
  }
}

/** Labels that say where a stack runs. */
const places = ["cluster", "env", "host"];

async function recordStreams(loki: string): Promise<void> {
  const start = String(Math.floor(Date.now() / 1000) - 86_400);
  const query = new URLSearchParams({ "match[]": '{env=~".+"}', start });
  const answer = await fetch(`${loki}/loki/api/v1/series?${query}`);
  if (!answer.ok) throw new Error(`${loki} answers ${answer.status}: ${await answer.text()}`);
  const { data } = (await answer.json()) as { data: Labels[] };
  const streams = data.map((labels) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}="${places.includes(name) ? "" : value}"`);
    return `{${pairs.sort().join(",")}}`;
  });
  const lines = [...new Set(streams)].sort();
  const header = "# Log streams of the sandbox. Values of cluster, env and host left out.";
  writeFileSync(fileURLToPath(new URL("./log-streams.txt", import.meta.url)), `${[header, ...lines].join("\n")}\n`);
  console.log(`log-streams.txt: ${lines.length} of ${data.length} streams`);
}

async function jobs(prometheus: string): Promise<string[]> {
  const up = await query(prometheus, "up == 1");
  return [...new Set(up.map(({ job }) => job ?? ""))].sort();
}

async function query(prometheus: string, expression: string): Promise<Labels[]> {
  const answer = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  if (!answer.ok) throw new Error(`${prometheus} answers ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as Answer).data.result.map(({ metric }) => metric);
}

/** The series of which each shows a label or a value that no series before it has shown. */
function typical(series: readonly Labels[]): Labels[] {
  const all = new Map<string, Set<string>>();
  for (const labels of series) for (const [key, value] of shown(labels)) note(all, key, value);
  const seen = new Map<string, Set<string>>();
  return series
    .toSorted((one, other) => (line(one) < line(other) ? -1 : 1))
    .filter((labels) => {
      const fresh = shown(labels).filter(([key, value]) => {
        const values = seen.get(key);
        return values === undefined || (!values.has(value) && (all.get(key)?.size ?? 0) <= mostValues);
      });
      for (const [key, value] of shown(labels)) note(seen, key, value);
      return fresh.length > 0;
    });
}

/** The metric itself, and its labels with their values. */
function shown(labels: Labels): [string, string][] {
  const metric = labels["__name__"] ?? "";
  return [[metric, ""], ...own(labels).map(([name, value]): [string, string] => [`${metric} ${name}`, value])];
}

function note(values: Map<string, Set<string>>, key: string, value: string): void {
  values.set(key, (values.get(key) ?? new Set()).add(value));
}

function own(labels: Labels): [string, string][] {
  return Object.entries(labels)
    .filter(([name]) => !added.includes(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

function line(labels: Labels): string {
  const pairs = own(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${labels["__name__"]}{${pairs.join(",")}} 0`;
}

await record(process.argv[2] ?? "http://localhost:9090", process.argv[3] ?? "http://localhost:3100");
