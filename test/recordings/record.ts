import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Labels, query, storedSeries } from "./stored-series.ts";

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
    const { lines, all } = await storedSeries(prometheus, job);
    const header = `# Job ${job} of the sandbox, as stored: without the target's labels, values left out.`;
    writeFileSync(fileURLToPath(new URL(`./${job}.prom`, import.meta.url)), `${[header, ...lines].join("\n")}\n`);
    console.log(`${job}.prom: ${lines.length} of ${all} series`);
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

await record(process.argv[2] ?? "http://localhost:9090", process.argv[3] ?? "http://localhost:3100");
