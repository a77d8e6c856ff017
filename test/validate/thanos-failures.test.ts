import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { renderCredentials } from "../../config/products/storage-credentials.ts";
import { compactorCommand, storeCommand, uploadedBlocksFile } from "../../config/products/thanos/arguments.ts";
import { thanosDataDirectory } from "../../config/products/thanos/product.ts";
import { storeShards } from "../../config/products/thanos/store-shards.ts";
import { renderIndexCache, renderObjectStorage } from "../../config/products/thanos/thanos.ts";
import { needs } from "../binaries.ts";
import { type Program, until } from "../logs/programs.ts";
import { metaOf, type Samples, ThanosPrograms, writeBlocks } from "./thanos-programs.ts";

/** How long the object storage is down. Sidecars try again every half minute. */
const outage = 70_000;

const labels = { cluster: "local", env: "test" } as const;
const labelArguments = Object.entries(labels).map(([name, value]) => `--label=${name}="${value}"`);

const blockLength = 7200;
const perBlock = blockLength / 30;
/** Old enough to be compacted. */
const start = Math.floor(Date.now() / 1000 / 86_400) * 86_400 - 20 * 86_400;

/** A gauge in consecutive blocks, starting with number `first`. */
function samplesOf(blocks: number, first = 0, value = (index: number) => (index * 37) % 101): Samples {
  const length = blocks * perBlock;
  return new Map(Array.from({ length }, (_, index) => [start + first * blockLength + index * 30, value(index)]));
}

const runbook = (alert: string) => readFileSync(new URL(`../../runbooks/${alert}.md`, import.meta.url), "utf8");

async function metric({ url }: Program, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
}

