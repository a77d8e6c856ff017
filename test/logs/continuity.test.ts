import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/lib/free-port.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/*
 * The lines have no time, so that a line that is read twice is stored twice: Loki drops exact duplicates. A collector that is
 * killed with SIGKILL may lose lines that it read in its last seconds but did not send: neither product can be configured to
 * save its position only after Loki has the line.
 */

/** Two lines in the log, which are one entry in Loki. */
function entry(name: string, number: number): string {
  return `${JSON.stringify({ level: "info", message: `${name} ${number}` })}\n    at frame ${number} of ${name}`;
}

/**
 * How many entries a stop may lose. Alloy flushes a pending multiline entry, but does not wait for the next component:
 * https://github.com/grafana/alloy/blob/v1.19.0-rc.3/internal/component/common/loki/drain.go
 */
const lostAtStop = { promtail: 0, alloy: 1 } as const;

for (const collector of collectors) {
  describe(collector, needsCollectors(collector), () => {
    const directory = mkdtempSync(join(tmpdir(), `continuity-${collector}-`));
    let lokiPort: number;
    let loki: Program;
    let running: CollectorUnderTest;

    before(async () => {
      lokiPort = await freePort();
      loki = await startLoki(directory, lokiPort);
      mkdirSync(join(directory, "juce-backend"));
      const places = { port: await freePort(), pushUrl: `${loki.url}/loki/api/v1/push`, syslogHost: "127.0.0.1" };
      running = new CollectorUnderTest(collector, directory, await settings(), places);
      await running.start();
    });

    after(async () => {
      await running.stop();
      await loki.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    async function settings(postgresPath = "/nowhere/*.json") {
      return logSettings(collector, directory, {
        syslog: { port: await freePort() },
        containers: { enabled: false },
        postgres: { paths: [postgresPath] },
      });
    }

    /** Writes numbered entries for as long as `during` takes, then waits until Loki has the last one. */
    async function writeDuring(name: string, during: () => Promise<void>) {
      let written = 0;
      const write = () =>
        appendFileSync(join(directory, "juce-backend", "juce-backend.log"), `${entry(name, written++)}\n`);
      const writing = setInterval(write, 25);
      try {
        await sleep(2_000);
        await during();
        await sleep(2_000);
      } finally {
        clearInterval(writing);
      }
      const stored = () => storedEntries(loki.url, `{env="${collector}"} |~ \`"${name} | of ${name}$\``);
      const last = entry(name, written - 1);
      const complete = async () => (await stored()).some(({ text }) => text === last);
      // On a timeout, the comparison of the lists tells more than this error.
      await until("the last entry is stored", complete, 90).catch(() => undefined);
      await sleep(2_000);
      return { expected: Array.from({ length: written }, (_, number) => entry(name, number)), stored: await stored() };
    }

    async function storedOnce(name: string, during: () => Promise<void>): Promise<void> {
      const { expected, stored } = await writeDuring(name, during);
      assert.deepEqual(texts(stored).sort(), expected.sort(), running.output().slice(-2000));
    }

    test("a reload applies a changed pipeline, and no line is lost or read twice", async () => {
      await storedOnce("reload", async () => {
        running.write(await settings("/elsewhere/*.json"));
        const answer = await running.reload();
        assert.equal(answer.ok, true, await answer.text());
      });
    });

    const loses = lostAtStop[collector] > 0 ? "at most the last entry read" : "no line";
    test(`a restart reads no line twice and loses ${loses}`, async () => {
      let stopped = 0;
      const { expected, stored } = await writeDuring("restart", async () => {
        await running.stop();
        stopped = Date.now();
        await sleep(1_000);
        await running.start();
      });
      // Compares lines, because a stop between two lines of an entry splits it.
      const lines = expected.flatMap((text) => text.split("\n"));
      const storedLines = texts(stored).flatMap((text) => text.split("\n"));
      const lost = lines.filter((line) => !storedLines.includes(line));
      const [firstAfter = ""] = texts(stored.filter(({ time }) => Date.parse(time) > stopped))
        .join("\n")
        .split("\n");
      const next = lines.indexOf(firstAfter);
      assert.deepEqual(lost, lines.slice(next - lost.length, next), running.output().slice(-2000));
      assert.ok(lost.length <= 2 * lostAtStop[collector], lost.join("\n"));
      assert.deepEqual([...storedLines, ...lost].sort(), lines.sort());
    });

    test("lines written during an outage of Loki arrive afterwards", async () => {
      await storedOnce("outage", async () => {
        await loki.stop();
        await sleep(8_000);
        loki = await startLoki(directory, lokiPort);
      });
    });

    test("a reload rejects an invalid file", async () => {
      appendFileSync(running.write(await settings()), "\nnonsense{");
      const answer = await running.reload();
      assert.equal(answer.ok, false);
    });
  });
}

function texts(entries: readonly StoredEntry[]): string[] {
  return entries.map(({ text }) => text);
}
