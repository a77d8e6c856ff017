import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/lib/free-port.ts";
import { storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/*
 * The lines carry no time, so that one that is read twice is stored twice: Loki hides lines that agree in everything. A
 * collector that is killed with SIGKILL may lose what it has read in its last seconds and not yet sent: neither product
 * can be configured to remember its place only when Loki has the line.
 */

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

    /** Writes numbered lines for as long as `during` takes, then waits until Loki has as many. */
    async function storedOnce(name: string, during: () => Promise<void>): Promise<void> {
      let written = 0;
      const write = () => {
        const line = JSON.stringify({ level: "info", message: `${name} ${written++}` });
        appendFileSync(join(directory, "juce-backend", "juce-backend.log"), `${line}\n    at frame of ${name}\n`);
      };
      const writing = setInterval(write, 25);
      try {
        await sleep(2_000);
        await during();
        await sleep(2_000);
      } finally {
        clearInterval(writing);
      }
      const stored = async () =>
        (await storedEntries(loki.url, `{env="${collector}"} |= \`"${name} \``)).map(({ text }) => text).sort();
      // However this ends, the lists tell more than the number.
      const complete = async () => (await stored()).length >= written;
      await until(`${written} lines are stored`, complete, 90).catch(() => undefined);
      await sleep(2_000);
      const expected = Array.from(
        { length: written },
        (_, number) => `${JSON.stringify({ level: "info", message: `${name} ${number}` })}\n    at frame of ${name}`,
      );
      assert.deepEqual(await stored(), expected.sort(), running.output().slice(-2000));
    }

    test("a reload applies a changed pipeline, and no line is lost or read twice", async () => {
      await storedOnce("reload", async () => {
        running.write(await settings("/elsewhere/*.json"));
        const answer = await running.reload();
        assert.equal(answer.ok, true, await answer.text());
      });
    });

    test("a restart loses no line and reads none twice", async () => {
      await storedOnce("restart", async () => {
        await running.stop();
        await sleep(1_000);
        await running.start();
      });
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