describe("Thanos when something fails", needs("thanos", "versitygw", "prometheus", "promtool"), () => {
  let thanos: ThanosPrograms;
  const good = () => join(thanos.folder, "credentials");

  before(async () => {
    thanos = await ThanosPrograms.start();
  });
  after(() => thanos?.stop());

  /** Complete blocks in the bucket with their numbers of samples. */
  const inBucket = () =>
    thanos
      .blockDirectories()
      .filter((directory) => existsSync(join(directory, "meta.json")))
      .map(metaOf)
      .map(({ ulid, stats }) => ({ ulid, samples: stats.numSamples }));
  const samplesInBucket = () => inBucket().reduce((sum, { samples }) => sum + samples, 0);
  const compactor = (options: Parameters<ThanosPrograms["part"]>[2] = {}) =>
    thanos.part(
      [...compactorCommand(thanos.settings, thanos.longTerm), "--consistency-delay=0s"],
      renderObjectStorage(thanos.longTerm),
      options,
    );

  describe("the object storage is down", () => {
    let data: string;
    let sidecar: Program;
    let prometheus: Program;

    before(async () => {
      data = join(thanos.folder, "outage");
      await writeBlocks(data, "samples", samplesOf(1));
      prometheus = await thanos.prometheus(data, { ...labels, replica: "outage" });
      sidecar = await thanos.sidecar(data, prometheus);
    });
    after(async () => {
      await sidecar.stop();
      await prometheus.stop();
    });

    test(`for ${outage / 1000} s: blocks of that time arrive afterwards, complete`, async () => {
      await until("the block from before", async () => samplesInBucket() === perBlock, 90);
      const failures = () => metric(sidecar, "thanos_objstore_bucket_operation_failures_total");
      const uploaded = () => JSON.parse(readFileSync(uploadedBlocksFile.replace("/prometheus", data), "utf8")).uploaded;
      await thanos.stopStorage();
      const end = Date.now() + outage;
      await writeBlocks(data, "samples", samplesOf(1, 1));
      await until("a failed upload", async () => (await failures()) > 0, 90);
      await writeBlocks(data, "samples", samplesOf(1, 2));
      await sleep(Math.max(0, end - Date.now()));
      assert.ok((await fetch(`${sidecar.url}/-/healthy`)).ok);
      // Prometheus compacts only blocks listed as uploaded.
      assert.equal(uploaded().length, 1);
      await thanos.startStorage();
      await until("three blocks", async () => inBucket().length === 3, 90);
      assert.deepEqual(
        inBucket().map(({ samples }) => samples),
        [perBlock, perBlock, perBlock],
      );
      await until("their record", async () => uploaded().length === 3);
    });
  });

  describe("wrong keys", () => {
    afterEach(() => {
      process.env["AWS_SHARED_CREDENTIALS_FILE"] = good();
    });

    test("the sidecar keeps running and uploads once it has the right ones", async () => {
      const data = join(thanos.folder, "denied");
      await writeBlocks(data, "samples", samplesOf(1, 3));
      const prometheus = await thanos.prometheus(data, { ...labels, replica: "denied" });
      const wrong = join(thanos.folder, "wrong");
      writeFileSync(wrong, renderCredentials("access", "wrong"));
      process.env["AWS_SHARED_CREDENTIALS_FILE"] = wrong;
      const blocks = inBucket().length;
      const denied = await thanos.sidecar(data, prometheus);
      // The response to its HEAD request has no body, so it gives no reason.
      const error = "Access Denied";
      assert.ok(runbook("ThanosBucketFailing").includes(`\`${error}\``));
      await until("the error", async () => denied.output().includes(error), 90);
      assert.ok((await metric(denied, "thanos_objstore_bucket_operation_failures_total")) > 0);
      assert.ok((await fetch(`${denied.url}/-/healthy`)).ok);
      assert.equal(inBucket().length, blocks);
      await denied.stop();
      process.env["AWS_SHARED_CREDENTIALS_FILE"] = good();
      const sidecar = await thanos.sidecar(data, prometheus);
      await until("the block", async () => inBucket().length === blocks + 1, 90);
      await sidecar.stop();
      await prometheus.stop();
    });
  });

  test("a missing bucket: the compactor retries, and the store gateway exits, both with the error in the runbook", async () => {
    const { settings, longTerm } = thanos;
    const missing = { ...longTerm, objectStorage: { ...longTerm.objectStorage, bucket: "no-such-bucket" } };
    const error = "specified bucket does not exist";
    assert.ok(runbook("ThanosBucketFailing").includes(`\`${error}\``));
    const retrying = await thanos.part(compactorCommand(settings, missing), renderObjectStorage(missing));
    await until("the error", async () => retrying.output().includes(error));
    assert.equal(await metric(retrying, "thanos_compact_halted"), 0);
    assert.ok((await metric(retrying, "thanos_objstore_bucket_operation_failures_total")) > 0);
    await retrying.stop();
    const [shard] = storeShards(missing);
    assert.ok(shard);
    const files = [...renderObjectStorage(missing), renderIndexCache(missing)];
    assert.ok(runbook("ThanosBucketFailing").includes("`bucket store initial sync`"));
    await assert.rejects(
      thanos.part(storeCommand(settings, missing, shard), files),
      ({ message }: Error) => message.includes(error) && message.includes("bucket store initial sync"),
    );
  });

  describe("the compactor", () => {
    before(async () => {
      await thanos.stop();
      thanos = await ThanosPrograms.start();
    });

    test("with a full volume retries with the error in the runbook, loses nothing, and continues once there is room", async () => {
      const blocks = join(thanos.folder, "blocks");
      await writeBlocks(
        blocks,
        "samples",
        samplesOf(24, 0, () => Math.random()),
      );
      await thanos.tools(["upload-blocks", `--path=${blocks}`, ...labelArguments]);
      const before = inBucket();
      assert.equal(before.length, 24);
      const volume = join(thanos.folder, "volume");
      mkdirSync(volume);
      const mount = `mount -t tmpfs -o size=128k tmpfs ${volume} && exec "$@"`;
      const full = await compactor({
        replaced: { [`${thanosDataDirectory}/thanos`]: volume },
        within: ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"],
      });
      const error = "no space left on device";
      assert.ok(runbook("ThanosCompactionStalled").includes(`\`${error}\``));
      await until("the error", async () => full.output().includes(error), 90);
      await until("a retry", async () => (await metric(full, "thanos_compact_retries_total")) > 0);
      // What ThanosCompactionStalled fires on.
      assert.equal(await metric(full, "thanos_compact_iterations_total"), 0);
      assert.equal(await metric(full, "thanos_compact_halted"), 0);
      assert.deepEqual(inBucket(), before);
      await full.stop();
      const compacting = await compactor();
      await until("an iteration", async () => (await metric(compacting, "thanos_compact_iterations_total")) === 1, 300);
      await compacting.stop();
      const remaining = thanos
        .blockDirectories()
        .filter((directory) => !existsSync(join(directory, "deletion-mark.json")))
        .map(metaOf);
      assert.ok(remaining.length < 24, `${remaining.length} blocks`);
      assert.equal(
        remaining.reduce((sum, { stats }) => sum + stats.numSamples, 0),
        24 * perBlock,
      );
    });

    test("halts at blocks of two stacks with the same external labels, names them, and keeps both", async () => {
      const stacks: Program[] = [];
      const before = inBucket().length;
      for (const name of ["one", "two"]) {
        const data = join(thanos.folder, name);
        await writeBlocks(data, "samples", samplesOf(1, 48));
        const prometheus = await thanos.prometheus(data, labels);
        stacks.push(prometheus, await thanos.sidecar(data, prometheus));
      }
      await until("a block of each", async () => inBucket().length === before + 2, 90);
      for (const program of stacks.reverse()) await program.stop();
      const [first, second] = inBucket().slice(-2);
      assert.ok(first && second);
      const halted = await compactor();
      await until("halted", async () => (await metric(halted, "thanos_compact_halted")) === 1, 120);
      const error = "overlaps found while gathering blocks";
      assert.ok(runbook("ThanosCompactorHalted").includes(`\`${error}\``));
      const line = halted
        .output()
        .split("\n")
        .find((each) => each.includes(error));
      assert.ok(line?.includes(first.ulid) && line.includes(second.ulid), line);
      assert.equal(inBucket().filter(({ ulid }) => [first.ulid, second.ulid].includes(ulid)).length, 2);
      await halted.stop("SIGKILL");
    });
  });
});
