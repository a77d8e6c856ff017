import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { linesGivenUp } from "../../config/alerts/monitoring.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { countedFromLogs } from "./counted.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/*
 * Sends 52 lines at once, three of which have a time that Loki refuses, through the real collector into the real Loki. The time
 * of a file's line is replaced; that of a syslog message cannot be, because stages do not see it.
 */

const now = Date.now();
const refused = new Map([
  [7, now + 3_600_000],
  [20, now - 10 * 86_400_000],
  [41, now + 86_400_000],
]);
const lines = Array.from({ length: 52 }, (_, number) => ({
  text: `line ${number}`,
  time: new Date(refused.get(number) ?? now - 60_000 + number * 100).toISOString(),
  refused: refused.has(number),
}));
const kept = lines.filter((line) => !line.refused);

for (const collector of collectors) {
  describe(collector, needsCollectors(collector), () => {
    const directory = mkdtempSync(join(tmpdir(), `refused-${collector}-`));
    const started: (() => unknown)[] = [];
    let loki: Program;
    let running: CollectorUnderTest;
    let syslogPort: number;

    before(async () => {
      loki = await startLoki(directory, await freePort());
      started.push(() => loki.stop());
      syslogPort = await freePort();
      const settings = logSettings(collector, directory, {
        syslog: { port: syslogPort },
        containers: { enabled: false },
      });
      const pushUrl = `${loki.url}/loki/api/v1/push`;
      running = new CollectorUnderTest(collector, directory, settings, {
        port: await freePort(),
        pushUrl,
        syslogHost: "127.0.0.1",
      });
      mkdirSync(join(directory, "juce-backend"));
      await running.start();
      started.push(() => running.stop());
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    async function stored(job: string, count: number): Promise<StoredEntry[]> {
      let entries: StoredEntry[] = [];
      await until(`${count} entries are stored`, async () => {
        entries = await storedEntries(loki.url, `{env="${collector}", job="${job}"}`);
        return entries.length >= count;
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${entries.length}\n${running.output().slice(-3000)}`);
      });
      return entries;
    }

    test("all lines of a file are stored, those with a refused time at the time of reading", async () => {
      const written = lines.map(({ time, text }) => JSON.stringify({ time, level: "info", message: text }));
      writeFileSync(join(directory, "juce-backend", "a.log"), written.map((line) => `${line}\n`).join(""));
      const entries = await stored("juce-backend", lines.length);
      assert.deepEqual(entries.map(({ text }) => text).sort(), written.toSorted());
      const counted = await countedFromLogs(running.url);
      assert.equal(counted['whiteroom_log_times_not_used_total{level="info",service="juce-backend"}'], refused.size);
      assert.equal(await sum(loki.url, "loki_discarded_samples_total"), 0);
      assert.equal(await sum(running.url, linesGivenUp[collector]), 0);
    });

    test("Loki stores the other messages of a batch, and counts those it refused", async () => {
      const socket = connect(syslogPort, "127.0.0.1");
      await once(socket, "connect");
      socket.end(lines.map(({ time, text }) => `<14>1 ${time} mixer app 1 - - ${text}\n`).join(""));
      await once(socket, "close");
      await until("the collector has given up its batches", async () => {
        return (await sum(loki.url, "loki_discarded_samples_total")) >= refused.size;
      });
      const entries = await stored("syslog", kept.length);
      assert.deepEqual(entries.map(({ text }) => text).sort(), kept.map(({ text }) => text).sort());
      assert.equal(await sum(loki.url, "loki_discarded_samples_total"), refused.size);
      // The collector counts whole batches, so the alert reads Loki's number.
      await until("the collector counts them", async () => {
        return (await sum(running.url, linesGivenUp[collector])) >= refused.size;
      });
    });
  });
}

async function sum(url: string, metric: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${metric}(?:\\{.*\\})? (\\S+)$`, "gm"))].reduce(
    (total, [, value]) => total + Number(value),
    0,
  );
}
