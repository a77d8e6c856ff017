import { randomInt } from "node:crypto";
import { bucketDirectory, bucketService } from "../../../scripts/sandbox/bucket.ts";
import { additions } from "../../../scripts/sandbox/up.ts";
import { fast, stack } from "../sandbox/sandbox.ts";

const { longTerm } = additions["long-term"].metrics;

/** Thanos on the sandbox's own bucket, with every wait shortened. */
export const values = {
  ...fast,
  metrics: { ...fast["metrics"], longTerm },
  alerting: {
    ...fast["alerting"],
    rules: { ...(fast["alerting"]?.["rules"] as object), ThanosCompactorHalted: { for: "5s" } },
  },
};

export const parts = [
  "thanos-sidecar",
  "thanos-store",
  "thanos-compactor",
  "thanos-query",
  "thanos-query-frontend",
] as const;

/** Labels of the blocks. */
export const externalLabels = { cluster: "local", env: "dev" } as const;

export interface Series {
  readonly metric: Record<string, string>;
  readonly values: [number, string][];
}

/** Seconds, a multiple of the step, so that the frontend does not align them. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** A range query to the frontend, as Grafana sends it, but not answered from its cache. */
export async function fromFrontend(query: string, range: Range): Promise<Series[]> {
  const url = `http://127.0.0.1:10902/api/v1/query_range?${parameters(query, range)}`;
  const command = ["wget", "-q", "-T", "60", "--header", "Cache-Control: no-store", "-O", "-", url];
  return sorted(await stack.execute("thanos-query-frontend", command));
}

export async function fromPrometheus(query: string, range: Range): Promise<Series[]> {
  const answer = await fetch(`http://127.0.0.1:9090/api/v1/query_range?${parameters(query, range)}`);
  return sorted(await answer.text());
}

function parameters(query: string, { start, end, step }: Range): URLSearchParams {
  return new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
}

/** Series in the order of their labels, without the external labels, which only Thanos adds. */
function sorted(answer: string): Series[] {
  const { data, error } = JSON.parse(answer) as { data?: { result: Series[] }; error?: string };
  if (data === undefined) throw new Error(error);
  const own = data.result.map(({ metric, values }) => {
    const labels = Object.entries(metric).filter(([name]) => !Object.hasOwn(externalLabels, name));
    return { metric: Object.fromEntries(labels.sort()), values };
  });
  return own.sort((a, b) => (JSON.stringify(a.metric) < JSON.stringify(b.metric) ? -1 : 1));
}

const blockHours = 2;

/** A range of whole blocks that begins about this many hours ago, at a step of one minute. */
export function blocksAgo(hours: number, count: number): Range {
  const length = blockHours * 3600;
  const start = Math.floor((Date.now() / 1000 - hours * 3600) / length) * length;
  return { start, end: start + count * length - 60, step: 60 };
}

/** Writes blocks of random samples of this metric, one per minute of the range, to a directory on the volume of Prometheus. */
export async function backfill(metric: string, { start, end, step }: Range, directory = "/prometheus"): Promise<void> {
  const lines = ["a", "b", "c"].flatMap((name) =>
    Array.from(
      { length: (end - start) / step + 1 },
      (_, i) => `${metric}{name="${name}"} ${randomInt(1e6)} ${start + i * step}`,
    ),
  );
  const text = [`# TYPE ${metric} gauge`, ...lines, "# EOF", ""].join("\n");
  const input = `/prometheus/${metric}.om`;
  // promtool maps the file into memory, and its temporary files would go to the root file system, which is read-only.
  const create = `TMPDIR=/prometheus promtool tsdb create-blocks-from openmetrics ${input} ${directory}`;
  await stack.execute("prometheus", ["sh", "-c", `cat > ${input} && ${create} && rm ${input}`], text);
}

export interface BlockMeta {
  readonly ulid: string;
  /** Milliseconds. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly stats: { readonly numSamples: number };
  readonly thanos: { readonly labels: Record<string, string>; readonly source: string };
}

async function blocksInBucket(): Promise<BlockMeta[]> {
  const script = `for file in ${bucketDirectory}/*/meta.json; do [ -f "$file" ] && tr -d '\\n' < "$file" && echo; done; true`;
  const lines = await stack.execute(bucketService, ["sh", "-c", script]);
  return lines
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as BlockMeta);
}

/** Complete blocks in the bucket with samples of this range. */
export async function uploaded({ start, end }: Range): Promise<BlockMeta[]> {
  return (await blocksInBucket()).filter(({ minTime, maxTime }) => minTime < end * 1000 && maxTime > start * 1000);
}
