import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { compress } from "snappyjs";

/** Long before now: older than the retention of logs, and than the head of Prometheus. */
export const end = Date.parse("2025-06-01T12:00:00Z");

/** Values are bits, because a number cannot hold the NaN that marks a series as stale. */
const writeRequest = protobuf
  .parse(
    `syntax = "proto3";
    message WriteRequest { repeated Series timeseries = 1; }
    message Series { repeated Label labels = 1; repeated Sample samples = 2; }
    message Label { string name = 1; string value = 2; }
    message Sample { fixed64 value = 1; int64 timestamp = 2; }`,
    { keepCase: true },
  )
  .root.lookupType("WriteRequest");

/** https://github.com/prometheus/prometheus/blob/main/model/value/value.go */
const stale = { low: 2, high: 0x7ff00000, unsigned: true };

function bits(value: number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return { low: view.getUint32(4), high: view.getUint32(0), unsigned: true };
}

/** A series with a sample every 15 s in the last 30 minutes. `value` returns undefined for a staleness marker. */
function series(labels: Record<string, string>, value: (index: number) => number | undefined) {
  const samples = Array.from({ length: 120 }, (_, index) => {
    const number = value(index);
    return { value: number === undefined ? stale : bits(number), timestamp: end - (120 - index) * 15_000 };
  });
  return {
    labels: Object.entries({ ...labels, cluster: "studio" })
      .map(([name, text]) => ({ name, value: text }))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
    samples: samples.slice(0, value(119) === undefined ? 61 : 120),
  };
}

/** Number of lines in the last minute: more than Loki returns per query. */
export const lineCount = 6000;

/** Writes a recording of three series, one of which ends 15 minutes before the others, and of log lines. */
export function writeRecording(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const timeseries = [
    series({ __name__: "up", job: "api" }, () => 1),
    series({ __name__: "up", job: "worker" }, (index) => (index < 60 ? 1 : undefined)),
    series({ __name__: "requests_total", job: "api" }, (index) => index * 30),
  ];
  writeFileSync(join(folder, "1.samples.snappy"), compress(writeRequest.encode({ timeseries }).finish()));
  const values = Array.from({ length: lineCount }, (_, index) => [
    `${end - 60_000 + index * 10}000000`,
    `request ${index} done`,
    { trace_id: `${index}` },
  ]);
  const streams = [{ stream: { cluster: "studio", service: "api" }, values }];
  writeFileSync(join(folder, "1.lines.json.gz"), gzipSync(JSON.stringify({ streams })));
  writeFileSync(join(folder, "recording.json"), JSON.stringify({ end, scrapeInterval: "15s" }));
}
