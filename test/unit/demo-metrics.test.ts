import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type MetricDefinition, metricCatalogue, seriesOf } from "../../config/white-room/metrics.ts";

const catalogue: readonly MetricDefinition[] = metricCatalogue;

// Alert thresholds from the contract of metric names.
const thresholds: Readonly<Record<string, readonly number[]>> = {
  whiteroom_http_request_duration_seconds: [1, 2.5],
  whiteroom_audio_render_duration_seconds: [0.025, 0.05],
  whiteroom_ffi_call_duration_seconds: [0.1, 0.25],
};

test("every histogram has a bucket at each alert threshold and one above", () => {
  for (const [name, wanted] of Object.entries(thresholds)) {
    const buckets = catalogue.find((metric) => metric.name === name)?.buckets ?? [];
    for (const threshold of wanted) assert.ok(buckets.includes(threshold), `${name} has no bucket at ${threshold}`);
    assert.ok(Math.max(...buckets) > Math.max(...wanted), `${name} has no bucket above its thresholds`);
    assert.deepEqual(
      [...buckets],
      [...buckets].sort((a, b) => a - b),
    );
  }
});

test("label values stay within their bounds and exist once", () => {
  for (const { name, labels } of catalogue) {
    for (const [label, { values, bound }] of Object.entries(labels)) {
      assert.ok(values.length > 0 && values.length <= bound, `${name}{${label}} has ${values.length} of ${bound}`);
      assert.equal(new Set(values).size, values.length, `${name}{${label}} has a value twice`);
    }
  }
});

test("every series uses exactly its metric's labels, with values that they allow", () => {
  for (const metric of catalogue) {
    for (const service of metric.services) {
      const series = seriesOf(metric, service);
      assert.ok(series.length > 0 && series.length <= 100, `${metric.name} has ${series.length} series on ${service}`);
      for (const labels of series) {
        assert.deepEqual(Object.keys(labels).sort(), Object.keys(metric.labels).sort());
        for (const [label, value] of Object.entries(labels)) {
          assert.ok(metric.labels[label]?.values.includes(value), `${metric.name}{${label}="${value}"}`);
        }
      }
    }
  }
});

test("the guide's log examples are what the simulator writes", async () => {
  const readme = readFileSync(new URL("../../demo/README.md", import.meta.url), "utf8");
  const { audioEngineLine, juceBackendLine, swiftFrontendLine } = await import("../../demo/simulator/log-lines.ts");
  const { renderSyslog } = await import("../../demo/simulator/syslog.ts");
  const time = new Date("2026-11-23T10:00:00.123Z");
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const request = { span_id: "00f067aa0ba902b7", user_id: "u-42" };
  const lines = [
    juceBackendLine(
      {
        level: "warn",
        message: "song title already taken",
        traceId,
        fields: { ...request, method: "POST", route: "/api/songs", status: 409, duration_ms: 12.4 },
      },
      time,
    ),
    swiftFrontendLine(
      {
        level: "notice",
        message: "accepted 12 events",
        traceId,
        fields: { span_id: "00f067aa0ba902b7", method: "POST", route: "/v1/events", status: 202, duration_ms: 4.1 },
      },
      time,
    ),
    audioEngineLine({ level: "warn", message: "xrun", fields: { direction: "output", count: 1 } }, time),
    renderSyslog({ severity: "info", messageId: "CLOCK", text: "word clock locked at 48000 Hz", traceId }, time, 1),
  ];
  for (const line of lines) assert.ok(readme.includes(line), `demo/README.md lacks\n${line}`);
});
