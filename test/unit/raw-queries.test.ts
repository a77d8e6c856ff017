import assert from "node:assert/strict";
import { test } from "node:test";
import { onRawSeries } from "../../bench/raw-queries.ts";
import { stack } from "../rules/stacks.ts";

const dev = stack("dev");

test("a recorded series is replaced by its rule with the panel's selectors", () => {
  assert.equal(
    onRawSeries(dev, 'sum by (code) (instance_code:whiteroom_http_requests:rate5m{service=~"a"})'),
    'sum by (code) ((sum by (job, instance, service, cluster, env, code) (rate(whiteroom_http_requests_total{service=~"a"}[5m]) >= 0 < Inf)))',
  );
});

test("nested recorded series are expanded completely, and an offset moves inside", () => {
  const raw = onRawSeries(dev, 'cluster:whiteroom_songs_created:rate1h{cluster=~"x"} offset 1w');
  assert.equal(
    raw,
    '(sum by (cluster, env) (rate(whiteroom_songs_created_total{cluster=~"x"}[1h] offset 1w) >= 0 < Inf))',
  );
  assert.doesNotMatch(
    onRawSeries(dev, "instance:whiteroom_http_request_failures_per_requests:ratio_rate5m"),
    /instance:/,
  );
});

test("long ranges are shown as a single rate", () => {
  const raw = onRawSeries(dev, 'instance:whiteroom_http_request_failures_per_requests:ratio_rate3d{service=~"a"}');
  assert.match(raw, /rate\(whiteroom_http_requests_total\{code=~"5\.\.", service=~"a"\}\[3d\]\)/);
  assert.doesNotMatch(raw, /_over_time/);
});

test("a query on raw series is unchanged", () => {
  assert.equal(onRawSeries(dev, 'sum(up{job="a"})'), 'sum(up{job="a"})');
});
