import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../scripts/lib/free-port.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { until } from "./programs.ts";
import { type Collector, CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/* Without the system's time zone database, the collectors only start with UTC; their images have it. */
const zone = existsSync("/usr/share/zoneinfo/Europe/Berlin") ? "Europe/Berlin" : "UTC";

/** As PostgreSQL writes `%m` in `zone`. */
function local(time: Date): string {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const summer = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).format(time);
  const name = zone === "UTC" ? "UTC" : summer.endsWith("+02:00") ? "CEST" : "CET";
  return `${parts.format(time)}.${String(time.getMilliseconds()).padStart(3, "0")} ${name}`;
}

for (const collector of collectors) {
  test(
    `${collector} reads PostgreSQL's plain log in the server's time zone`,
    needsCollectors(collector),
    async (context) => {
      const directory = mkdtempSync(join(tmpdir(), "postgres-plain-"));
      const loki = await startLoki(directory, await freePort());
      const running = await plainPostgres(collector, directory, loki.url);
      context.after(async () => {
        await running.stop();
        await loki.stop();
        rmSync(directory, { recursive: true, force: true });
      });
      const at = [1, 2, 3, 4, 5, 6].map((minutes) => new Date(Date.now() - 600_000 + minutes * 1_000));
      const [first, second, third, fourth, fifth, sixth] = at.map(local);
      const lines = [
        `${first} [71] LOG:  checkpoint starting: time`,
        `${second} [72] ERROR:  duplicate key value\n\tat character 15`,
        `${third} [73] PANIC:  could not write`,
        `${fourth} [74]: [3-1] user=app,db=db,app=api,client=10.0.0.1 FATAL:  no such role`,
        `${fifth}:10.0.0.1(5432):app@db:[75]:WARNING:  there is no transaction`,
        `< ${sixth} >STATEMENT:  select 'ERROR:  '`,
      ];
      writeFileSync(join(directory, "postgres", "postgresql.log"), `${lines.join("\n")}\n`);
      let entries: StoredEntry[] = [];
      await until("all lines are stored", async () => {
        entries = await storedEntries(loki.url, '{service="postgres"}');
        return entries.length >= lines.length;
      });
      assert.deepEqual(
        entries.map(({ time, labels, text }) => ({ time, level: labels.level, text })),
        ["info", "error", "critical", "critical", "warn", "info"].map((level, index) => ({
          time: at[index]?.toISOString().replace("Z", "000000Z"),
          level,
          text: lines[index],
        })),
      );
    },
  );
}

async function plainPostgres(collector: Collector, directory: string, loki: string): Promise<CollectorUnderTest> {
  mkdirSync(join(directory, "postgres"));
  const settings = logSettings(collector, directory, {
    syslog: { port: await freePort() },
    containers: { enabled: false },
    postgres: { paths: [join(directory, "postgres", "*.log")], format: "stderr", timezone: zone },
  });
  const places = { port: await freePort(), pushUrl: `${loki}/loki/api/v1/push`, syslogHost: "127.0.0.1" };
  const running = new CollectorUnderTest(collector, directory, settings, places);
  await running.start();
  return running;
}
