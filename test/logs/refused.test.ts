import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { linesGivenUp } from "../../config/alerts/monitoring.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { countedFromLogs } from "./counted.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { sendTcp, sendUdp } from "./send-syslog.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/* Sends 52 lines at once, three of which have a time that Loki refuses, through the real collector into the real Loki. */

const begin = Date.now();
const day = 86_400_000;
const refused = new Map([
  [7, begin + day / 24],
  [20, begin - 10 * day],
  [41, begin + day],
]);
const lines = Array.from({ length: 52 }, (_, number) => ({
  text: `line ${number}`,
  time: new Date(refused.get(number) ?? begin - 60_000 + number * 100).toISOString(),
  refused: refused.has(number),
}));
type Line = (typeof lines)[number];
const asJson = ({ time, text }: Line) => JSON.stringify({ time, level: "info", message: text });

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
      running = await startCollector("usual", { port: syslogPort, protocol: "both" });
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    /** Starts a collector that adds `env="<name>"` and reads files below a directory of this name. */
    async function startCollector(
      name: string,
      syslog: object,
      places: { readonly oldestLine?: number } = {},
    ): Promise<CollectorUnderTest> {
      const own = join(directory, name);
      const settings = logSettings(name, own, { syslog, containers: { enabled: false } });
      const pushUrl = `${loki.url}/loki/api/v1/push`;
      const port = await freePort();
      const each = new CollectorUnderTest(collector, own, settings, {
        port,
        pushUrl,
        syslogHost: "127.0.0.1",
        ...places,
      });
      started.push(() => each.stop());
      await each.start();
      return each;
    }

    function writeLines(name: string): void {
      const own = join(directory, name, "juce-backend");
      mkdirSync(own, { recursive: true });
      writeFileSync(join(own, "a.log"), lines.map((line) => `${asJson(line)}\n`).join(""));
    }

    async function stored(selector: string, count: number): Promise<StoredEntry[]> {
      let entries: StoredEntry[] = [];
      await until(`${count} entries are stored`, async () => {
        entries = await storedEntries(loki.url, selector);
        return entries.length >= count;
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${entries.length}\n${running.output().slice(-3000)}`);
      });
      return entries;
    }

    /** All lines are stored, each with its own time, or with that of reading if Loki would refuse its own. */
    async function assertStored(selector: string, textOf: (line: Line) => string): Promise<void> {
      const entries = await stored(selector, lines.length);
      assert.deepEqual(entries.map(({ text }) => text).sort(), lines.map(textOf).sort());
      const times = new Map(entries.map(({ text, time }) => [text, Date.parse(time)]));
      for (const line of lines) {
        const time = times.get(textOf(line)) ?? 0;
        if (line.refused) assert.ok(time >= begin && time <= Date.now(), `${line.text}: ${time}`);
        else assert.equal(time, Date.parse(line.time), line.text);
      }
      assert.equal(await sum(loki.url, "loki_discarded_samples_total"), 0);
      assert.equal(await sum(running.url, linesGivenUp[collector]), 0);
    }

    async function timesNotUsed(service: string): Promise<number | undefined> {
      const counted = await countedFromLogs(running.url);
      return counted[`whiteroom_log_times_not_used_total{level="info",service="${service}"}`];
    }

    test("all lines of a file are stored, those with a refused time at the time of reading", async () => {
      writeLines("usual");
      await assertStored('{env="usual", job="juce-backend"}', asJson);
      assert.equal(await timesNotUsed("juce-backend"), refused.size);
    });

    test("all syslog messages are stored, those with a refused time at the time of reading", async () => {
      const overTcp = ({ text }: Line) => `${text} over TCP`;
      const overUdp = ({ text }: Line) => `${text} over UDP`;
      const message = (line: Line, textOf: (line: Line) => string) =>
        `<14>1 ${line.time} mixer app 1 - - ${textOf(line)}`;
      await sendTcp(
        syslogPort,
        lines.map((line) => message(line, overTcp)),
      );
      await assertStored('{env="usual", job="syslog"} |= `TCP`', overTcp);
      assert.equal(await timesNotUsed("syslog"), refused.size);
      await sendUdp(
        syslogPort,
        lines.map((line) => message(line, overUdp)),
      );
      await assertStored('{env="usual", job="syslog"} |= `UDP`', overUdp);
      assert.equal(await timesNotUsed("syslog"), 2 * refused.size);
    });

    // As after an outage that lasted longer than the retries.
    test("Loki stores the other lines of a batch, and counts those it refused", async () => {
      const tooOld = lines.filter(({ time }) => Date.parse(time) < begin - day).length;
      writeLines("late");
      const late = await startCollector("late", { enabled: false }, { oldestLine: (365 * day) / 1000 });
      await stored('{env="late"}', lines.length - tooOld);
      await until("Loki counts them", async () => (await sum(loki.url, "loki_discarded_samples_total")) === tooOld);
      // The collector counts whole batches, so the alert reads Loki's number.
      await until("the collector counts them", async () => (await sum(late.url, linesGivenUp[collector])) >= tooOld);
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
