import assert from "node:assert/strict";
import { before, test } from "node:test";
import { dashboards } from "../../../dashboards/index.ts";
import { queriesOf } from "../../../dashboards/queries.ts";
import { bucketDirectory, bucketService } from "../../../scripts/sandbox/bucket.ts";
import { answerOf } from "../../../scripts/verify/panel-answers.ts";
import { alertsOf } from "../alerting/alertmanager.ts";
import { dockerCommands, failedCommands } from "../runbook-commands.ts";
import { eventually } from "../running-stack.ts";
import { apply, settingsOf, stack } from "../sandbox/sandbox.ts";
import { backfill, blocksAgo, externalLabels, uploaded, values } from "./long-term.ts";

const settings = settingsOf(values);
/** Placeholder of a block in the commands of the runbooks. */
const example = "01M8KK2A0S4TRCA4R2VW44S8KJ";
const range = blocksAgo(30, 1);
const healthyRange = blocksAgo(40, 1);

before(() => apply(values));

const halted = async () => (await stack.prometheus("max(thanos_compact_halted)"))[0]?.value;
const isFiring = async (name: string) => (await alertsOf(name)).length > 0;

test("every panel of the dashboard has data, except those that explain why not", async () => {
  await backfill("healthy_samples", healthyRange);
  await eventually("an upload", 120, async () => (await uploaded(healthyRange)).length > 0);
  const dashboard = dashboards(settings).find(({ name }) => name === "longTerm");
  assert.ok(dashboard);
  const queries = queriesOf(dashboard, {}).filter(
    ({ panel, mayBeEmpty }) => mayBeEmpty === undefined && !panel.startsWith("annotation "),
  );
  assert.ok(queries.length > 10);
  await eventually("data in each panel", 120, async () => {
    const empty: string[] = [];
    for (const query of queries) if ((await answerOf(settings, query)).length === 0) empty.push(query.panel);
    if (empty.length > 0) throw new Error(`empty: ${empty.join(", ")}`);
    return true;
  });
});

test("a compactor that finds overlapping blocks halts and raises its alert", async () => {
  // Like those of two compactors on one bucket.
  const directory = "/prometheus/overlapping";
  await backfill("overlapping_samples", range, directory);
  await backfill("overlapping_samples", range, directory);
  await stack.execute("thanos-sidecar", [
    "thanos",
    "tools",
    "bucket",
    "upload-blocks",
    "--objstore.config-file=/etc/thanos/objstore.yml",
    `--path=${directory}`,
    ...Object.entries(externalLabels).map(([name, value]) => `--label=${name}="${value}"`),
  ]);
  const overlapping = await uploaded(range);
  assert.equal(overlapping.length, 2);
  for (const { ulid } of overlapping) {
    const file = `${bucketDirectory}/${ulid}/meta.json`;
    // The compactor ignores blocks of other sources for half an hour.
    const edit = `sed 's/"bucket.upload"/"compactor"/' ${file} > /tmp/meta.json && cat /tmp/meta.json > ${file}`;
    await stack.execute(bucketService, ["sh", "-c", edit]);
  }
  await stack.signal("thanos-compactor", "SIGKILL");
  await eventually("the compactor halted", 180, async () => (await halted()) === 1);
  await eventually("ThanosCompactorHalted", 60, () => isFiring("ThanosCompactorHalted"));
  await eventually("the halted compactor healthy", 60, () => stack.isHealthy("thanos-compactor"));
});

test("every command for Docker in the runbooks succeeds, and those of ThanosCompactorHalted repair the bucket", async () => {
  const [first, second] = await uploaded(range);
  const [healthy] = await uploaded(healthyRange);
  assert.ok(first && second && healthy);
  const commands = dockerCommands("long-term").map(({ file, line }) => ({
    file,
    line: line.replace(example, line.includes("deletion-mark") ? first.ulid : healthy.ulid),
  }));
  assert.ok(commands.length >= 14, `${commands.length} commands`);
  assert.deepEqual(await failedCommands(commands), []);
  assert.deepEqual(
    (await uploaded(range)).map(({ ulid }) => ulid),
    [second.ulid],
  );
  await eventually("an iteration of the compactor", 180, async () => {
    const [iterations] = await stack.prometheus("thanos_compact_iterations_total > 0");
    return iterations !== undefined && (await halted()) === 0;
  });
  await eventually("ThanosCompactorHalted resolved", 180, async () => !(await isFiring("ThanosCompactorHalted")));
});
