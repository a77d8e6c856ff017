import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { UsageError } from "../lib/usage-error.ts";
import { readLines } from "./log-lines.ts";
import { readSamples } from "./remote-read.ts";
import type { Sources } from "./sources.ts";

/** What a recording contains besides samples and lines. */
export interface Recording {
  /** Last time with data, in Unix milliseconds. */
  readonly end: number;
  readonly scrapeInterval: string;
}

/** Length of a recording in milliseconds: twice that of the screenshots, because rates at their start look further back. */
const length = 3_600_000;

/** Milliseconds per request. Prometheus accepts the samples of a series only in order, so the files are restored in order. */
const slice = 300_000;

/** Describes a recording; written last, so that an incomplete one is not used. */
const description = "recording.json";

/** Requests to Prometheus and Loki that restore the data, one per file, in the order of their names. */
const suffixes = { prometheus: ".samples.snappy", loki: ".lines.json.gz" } as const;

/** Writes the samples and log lines of the hour before `end` to a folder. Replaces an earlier recording. */
export async function record(sources: Sources, folder: string, end: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (isOwn(name)) rmSync(join(folder, name));
  let sampled = false;
  for (let from = end - length; from < end; from += slice) {
    const name = new Date(from).toISOString().replaceAll(":", "-");
    const to = from + slice;
    const samples = await readSamples(sources.prometheus, from, to - 1);
    if (samples !== undefined) {
      writeFileSync(join(folder, `${name}${suffixes.prometheus}`), samples);
      sampled = true;
    }
    if (sources.loki === undefined) continue;
    const streams = await readLines(sources.loki, BigInt(from) * 1_000_000n, BigInt(to) * 1_000_000n);
    if (streams.length > 0)
      writeFileSync(join(folder, `${name}${suffixes.loki}`), gzipSync(JSON.stringify({ streams })));
  }
  if (!sampled)
    throw new Error(`${sources.prometheus} has no samples of the hour before ${new Date(end).toISOString()}`);
  const recording: Recording = { end, scrapeInterval: sources.scrapeInterval };
  writeFileSync(join(folder, description), JSON.stringify(recording));
}

function isOwn(name: string): boolean {
  return name === description || Object.values(suffixes).some((suffix) => name.endsWith(suffix));
}

export function readRecording(folder: string): Recording {
  const path = join(folder, description);
  if (!existsSync(path))
    throw new UsageError(`${folder} is not a recording; write one with \`npm run dashboards -- record ${folder}\``);
  return JSON.parse(readFileSync(path, "utf8")) as Recording;
}

/** Bodies of the requests that restore the data of Prometheus or Loki, oldest first. */
export function requestsOf(folder: string, source: keyof typeof suffixes): Buffer<ArrayBuffer>[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffixes[source]));
  return names.sort().map((name) => readFileSync(join(folder, name)));
}
