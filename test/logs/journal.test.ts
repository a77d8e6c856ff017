import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { alloy } from "../../config/products/alloy/product.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { findProgram } from "../../scripts/lib/run-command.ts";
import { countedFromLogs } from "./counted.ts";
import { traceId } from "./feed.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { CollectorUnderTest, logSettings, startLoki } from "./stack.ts";

/*
 * A journal that systemd-journal-remote writes, read by the real Alloy. The Promtail that is built without cgo cannot read
 * one.
 */

const writer = findProgram("systemd-journal-remote", "/usr/lib/systemd");

function needsJournal(): { readonly skip: string | false } {
  const collector = needsCollectors("alloy");
  if (collector.skip || writer) return collector;
  return { skip: "systemd-journal-remote not found: install the package systemd-journal-remote" };
}

interface Message {
  readonly unit?: string;
  readonly identifier?: string;
  readonly priority: number;
  readonly text: string;
  readonly service: string;
  readonly level: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const json = JSON.stringify({ level: "error", msg: "slow", trace_id: traceId });

const messages: readonly Message[] = [
  { unit: "nginx.service", identifier: "nginx", priority: 3, text: "down", service: "nginx", level: "error" },
  // Instances and transient units.
  { unit: "user@1000.service", identifier: "dbus", priority: 6, text: "up", service: "user", level: "info" },
  {
    unit: "run-u12.service",
    identifier: "backup",
    priority: 4,
    text: "late trace_id=abc123",
    service: "backup",
    level: "warn",
    metadata: { trace_id: "abc123" },
  },
  { unit: "session-3.scope", identifier: "sudo", priority: 5, text: "root", service: "sudo", level: "info" },
  { identifier: "kernel", priority: 2, text: "Out of memory", service: "kernel", level: "critical" },
  { priority: 7, text: "nameless", service: "journal", level: "debug" },
  {
    unit: "api.service",
    identifier: "node",
    priority: 6,
    text: json,
    service: "api",
    level: "info",
    metadata: { trace_id: traceId },
  },
];

const begin = Math.floor(Date.now() / 1000) * 1000 - 600_000;
const time = (index: number) => new Date(begin + index * 1_000);

/** https://systemd.io/JOURNAL_EXPORT_FORMATS/ */
function exported(): string {
  const boot = "0123456789abcdef0123456789abcdef";
  return messages
    .map(({ unit, identifier, priority, text }, index) => {
      const fields = [
        `__REALTIME_TIMESTAMP=${time(index).getTime() * 1000}`,
        `__MONOTONIC_TIMESTAMP=${1000 + index}`,
        `_BOOT_ID=${boot}`,
        "_HOSTNAME=studio-1",
        `PRIORITY=${priority}`,
        ...(identifier ? [`SYSLOG_IDENTIFIER=${identifier}`] : []),
        ...(unit ? [`_SYSTEMD_UNIT=${unit}`] : []),
        `MESSAGE=${text}`,
      ];
      return `${fields.join("\n")}\n\n`;
    })
    .join("");
}

describe("alloy", needsJournal(), () => {
  const directory = mkdtempSync(join(tmpdir(), "journal-"));
  const started: (() => unknown)[] = [];
  let loki: Program;
  let running: CollectorUnderTest;
  const selector = '{job="journal"}';

  before(async () => {
    const journal = join(directory, "journal");
    mkdirSync(journal);
    execFileSync(writer ?? "", ["-o", join(journal, "system.journal"), "-"], { input: exported(), stdio: "pipe" });
    loki = await startLoki(directory, await freePort());
    started.push(() => loki.stop());
    const off = { enabled: false };
    const settings = logSettings("alloy", directory, { syslog: off, containers: off, journal: { enabled: true } });
    running = new CollectorUnderTest("alloy", directory, settings, {
      port: await freePort(),
      pushUrl: `${loki.url}/loki/api/v1/push`,
      journalPath: journal,
    });
    await running.start();
    started.push(() => running.stop());
  });

  after(async () => {
    for (const stop of started.reverse()) await stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("every message is stored once, with its time, host, service, level and ids", async () => {
    let entries: StoredEntry[] = [];
    await until("all messages are stored", async () => {
      entries = await storedEntries(loki.url, selector);
      return entries.length >= messages.length;
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(entries)}\n${running.output().slice(-3000)}`);
    });
    assert.deepEqual(
      entries,
      messages.map(({ service, level, metadata = {}, text }, index) => ({
        time: time(index).toISOString().replace("Z", "000000Z"),
        labels: { job: "journal", host: "studio-1", service, level, cluster: "studio", env: "alloy" },
        metadata,
        text,
      })),
    );
  });

  test("messages are counted, also by the metric that LogSourceSilent reads", async () => {
    const series = messages.map(
      ({ level, service }) => [`whiteroom_log_lines_total{level="${level}",service="${service}"}`, 1] as const,
    );
    assert.deepEqual(await countedFromLogs(running.url), Object.fromEntries(series.sort()));
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    assert.match(metrics, new RegExp(`^${alloy.metrics.journal}\\{.*\\} ${messages.length}$`, "m"));
  });

  test("a restart reads nothing again", async () => {
    await running.stop();
    await running.start();
    await until("the journal is open", async () => /journal/.test(running.output()), 10);
    assert.equal((await storedEntries(loki.url, selector)).length, messages.length);
    assert.deepEqual(await countedFromLogs(running.url), {});
  });
});
