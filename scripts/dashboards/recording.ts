import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { UsageError } from "../lib/usage-error.ts";
import { readLines } from "./log-lines.ts";
import { readSamples } from "./remote-read.ts";
import type { Sources } from "./sources.ts";

/** Metadata of a recording. */
export interface Recording {
  /** Last time with data, in Unix milliseconds. */
  readonly end: number;
  readonly scrapeInterval: string;
}

/** Length of a recording in milliseconds: twice that of the screenshots, because rates at their start look further back. */
const length = 3_600_000;

/** Milliseconds of data per request. */
const slice = 300_000;

/** File with the metadata; written last, so that an incomplete recording is not used. */
const description = "recording.json";

/** Suffixes of the files, each of which contains the body of one request that restores data. */
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

/** Bodies of the requests that restore the data. Oldest first, because Prometheus accepts samples of a series only in order. */
export function requestsOf(folder: string, source: keyof typeof suffixes): Buffer<ArrayBuffer>[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffixes[source]));
  return names.sort().map((name) => readFileSync(join(folder, name)));
}
