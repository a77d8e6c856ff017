import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { collectors as products } from "../../config/products/collector/index.ts";
import type { PushedEntry } from "../../scripts/try-logs/receiver.ts";
import { tryLogs } from "../../scripts/try-logs/run.ts";
import { binary, needs } from "../binaries.ts";
import { needsAlloy } from "./needs.ts";
import { type Collector, collectors, logSettings } from "./stack.ts";

/* The pipeline for users' log files in the real collector. `npm run try-logs` works the same way. */

/** An entry as stored. Without `time`, it has the time of reading. */
interface Stored {
  readonly time?: string;
  readonly level: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Case {
  readonly files: Record<string, unknown>;
  readonly sample: string;
  readonly stored: readonly Stored[];
}

const now = new Date();
const tenMinutesAgo = new Date(Math.floor(now.getTime() / 1_000) * 1_000 - 600_000);
/** A time that this year has not reached yet. */
const lastYear = new Date(Date.UTC(now.getUTCFullYear() - 1, now.getUTCMonth() + 2, 1, 7, 8, 9));

/** As syslog writes it. */
function withoutYear(time: Date): string {
  const month = time.toLocaleString("en", { month: "short", timeZone: "UTC" });
  return `${month} ${String(time.getUTCDate()).padStart(2)} ${time.toISOString().slice(11, 19)}`;
}

const cases: Readonly<Record<string, Case>> = {
  "json-usual-names": {
    files: { format: "json" },
    sample: [
      '{"time":"2025-11-28T10:00:00.123Z","level":"warning","msg":"slow","trace_id":"abc123"}',
      '{"ts":1764324001.5,"severity":"ERROR","message":"failed"}',
      "  at pay (billing.ts:7)",
      "not JSON, but joined to the line above",
      '{"message":"no time"}',
    ].join("\n"),
    stored: [
      {
        time: "2025-11-28T10:00:00.123Z",
        level: "warn",
        metadata: { trace_id: "abc123" },
        text: '{"time":"2025-11-28T10:00:00.123Z","level":"warning","msg":"slow","trace_id":"abc123"}',
      },
      {
        time: "2025-11-28T10:00:01.500Z",
        level: "error",
        text: '{"ts":1764324001.5,"severity":"ERROR","message":"failed"}\n  at pay (billing.ts:7)\nnot JSON, but joined to the line above',
      },
      { level: "info", text: '{"message":"no time"}' },
    ],
  },
  "json-own-names": {
    files: {
      format: "json",
      time: { field: "event.when", format: "02.01.2006 15:04:05", timezone: "Europe/Berlin" },
      level: "log.severity",
      message: "event.text",
      traceId: "@trace",
    },
    sample: [
      '{"event":{"when":"26.10.2025 01:30:00","text":"summer time"},"log.severity":"err","@trace":"t-1"}',
      '{"event":{"when":"26.10.2025 03:30:00","text":"standard time"},"log":{"severity":"debug"}}',
      "Traceback (most recent call last):",
      '  File "pay.py", line 3, in pay',
      "ValueError: x",
      '{"event":{"when":"30.03.2025 02:30:00","text":"an hour that did not exist"}}',
      '{"event":{"when":"yesterday"},"level":"error"}',
    ].join("\n"),
    stored: [
      { time: "2025-10-25T23:30:00.000Z", level: "error", metadata: { trace_id: "t-1" }, text: "summer time" },
      { time: "2025-10-26T02:30:00.000Z", level: "debug", text: "standard time" },
      {
        level: "error",
        text: 'Traceback (most recent call last):\n  File "pay.py", line 3, in pay\nValueError: x',
      },
      { level: "info", text: "an hour that did not exist" },
      { level: "info", text: '{"event":{"when":"yesterday"},"level":"error"}' },
    ],
  },
  logfmt: {
    files: { format: "logfmt", traceId: "request", message: "msg" },
    sample: [
      'ts=2025-11-28T10:00:00Z level=warn msg="cache is full" request=r-1',
      'time=2025-11-28T10:00:01Z lvl=error msg="no \\"route\\""',
      "    at route (net.ts:3)",
      "no pairs at all",
    ].join("\n"),
    stored: [
      { time: "2025-11-28T10:00:00.000Z", level: "warn", metadata: { trace_id: "r-1" }, text: "cache is full" },
      { time: "2025-11-28T10:00:01.000Z", level: "error", text: 'no "route"\n    at route (net.ts:3)' },
      { level: "info", text: "no pairs at all" },
    ],
  },
  regex: {
    files: {
      format: "regex",
      pattern: String.raw`^\[(?P<at>[^\]]+)\] (?P<lvl>\w+) \((?P<id>[^)]*)\) (?P<rest>.*)$`,
      time: { field: "at", format: "2006-01-02 15:04:05 MST", timezone: "America/New_York" },
      level: "lvl",
      traceId: "id",
      message: "rest",
      firstLine: String.raw`^\[`,
    },
    sample: [
      "[2025-07-01 10:00:00 EDT] SEVERE (t-9) card declined",
      "reason: limit",
      "",
      "[2025-07-01 14:00:01 UTC] notice () paid",
      "[2025-07-01 10:00:02 EST] Info () another zone",
      "[no match",
    ].join("\n"),
    stored: [
      {
        time: "2025-07-01T14:00:00.000Z",
        level: "error",
        metadata: { trace_id: "t-9" },
        text: "card declined\nreason: limit",
      },
      { time: "2025-07-01T14:00:01.000Z", level: "info", text: "paid" },
      { level: "info", text: "another zone" },
      { level: "info", text: "[no match" },
    ],
  },
  "regex-without-year": {
    files: {
      format: "regex",
      pattern: String.raw`^(?P<time>\w{3} [ \d]\d [\d:]{8}) (?P<level>\w+)`,
      time: { field: "time", format: "Jan _2 15:04:05" },
    },
    sample: [`${withoutYear(tenMinutesAgo)} ERROR recent`, `${withoutYear(lastYear)} WARN last year`].join("\n"),
    stored: [
      { time: tenMinutesAgo.toISOString(), level: "error", text: `${withoutYear(tenMinutesAgo)} ERROR recent` },
      { time: lastYear.toISOString(), level: "warn", text: `${withoutYear(lastYear)} WARN last year` },
    ],
  },
  plain: {
    files: { format: "plain", service: "shop-api" },
    sample: [
      "2025-11-28 10:00:00 ERROR payment failed trace_id=abc123",
      "  caused by: timeout",
      '{"level":"error"}',
      "\u001b[33mWARN\u001b[0m slow\r",
    ].join("\n"),
    stored: [
      {
        level: "error",
        metadata: { trace_id: "abc123" },
        text: "2025-11-28 10:00:00 ERROR payment failed trace_id=abc123\n  caused by: timeout",
      },
      { level: "info", text: '{"level":"error"}' },
      { level: "warn", text: "WARN slow" },
    ],
  },
};

function storedOf({ time, labels, metadata, text }: PushedEntry): Stored {
  const milliseconds = Number(time / 1_000_000n);
  return {
    ...(milliseconds < now.getTime() && { time: new Date(milliseconds).toISOString() }),
    level: labels["level"] ?? "",
    ...(Object.keys(metadata).length > 0 && { metadata }),
    text,
  };
}

async function read(collector: Collector, name: string, { files, sample }: Case): Promise<readonly PushedEntry[]> {
  const folder = mkdtempSync(join(tmpdir(), `own-files-${collector}-`));
  const sources = { files: { [name]: { paths: ["/srv/own/*.log"], ...files } } };
  const runnable = {
    collector: products[collector],
    receiverHost: "127.0.0.1",
    listenAddress: "127.0.0.1",
    command: (args: readonly string[]) => [binary(collector), ...args] as const,
  };
  try {
    return await tryLogs(logSettings(collector, "/var/log/none", sources), name, `${sample}\n`, runnable, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const collector of collectors) {
  test(
    `${collector} stores time, level, metadata and text of every format`,
    collector === "alloy" ? needsAlloy() : needs(collector),
    async () => {
      const results = await Promise.all(
        Object.entries(cases).map(async ([name, each]) => [name, await read(collector, name, each)] as const),
      );
      assert.deepEqual(
        Object.fromEntries(results.map(([name, entries]) => [name, entries.map(storedOf)])),
        Object.fromEntries(Object.entries(cases).map(([name, { stored }]) => [name, stored])),
      );
      for (const [name, entries] of results) {
        for (const { labels } of entries) {
          const service = name === "plain" ? "shop-api" : name;
          const { level, ...others } = labels;
          assert.deepEqual(others, { cluster: "studio", env: collector, job: "files", service });
        }
      }
    },
  );
}
