import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { renderCredentials } from "../../config/products/storage-credentials.ts";
import { frontendCommand, queryCommand, replicaLabel, storeCommand } from "../../config/products/thanos/arguments.ts";
import { thanosQuery } from "../../config/products/thanos/product.ts";
import { storeShards } from "../../config/products/thanos/store-shards.ts";
import { renderFrontend, renderIndexCache, renderObjectStorage } from "../../config/products/thanos/thanos.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { type Program, until } from "../logs/programs.ts";
import { metaOf, rangeQuery, type Samples, ThanosPrograms, writeBlocks } from "./thanos-programs.ts";

const hour = 3600;
const end = Math.floor(Date.now() / 1000 / (2 * hour)) * 2 * hour - 2 * hour;
const range = { start: end - 2 * hour, end: end - 60, step: 60 };
const complete: Samples = new Map(Array.from({ length: 120 }, (_, minute) => [range.start + minute * 60, minute * 7]));

/** An outage of the first replica. */
const withGap: Samples = new Map([...complete].slice(0, 40).concat([...complete].slice(80)));

const values = [...complete].map(([time, value]) => [time, String(value)]);

describe("Thanos with the rendered commands and files", needs("thanos", "versitygw", "prometheus", "promtool"), () => {
  let thanos: ThanosPrograms;
  let frontend: Program;
  const parts: Record<string, Program> = {};
  const replicas: Program[] = [];
  const sidecars: Program[] = [];
  let storePort = 0;

  before(async () => {
    thanos = await ThanosPrograms.start();
    const { settings, longTerm } = thanos;
    storePort = await freePort();
    const grpc = [storePort];
    for (const [replica, samples] of [withGap, complete].entries()) {
      const data = join(thanos.folder, `prometheus-${replica}`);
      await writeBlocks(data, "repeated", samples);
      const prometheus = await thanos.prometheus(data, {
        cluster: "local",
        env: "test",
        [replicaLabel]: `prometheus-${replica}`,
      });
      replicas.push(prometheus);
      const port = await freePort();
      grpc.push(port);
      sidecars.push(await thanos.sidecar(data, prometheus, port));
    }
    const command = queryCommand(settings, longTerm).filter((word) => !word.startsWith("--endpoint="));
    const endpoints = grpc.map((port) => `--endpoint=127.0.0.1:${port}`);
    const query = await thanos.part([...command, ...endpoints], [], { grpc: await freePort() });
    frontend = await thanos.part(frontendCommand(settings), renderFrontend(settings, longTerm), {
      replaced: { [`http://${thanosQuery.workload}:${thanosQuery.port}`]: query.url },
    });
    Object.assign(parts, { sidecar: sidecars[0], query, "query-frontend": frontend });
  });

  after(() => thanos?.stop());

  const merged = [{ metric: { __name__: "repeated", cluster: "local", env: "test" }, values }];

  const fromQuery = () => rangeQuery(parts["query"]?.url ?? "", "repeated", range);
  const all = async () => (await fromQuery())[0]?.values.length === values.length;

  test("a query over two replicas returns one series, without the gap of one of them", async () => {
    const [, whole] = replicas;
    assert.deepEqual((await rangeQuery(whole?.url ?? "", "repeated", range))[0]?.values, values);
    await until("both sidecars answer", all);
    assert.deepEqual(await fromQuery(), merged);
  });

  test("the frontend answers a repeated query from its cache", async () => {
    const hits = async () => {
      const metrics = await (await fetch(`${frontend.url}/metrics`)).text();
      return Number(/^cortex_cache_hits_total\{.*"query_range"\} (\d+)$/m.exec(metrics)?.[1]);
    };
    assert.deepEqual(await rangeQuery(frontend.url, "repeated", range), merged);
    assert.equal(await hits(), 0);
    assert.deepEqual(await rangeQuery(frontend.url, "repeated", range), merged);
    assert.equal(await hits(), 1);
  });

  test("sidecars upload the blocks of each replica below the prefix", async () => {
    await until("two blocks", async () => thanos.blockDirectories().length === 2);
    await until("both complete", async () =>
      thanos.blockDirectories().every((directory) => existsSync(join(directory, "meta.json"))),
    );
    const metas = thanos.blockDirectories().map(metaOf);
    assert.deepEqual(metas.map(({ thanos: { labels } }) => labels[replicaLabel]).sort(), [
      "prometheus-0",
      "prometheus-1",
    ]);
    assert.deepEqual(
      metas.map(({ stats }) => stats.numSamples).sort((a, b) => a - b),
      [80, 120],
    );
  });

  test("without Prometheus, the store gateway returns the same samples", async () => {
    for (const program of [...sidecars, ...replicas]) await program.stop();
    const { settings, longTerm } = thanos;
    const [shard] = storeShards(longTerm);
    assert.ok(shard);
    parts["store"] = await thanos.part(
      storeCommand(settings, longTerm, shard),
      [...renderObjectStorage(longTerm), renderIndexCache(longTerm)],
      { grpc: storePort },
    );
    await until("the samples from the bucket", () => all().catch(() => false));
    assert.deepEqual(await fromQuery(), merged);
  });

  test("a wrong key and a missing bucket cause the errors in the runbook", async () => {
    const runbook = readFileSync(new URL("../../runbooks/ThanosBucketFailing.md", import.meta.url), "utf8");
    const wrong = join(thanos.folder, "wrong");
    writeFileSync(wrong, renderCredentials("access", "wrong"));
    for (const [error, listing] of [
      ["signature we calculated does not match", () => thanos.tools(["ls"], { AWS_SHARED_CREDENTIALS_FILE: wrong })],
      ["specified bucket does not exist", () => thanos.tools(["ls"], {}, "no-such-bucket")],
    ] as const) {
      assert.ok(runbook.includes(`\`${error}\``), error);
      await assert.rejects(listing(), (failure: Error) => failure.message.includes(error));
    }
  });

  test("they expose the metrics that were recorded", async () => {
    for (const part of ["query", "query-frontend", "store"]) {
      const recording = new URL(`../recordings/elsewhere/thanos-${part}.prom`, import.meta.url);
      const recorded = new Set(readFileSync(recording, "utf8").match(/^thanos_\w+(?=\{)/gm));
      const exposed = await (await fetch(`${parts[part]?.url}/metrics`)).text();
      const missing = [...recorded].filter(
        (name) => !exposed.includes(`\n${name}{`) && !exposed.includes(`\n${name} `),
      );
      assert.deepEqual(missing, [], part);
    }
  });
});
