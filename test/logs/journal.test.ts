import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { alloy } from "../../config/products/alloy/product.ts";
import { promtail } from "../../config/products/promtail/product.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { countedFromLogs } from "./counted.ts";
import { traceId } from "./feed.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { journalWriter, needsJournal } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { type Collector, CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/* Journals that systemd-journal-remote writes, read by the real collectors into the real Loki. */

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
function exported(first: number, end: number): string {
  return messages
    .slice(first, end)
    .map(({ unit, identifier, priority, text }, index) => {
      const fields = [
        `__REALTIME_TIMESTAMP=${time(first + index).getTime() * 1000}`,
        `__MONOTONIC_TIMESTAMP=${1000 + first + index}`,
        "_BOOT_ID=0123456789abcdef0123456789abcdef",
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

/** Appends messages to a journal file, which is created if it is missing. */
function write(journal: string, first = 0, end = messages.length): void {
  mkdirSync(dirname(journal), { recursive: true });
  execFileSync(journalWriter ?? "", ["-o", journal, "-"], { input: exported(first, end), stdio: "pipe" });
}

const stored = (collector: Collector, end = messages.length) =>
  messages.slice(0, end).map(({ service, level, metadata = {}, text }, index) => ({
    time: time(index).toISOString().replace("Z", "000000Z"),
    labels: { job: "journal", host: "studio-1", service, level, cluster: "studio", env: collector },
    metadata,
    text,
  }));

/** Loki, and a collector whose only source is the journal. */
class Reading {
  readonly directory = mkdtempSync(join(tmpdir(), "journal-"));
  readonly collector: Collector;
  #loki: Program | undefined;
  #running: CollectorUnderTest | undefined;

  constructor(collector: Collector) {
    this.collector = collector;
  }

  /** Without a path, it reads the usual directories, as `within` sees them. */
  async start(journalPath: string | undefined, within: readonly string[] = []): Promise<CollectorUnderTest> {
    this.#loki = await startLoki(this.directory, await freePort());
    const off = { enabled: false };
    const sources = { syslog: off, containers: off, journal: { enabled: true } };
    const settings = logSettings(this.collector, this.directory, sources, {}, { demo: off, alerting: off });
    const places = {
      port: await freePort(),
      pushUrl: `${this.#loki.url}/loki/api/v1/push`,
      ...(journalPath !== undefined && { journalPath }),
    };
    this.#running = new CollectorUnderTest(this.collector, this.directory, settings, places, within);
    await this.#running.start();
    return this.#running;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    await this.#loki?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  entries(): Promise<StoredEntry[]> {
    return storedEntries(this.#loki?.url ?? "", '{job="journal"}');
  }

  async has(count: number): Promise<StoredEntry[]> {
    let entries: StoredEntry[] = [];
    await until(`${count} messages are stored`, async () => {
      entries = await this.entries();
      return entries.length >= count;
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(entries)}\n${this.#running?.output().slice(-3000)}`);
    });
    return entries;
  }
}

const lines = { alloy: alloy.metrics.journal, promtail: promtail.metrics.journal };

for (const collector of collectors) {
  describe(`${collector} reads a journal`, needsJournal(collector), () => {
    const reading = new Reading(collector);
    const journal = join(reading.directory, "journal");
    const file = join(journal, "system.journal");
    let running: CollectorUnderTest;

    before(async () => {
      write(file, 0, 4);
      running = await reading.start(journal);
    });
    after(() => reading.stop());

    test("every message is stored once, with its time, host, service, level and ids", async () => {
      assert.deepEqual(await reading.has(4), stored(collector, 4));
    });

    test("messages that follow are read, also after the journal is rotated", async () => {
      write(file, 4, 5);
      await reading.has(5);
      renameSync(file, join(journal, "system@0123456789abcdef-0000000000000005.journal"));
      write(file, 5);
      assert.deepEqual(await reading.has(messages.length), stored(collector));
    });

    test("messages are counted, also by the metric that LogSourceSilent reads", async () => {
      const series = messages.map(
        ({ level, service }) => [`whiteroom_log_lines_total{level="${level}",service="${service}"}`, 1] as const,
      );
      assert.deepEqual(await countedFromLogs(running.url), Object.fromEntries(series.sort()));
      const metrics = await (await fetch(`${running.url}/metrics`)).text();
      assert.match(metrics, new RegExp(`^${lines[collector]}(?:\\{.*\\})? ${messages.length}$`, "m"));
    });

    test("a restart stores nothing again", async () => {
      await running.stop();
      await running.start();
      await until("the journal is open", async () => /journal/.test(running.output()), 10);
      // Promtail reads the last message again. Loki stores it once, because its time is the same.
      const again = collector === "promtail" ? { 'whiteroom_log_lines_total{level="info",service="api"}': 1 } : {};
      await until("the last message is counted", async () => {
        const counted = Object.keys(await countedFromLogs(running.url)).length;
        return counted >= Object.keys(again).length;
      });
      assert.deepEqual(await countedFromLogs(running.url), again);
      assert.deepEqual(await reading.entries(), stored(collector));
    });
  });

  // A mount namespace needs root.
  const options = process.getuid?.() === 0 ? needsJournal(collector) : { skip: "requires root" };

  test(
    `${collector} reads the volatile and the persistent journal of its machine, and no other's`,
    options,
    async () => {
      const reading = new Reading(collector);
      try {
        const machine = "fedcba9876543210fedcba9876543210";
        const [varLog, run] = [join(reading.directory, "var-log"), join(reading.directory, "run")];
        writeFileSync(join(reading.directory, "machine-id"), `${machine}\n`);
        write(join(varLog, "journal", machine, "system.journal"), 0, 3);
        write(join(run, "log", "journal", machine, "system.journal"), 3, 6);
        write(join(varLog, "journal", "0".repeat(31).concat("1"), "system.journal"), 6);
        const mounts = [
          `${varLog} /var/log`,
          `${run} /run`,
          `${join(reading.directory, "machine-id")} /etc/machine-id`,
        ];
        const script = [...mounts.map((paths) => `mount --bind ${paths}`), 'exec "$0" "$@"'].join(" && ");
        await reading.start(undefined, ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]);
        await reading.has(6);
        // Leave time for entries that must not arrive.
        await pause(3_000);
        assert.deepEqual(await reading.entries(), stored(collector, 6));
      } finally {
        await reading.stop();
      }
    },
  );
}
