import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { compactorCommand, queryCommand, storeCommand } from "../../config/products/thanos/arguments.ts";
import { storeShards } from "../../config/products/thanos/store-shards.ts";
import { renderIndexCache, renderObjectStorage } from "../../config/products/thanos/thanos.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { type Program, until } from "../logs/programs.ts";
import { metaOf, rangeQuery, type Samples, ThanosPrograms, writeBlocks } from "./thanos-programs.ts";

const day = 86_400;
const now = Math.floor(Date.now() / 1000);
/** Duration of the longest blocks that the compactor writes. */
const twoWeeks = 14 * day;
/** Raw samples of the first two weeks have expired: they ended at least three days ago. */
const start = Math.floor((now - 3 * day) / twoWeeks) * twoWeeks - twoWeeks;
/** The compactor skips the newest block, and a time range until it has passed. */
const end = start + 16 * day + 7200;

const step = 120;
/** No sample is at the full hour, where it could belong to either of two hours. */
const samples: Samples = new Map(
  Array.from({ length: (end - start) / step }, (_, index) => [start + 60 + index * step, (index * 37) % 101]),
);

/** What a query of one day computes from the raw samples, at the end of each of the 14 days. */
function ofEachDay(compute: (values: number[]) => number): [number, string][] {
  return Array.from({ length: 14 }, (_, index) => {
    const [from, to] = [start + index * day, start + (index + 1) * day];
    const values = [...samples].filter(([time]) => time > from && time <= to).map(([, value]) => value);
    return [to, String(compute(values))];
  });
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

describe("the compactor with the rendered command", needs("thanos", "versitygw", "promtool"), () => {
  let thanos: ThanosPrograms;
  let compactor: Program;

  before(async () => {
    thanos = await ThanosPrograms.start({ raw: "3d" });
    const blocks = join(thanos.folder, "blocks");
    await writeBlocks(blocks, "months", samples);
    await thanos.tools(["upload-blocks", `--path=${blocks}`, '--label=cluster="local"', '--label=env="test"']);
    const command = [...compactorCommand(thanos.settings, thanos.longTerm), "--consistency-delay=0s"];
    compactor = await thanos.part(command, renderObjectStorage(thanos.longTerm));
    await until("the first iteration", async () => (await metric("thanos_compact_iterations_total")) === 1, 300);
  });

  after(() => thanos?.stop());

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${compactor.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  }

  const isMarked = (directory: string) => existsSync(join(directory, "deletion-mark.json"));

  test("compacts the first two weeks into one block, and downsamples it to 5 minutes and to 1 hour", async () => {
    const metas = thanos.blockDirectories().map(metaOf);
    const long = metas.filter(({ minTime, maxTime }) => maxTime - minTime > 13 * day * 1000);
    assert.deepEqual(
      long.map(({ thanos: { downsample } }) => downsample.resolution / 1000).sort((a, b) => a - b),
      [0, 300, 3600],
    );
    const raw = long.find(({ thanos: { downsample } }) => downsample.resolution === 0);
    assert.equal(raw?.stats.numSamples, twoWeeks / step);
    assert.equal(await metric("thanos_compact_halted"), 0);
  });

  test("marks the raw blocks that have expired, and no others", async () => {
    const remaining = thanos
      .blockDirectories()
      .filter((directory) => !isMarked(directory))
      .map(metaOf);
    const expired = (maxTime: number) => maxTime < (now - 3 * day) * 1000;
    const isRaw = ({ thanos: { downsample } }: (typeof remaining)[number]) => downsample.resolution === 0;
    assert.deepEqual(
      remaining.filter((meta) => isRaw(meta) && expired(meta.maxTime)),
      [],
    );
    assert.equal(remaining.filter((meta) => !isRaw(meta)).length, 2);
    // The retention of each of them is counted from its newest sample.
    const newest = Math.max(...remaining.filter(isRaw).map(({ maxTime }) => maxTime), 0);
    assert.equal(newest === 0, expired(end * 1000), String(newest));
  });

  test("without the expired blocks, downsampled ones give the exact sums, minima and maxima of the two weeks", async () => {
    // By default, blocks uploaded in the last 30 minutes are skipped.
    await thanos.tools(["cleanup", "--delete-delay=0s", "--consistency-delay=0s"]);
    assert.equal(thanos.blockDirectories().filter(isMarked).length, 0);
    const { settings, longTerm } = thanos;
    const [shard] = storeShards(longTerm);
    assert.ok(shard);
    const port = await freePort();
    const files = [...renderObjectStorage(longTerm), renderIndexCache(longTerm)];
    await thanos.part(storeCommand(settings, longTerm, shard), files, { grpc: port });
    const command = queryCommand(settings, longTerm).filter((word) => !word.startsWith("--endpoint="));
    const query = await thanos.part([...command, `--endpoint=127.0.0.1:${port}`], [], { grpc: await freePort() });
    const days = { start: start + day, end: start + 14 * day, step: day };
    const valuesOf = async (expression: string) => (await rangeQuery(query.url, expression, days))[0]?.values;
    await until("the store is known", async () => (await valuesOf("sum_over_time(months[1d])")) !== undefined);
    assert.deepEqual(await valuesOf("sum_over_time(months[1d])"), ofEachDay(sum));
    assert.deepEqual(
      await valuesOf("min_over_time(months[1d])"),
      ofEachDay((values) => Math.min(...values)),
    );
    assert.deepEqual(
      await valuesOf("max_over_time(months[1d])"),
      ofEachDay((values) => Math.max(...values)),
    );
    // count_over_time differs: it counts downsampled points. Split at the ends of chunks, there are 24 or 25 a day.
    const points = (await valuesOf("count_over_time(months[1d])"))?.map(([, value]) => Number(value));
    assert.ok(
      points?.every((count) => count === 24 || count === 25),
      String(points),
    );
  });
});
