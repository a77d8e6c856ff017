import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { record } from "../../scripts/dashboards/recording.ts";
import { withRecording } from "../../scripts/dashboards/replay.ts";
import { needs } from "../binaries.ts";
import { end, lineCount, writeRecording } from "./dashboard-recording.ts";

interface Answer {
  readonly data: { readonly result: readonly { metric: Record<string, string>; values: [number, string][] }[] };
}

/** What Prometheus and Loki return for one query each. */
interface Found {
  readonly up: Answer["data"]["result"];
  readonly lines: readonly (readonly [time: string, line: string, trace: string])[];
}

describe("a recording of a stack's data", { ...needs("prometheus", "loki"), timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-recording-"));
  const [original, copy] = [join(folder, "original"), join(folder, "copy")];
  let recorded: Found;
  let restored: Found;

  before(async () => {
    writeRecording(original);
    mkdirSync(copy);
    for (const name of ["notes.txt", "2020.samples.snappy"]) writeFileSync(join(copy, name), "");
    recorded = await withRecording(original, join(folder, "1"), async (sources) => {
      await record(sources, copy, end);
      return query(sources);
    });
    restored = await withRecording(copy, join(folder, "2"), query);
  });

  after(() => rmSync(folder, { recursive: true }));

  test("restores the samples, and the end of a series that became stale", () => {
    const times = (from: number, to: number) =>
      Array.from({ length: (to - from) / 60 + 1 }, (_, index): [number, string] => [from + index * 60, "1"]);
    const last = end / 1000;
    const metric = (job: string) => ({ __name__: "up", cluster: "studio", job });
    assert.deepEqual(recorded.up, [
      { metric: metric("api"), values: times(last - 1800, last) },
      { metric: metric("worker"), values: times(last - 1800, last - 960) },
    ]);
    assert.deepEqual(restored.up, recorded.up);
  });

  test("restores all lines with their labels and structured metadata", () => {
    assert.equal(recorded.lines.length, lineCount);
    assert.deepEqual(recorded.lines.at(-1), [`${end - 10}000000`, `request ${lineCount - 1} done`, `${lineCount - 1}`]);
    assert.deepEqual(restored.lines, recorded.lines);
  });

  test("replaces an earlier recording, and keeps other files", () => {
    const names = readdirSync(copy);
    assert.ok(names.includes("notes.txt"));
    assert.ok(!names.includes("2020.samples.snappy"));
    assert.equal(names.filter((name) => name.endsWith(".samples.snappy")).length, 6);
    assert.equal(names.filter((name) => name.endsWith(".lines.json.gz")).length, 1);
    assert.deepEqual(JSON.parse(readFileSync(join(copy, "recording.json"), "utf8")), { end, scrapeInterval: "15s" });
  });

  test("fails if there are no samples", async () => {
    await withRecording(original, join(folder, "3"), async (sources) => {
      const later = end + 86_400_000;
      await assert.rejects(record(sources, join(folder, "empty"), later), {
        message: `${sources.prometheus} has no samples of the hour before 2025-06-02T12:00:00.000Z`,
      });
      assert.deepEqual(readdirSync(join(folder, "empty")), []);
    });
  });

  test("fails if a program exits", async () => {
    mkdirSync(join(folder, "4", "prometheus"), { recursive: true });
    writeFileSync(join(folder, "4", "prometheus", "data"), "not a directory");
    await assert.rejects(
      withRecording(original, join(folder, "4"), async () => {}),
      /^Error: prometheus exited:\n(.|\n)*not a directory/,
    );
  });
});

async function query({ prometheus, loki }: { prometheus: string; loki?: string }): Promise<Found> {
  const times = { start: `${end / 1000 - 1800}`, end: `${end / 1000}` };
  const metrics = new URLSearchParams({ query: "up", step: "60", ...times });
  const answer = await fetch(`${prometheus}/api/v1/query_range?${metrics}`);
  const up = ((await answer.json()) as Answer).data.result;
  const found: [string, string, string][] = [];
  for (let from = end - 60_000; from < end; from += 30_000) {
    const range = { start: `${from}000000`, end: `${from + 30_000}000000` };
    const logs = new URLSearchParams({ query: '{service="api"}', limit: "5000", direction: "forward", ...range });
    const page = (await (await fetch(`${loki}/loki/api/v1/query_range?${logs}`)).json()) as {
      data: { result: { stream: Record<string, string>; values: [string, string][] }[] };
    };
    for (const { stream, values } of page.data.result)
      for (const [time, line] of values) found.push([time, line, stream["trace_id"] ?? ""]);
  }
  return { up, lines: found.sort(([one], [other]) => (one < other ? -1 : 1)) };
}
