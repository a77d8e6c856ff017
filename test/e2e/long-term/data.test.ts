import assert from "node:assert/strict";
import { before, test } from "node:test";
import { bucketService } from "../../../scripts/sandbox/bucket.ts";
import { eventually, pause } from "../running-stack.ts";
import { apply, stack } from "../sandbox/sandbox.ts";
import {
  backfill,
  blocksAgo,
  externalLabels,
  fromFrontend,
  fromPrometheus,
  parts,
  type Range,
  uploaded,
  values,
} from "./long-term.ts";

/** Older than the retention of the last test. */
const old = blocksAgo(50, 2);
const recent = blocksAgo(8, 1);

before(() => apply(values));

/** All samples of a metric that was backfilled, once the sidecar serves them. */
async function served(metric: string, range: Range) {
  const local = await eventually(`${metric} in Prometheus`, 120, async () => {
    const series = await fromPrometheus(metric, range);
    return series.length > 0 && series;
  });
  // The sidecar reports the time of its oldest sample to Query every half minute.
  await eventually(`${metric} over the frontend`, 90, async () => (await fromFrontend(metric, range)).length > 0);
  return local;
}

test("the sidecar uploads blocks with the external labels", async () => {
  await backfill("old_samples", old);
  const blocks = await eventually("2 blocks in the bucket", 120, async () => {
    const found = await uploaded(old);
    return found.length === 2 && found;
  });
  for (const { thanos, stats } of blocks) {
    assert.deepEqual(thanos.labels, externalLabels);
    assert.equal(thanos.source, "sidecar");
    assert.equal(stats.numSamples, 360);
  }
});

test("the frontend returns the same samples as Prometheus, of blocks and of the last minutes", async () => {
  const local = await served("old_samples", old);
  assert.equal(local.length, 3);
  assert.equal(local[0]?.values.length, 240);
  assert.deepEqual(await fromFrontend("old_samples", old), local);
  await pause(60);
  const end = Math.floor(Date.now() / 1000 / 15) * 15 - 15;
  const live = { start: end - 45, end, step: 15 };
  for (const query of ["up", "sum by (job) (rate(prometheus_http_requests_total[1m]))", "ALERTS"]) {
    const expected = await fromPrometheus(query, live);
    assert.ok(expected.length > 0, query);
    assert.deepEqual(await fromFrontend(query, live), expected, query);
  }
});

test("an outage of the object storage loses no block, and recent samples can be read meanwhile", async () => {
  const failures = async () =>
    (
      await stack.prometheus("sum(thanos_shipper_upload_failures_total) + sum(thanos_shipper_dir_sync_failures_total)")
    )[0]?.value ?? 0;
  const before = await failures();
  await stack.stop(bucketService);
  try {
    await backfill("recent_samples", recent);
    await eventually("a failed upload", 180, async () => (await failures()) > before);
    const local = await served("recent_samples", recent);
    assert.deepEqual(await fromFrontend("recent_samples", recent), local);
  } finally {
    await stack.start(bucketService);
  }
  const [block] = await eventually("the block in the bucket", 180, async () => {
    const found = await uploaded(recent);
    return found.length === 1 && found;
  });
  assert.equal(block?.stats.numSamples, 360);
});

for (const part of parts) {
  test(`${part} restarts after it is killed, and the others keep running`, async () => {
    const identities = await stack.identities();
    const restarts = Number(await stack.inspect(part, "{{.RestartCount}}"));
    await stack.signal(part, "SIGKILL");
    await eventually(
      `${part} restarted`,
      30,
      async () => Number(await stack.inspect(part, "{{.RestartCount}}")) === restarts + 1,
    );
    await eventually(`${part} healthy again`, 120, () => stack.isHealthy(part));
    const after = await stack.identities();
    identities.delete(part);
    after.delete(part);
    assert.deepEqual(after, identities);
  });
}

test("samples that Prometheus has deleted come from the bucket", async () => {
  const expected = await fromPrometheus("old_samples", old);
  assert.equal(expected.length, 3);
  await apply({ ...values, metrics: { ...values.metrics, retentionTime: "1d" } });
  await eventually("Prometheus without the old samples", 180, async () => {
    const series = await fromPrometheus("old_samples", old);
    return series.length === 0;
  });
  assert.deepEqual(await fromFrontend("old_samples", old), expected);
});
