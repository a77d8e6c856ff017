import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/lib/free-port.ts";
import { countedFromLogs } from "./counted.ts";
import { serveDocker } from "./docker-api.ts";
import { type Feed, feed } from "./feed.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { type Collector, CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/*
 * Lines of every source but the journal, sent through the real collector and read back from the real Loki. journal.test.ts
 * covers the journal.
 */

interface Seen {
  readonly entries: readonly StoredEntry[];
  readonly counted: Readonly<Record<string, number>>;
}

const seen: Partial<Record<Collector, Seen>> = {};

for (const collector of collectors) {
  describe(collector, needsCollectors(collector), () => {
    const directory = mkdtempSync(join(tmpdir(), `logs-${collector}-`));
    const lines = feed(new Date(Math.floor(Date.now() / 1000) * 1000 - 600_000));
    const started: (() => unknown)[] = [];
    let result: Seen;
    let running: CollectorUnderTest;
    let loki: Program;

    before(async () => {
      const socket = join(directory, "docker.sock");
      started.push(serveDocker(socket, lines.containers));
      loki = await startLoki(directory, await freePort());
      started.push(() => loki.stop());
      const syslogPort = await freePort();
      const settings = logSettings(collector, directory, { syslog: { port: syslogPort, hosts: ["studio-1"] } });
      const places = {
        port: await freePort(),
        pushUrl: `${loki.url}/loki/api/v1/push`,
        syslogHost: "127.0.0.1",
        dockerSocket: socket,
      };
      running = new CollectorUnderTest(collector, directory, settings, places);
      started.push(() => running.stop());
      for (const [path, content] of Object.entries(lines.files)) write(join(directory, path), content);
      await running.start();
      await sendSyslog(syslogPort, lines.syslog);
      result = await collect(running, loki, lines);
      seen[collector] = result;
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    test("every line is stored once, with its time, labels, structured metadata and text", () => {
      const said = new Set(lines.expected.filter(({ time }) => time).map(({ text }) => text));
      const entries = result.entries.map(({ time, ...entry }) => (said.has(entry.text) ? { time, ...entry } : entry));
      assert.deepEqual(byText(entries), byText(expectedEntries(lines, collector)));
    });

    test("a line without a timestamp gets the time at which it was read", () => {
      const untimed = new Set(lines.expected.filter(({ time }) => time === undefined).map(({ text }) => text));
      const times = result.entries
        .filter(({ text }) => untimed.has(text))
        .map(({ time }) => Date.now() - Date.parse(time));
      assert.equal(times.length, untimed.size);
      for (const age of times) assert.ok(age >= 0 && age < 120_000, `${age} ms ago`);
    });

    test("lines are counted by service and level, requests by code and duration", () => {
      assert.deepEqual(result.counted, { ...lines.counted, ...countedLines(lines) });
    });

    test("the collector exports every series of its recording", async () => {
      const exported = seriesNames(await (await fetch(`${running.url}/metrics`)).text());
      const missing = [...recorded(collector)].filter((name) => !exported.has(name));
      assert.deepEqual(missing, []);
    });

    test("a restart stores no line twice, although Docker's last second is read again", async () => {
      await running.stop();
      await running.start();
      await until("Docker's lines are counted again", async () =>
        Object.keys(await countedFromLogs(running.url)).some((series) => series.includes('service="redis"')),
      );
      await sleep(3_000);
      assert.deepEqual(await storedEntries(loki.url, `{env="${collector}"}`), result.entries);
    });
  });
}

test("both collectors store and count the same", needsCollectors("promtail", "alloy"), () => {
  const { promtail, alloy } = seen;
  assert.ok(promtail && alloy);
  const comparable = ({ entries }: Seen) =>
    byText(entries.map(({ time: _, labels: { env: __, ...labels }, ...entry }) => ({ ...entry, labels })));
  assert.deepEqual(comparable(alloy), comparable(promtail));
  assert.deepEqual(alloy.counted, promtail.counted);
});

/** Metrics of a collector in the recordings, with the names of their labels. */
function recorded(collector: Collector): Set<string> {
  const path = collector === "alloy" ? "elsewhere/alloy.prom" : "collector.prom";
  const all = seriesNames(readFileSync(new URL(`../recordings/${path}`, import.meta.url), "utf8"));
  return new Set([...all].filter((name) => !elsewhere.test(name)));
}

/** Go runtime metrics, and metrics of sources that this test does not have. */
const elsewhere = /^(?!promtail_|loki_|alloy_)|_journal_/;

function seriesNames(text: string): Set<string> {
  const names = [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /gm)].map(([, name, labels = ""]) => {
    // Prometheus drops labels without a value.
    const keys = [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)+"/g)].map(([, key]) => key).sort();
    return `${name}{${keys.join(",")}}`;
  });
  return new Set(names);
}

async function collect(running: CollectorUnderTest, loki: Program, lines: Feed): Promise<Seen> {
  const selector = `{env="${running.collector}"}`;
  let entries: StoredEntry[] = [];
  try {
    await until(`${lines.expected.length} entries are stored`, async () => {
      entries = await storedEntries(loki.url, selector);
      return entries.length >= lines.expected.length;
    });
  } catch (error) {
    const missing = lines.expected.filter(({ text }) => !entries.some((entry) => entry.text === text));
    throw new Error(
      `${(error as Error).message}\n${JSON.stringify(missing, null, 1)}\n${running.output().slice(-3000)}`,
    );
  }
  return { entries, counted: await countedFromLogs(running.url) };
}

function expectedEntries({ expected }: Feed, env: string) {
  return expected.map(({ labels, ...entry }) => ({ ...entry, labels: { ...labels, cluster: "studio", env } }));
}

function countedLines({ expected }: Feed): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { labels } of expected) {
    const series = `whiteroom_log_lines_total{level="${labels.level}",service="${labels.service}"}`;
    counts[series] = (counts[series] ?? 0) + 1;
  }
  return counts;
}

function byText<T extends { readonly text: string }>(entries: readonly T[]): T[] {
  return entries.toSorted((one, other) => (one.text < other.text ? -1 : Number(one.text > other.text)));
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Uses both framings of RFC 6587: octet counting for the first message, a trailing line feed for the others. */
async function sendSyslog(port: number, messages: readonly string[]): Promise<void> {
  const [first = "", ...others] = messages;
  for (const text of [`${Buffer.byteLength(first)} ${first}`, others.map((message) => `${message}\n`).join("")]) {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.end(text);
    await once(socket, "close");
  }
}
