import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { RE2JS } from "re2js";
import { crashes, precedingBlock } from "../../config/products/collector/crashes.ts";
import { loggers } from "../../config/products/collector/loggers.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { countedFromLogs } from "./counted.ts";
import { type ContainerLine, type FakeContainer, serveDocker } from "./docker-api.ts";
import { furtherCrashes } from "./further-crashes.ts";
import { furtherLines, furtherNotLevels } from "./further-lines.ts";
import { furtherServers } from "./further-servers.ts";
import { type StoredEntry, storedEntries } from "./loki-query.ts";
import { needsCollectors } from "./needs.ts";
import { type Program, until } from "./programs.ts";
import { sampleIds, sampleLine } from "./sample-line.ts";
import { moreCrashes, moreLines, notLevels } from "./specimens.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "./stack.ts";

/*
 * Sends each sample of the loggers, plain, colored and with Windows line ends, and each crash between two lines of its program,
 * through the real collector into the real Loki. Containers' times come from Docker, so the times that loggers write are read
 * from a file.
 */

interface Expected {
  readonly text: string;
  readonly level: string;
  readonly trace?: string | undefined;
  readonly span?: string | undefined;
}

const begin = Math.floor(Date.now() / 1000) * 1000 - 600_000;
let step = 0;
const next = () => new Date(begin + ++step * 50 + (step % 7));
const stored = (time: Date) => time.toISOString().replace("Z", "000000Z");

/** What must be stored, by time of its first line. */
const expected = new Map<string, Expected>();
const containers: FakeContainer[] = [];

function container(name: string, entries: readonly { readonly written: string; readonly expected: Expected }[]): void {
  const lines: ContainerLine[] = [];
  for (const { written, expected: entry } of entries) {
    const times = written.split("\n").map((text) => {
      const time = next();
      lines.push({ stream: "stderr", time, text });
      return time;
    });
    expected.set(stored(times[lineWithTime(written, entry.text)] as Date), entry);
  }
  containers.push({ id: String(containers.length).padStart(64, "0"), name, labels: {}, lines });
}

const preceding = RE2JS.compile(precedingBlock);

/** Index of the line whose time the entry gets: neither dropped nor in a block that is joined to the next. */
function lineWithTime(written: string, text: string): number {
  const blocks = text.split(/\n(?=[^\s})\]])/);
  const first = blocks.findIndex((block) => !preceding.matches(block));
  const line = (blocks[first] ?? "").split("\n")[0] ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the samples are colored
  const lines = written.split("\n").map((each) => each.replaceAll(/\u001b\[[\d;]*m|\r$/g, ""));
  return Math.max(lines.indexOf(line), 0);
}

/** Colors the first token and the level, as loggers for terminals do. */
function colored(text: string): string {
  return `\u001b[2m${text.replace(/[A-Za-z]+/, "\u001b[1;31m$&\u001b[0m").replace(/ (\S+)/, " \u001b[38;5;9m$1\u001b[39m")}\u001b[0m`;
}

const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
const fixed = new Date("2026-11-28T10:00:00.123Z");

for (const { name, samples } of [...loggers, ...moreLines, ...furtherLines, ...furtherServers]) {
  container(
    slug(name),
    samples.flatMap((sample) => {
      const text = sampleLine(sample.line, fixed);
      const entry = {
        text,
        level: sample.level,
        trace: sample.line.includes("{trace}") ? sampleIds.trace : undefined,
        span: sample.line.includes("{span}") ? sampleIds.span : undefined,
      };
      return [text, `${text.replaceAll("\n", "\r\n")}\r`, colored(text)].map((written) => ({
        written,
        expected: entry,
      }));
    }),
  );
}

container(
  "not-levels",
  [...notLevels, ...furtherNotLevels].map((written) => ({ written, expected: { text: written, level: "info" } })),
);

/** Without the lines that are dropped. */
const kept = (report: string) =>
  report
    .replace(/^(?:(?:file:\/\/)?\/|node:)\S+:\d+\n.*\n\s*\^+\n/, "")
    .split("\n")
    .filter((line) => !/^(?:\s*|={65}|={18}|#)$/.test(line))
    .join("\n");

for (const { name, level, samples } of [...crashes, ...moreCrashes, ...furtherCrashes]) {
  for (const [index, report] of samples.entries()) {
    container(`crash-${slug(name)}-${index}`, [
      {
        written: "2026-11-28T10:00:00Z INFO listening",
        expected: { text: "2026-11-28T10:00:00Z INFO listening", level: "info" },
      },
      { written: report, expected: { text: kept(report), level } },
      { written: "next line of the program", expected: { text: "next line of the program", level: "info" } },
    ]);
  }
}

/** JSON lines of the loggers, each with a different time. */
const timed = loggers
  .flatMap(({ samples }) => samples)
  .filter(({ line }) => /^\{ ?"/.test(line) && /\{(?:iso|epoch|ms|ns|offset)\}/.test(line))
  .map(({ line }) => {
    const time = new Date(begin - 60_000 + ++step * 11);
    return { time: stored(time), text: sampleLine(line, time) };
  });

const now = Date.now();
const refused = [
  new Date(now + 3_600_000).toISOString(),
  "0001-01-01T00:00:00Z",
  new Date(now - 8 * 86_400_000).toISOString(),
  "2026-13-45T10:00:00Z",
  String(now + 3_600_000),
].map((time) => JSON.stringify({ time, level: "error", msg: "refused" }));

/** Tracebacks below lines of JSON. */
const chained = crashes
  .flatMap(({ samples }) => samples)
  .filter((report) => /above exception/.test(report))
  .flatMap((report) => [JSON.stringify({ level: "info", msg: `line ${++step}` }), report]);

for (const collector of collectors) {
  describe(collector, needsCollectors(collector), () => {
    const directory = mkdtempSync(join(tmpdir(), `loggers-${collector}-`));
    const started: (() => unknown)[] = [];
    let loki: Program;
    let running: CollectorUnderTest;
    let entries: StoredEntry[] = [];

    before(async () => {
      const socket = join(directory, "docker.sock");
      started.push(serveDocker(socket, containers));
      loki = await startLoki(directory, await freePort());
      started.push(() => loki.stop());
      const folder = join(directory, "juce-backend");
      mkdirSync(folder);
      writeFileSync(
        join(folder, "juce-backend.log"),
        `\u{FEFF}${[...timed.map(({ text }) => text), ...refused].join("\r\n")}\r\n`,
      );
      mkdirSync(join(directory, "swift-frontend"));
      writeFileSync(join(directory, "swift-frontend", "a.log"), `${chained.join("\n")}\n`);
      running = new CollectorUnderTest(
        collector,
        directory,
        logSettings(collector, directory, { syslog: { enabled: false } }),
        { port: await freePort(), pushUrl: `${loki.url}/loki/api/v1/push`, dockerSocket: socket },
      );
      await running.start();
      started.push(() => running.stop());
      const total = expected.size + timed.length + refused.length + chained.length;
      await until(`${total} entries are stored`, async () => {
        entries = await storedEntries(loki.url, `{env="${collector}"}`);
        return entries.length >= total;
      }).catch(() => undefined);
    });

    after(async () => {
      for (const stop of started.reverse()) await stop();
      rmSync(directory, { recursive: true, force: true });
    });

    test("level, IDs and text of every logger and crash are parsed, and no other lines are joined or split", () => {
      const read = entries
        .filter(({ labels }) => labels.job === "containers")
        .map(({ time, labels, metadata, text }) => ({
          time,
          text,
          level: labels.level,
          trace: metadata.trace_id,
          span: metadata.span_id,
        }));
      const wanted = [...expected].map(([time, { text, level, trace, span }]) => ({ time, text, level, trace, span }));
      const missing = without(wanted, read);
      const extra = without(read, wanted);
      assert.deepEqual({ missing, extra }, { missing: [], extra: [] }, running.output().slice(-2000));
    });

    test("the time is parsed in every notation", () => {
      const texts = new Set(timed.map(({ text }) => text));
      const read = entries.map(({ time, text }) => ({ time, text: text.replace(/^\u{FEFF}/u, "") }));
      assert.deepEqual(
        read.filter(({ text }) => texts.has(text)),
        timed,
      );
    });

    test("chained tracebacks in a file of JSON lines are one entry each", () => {
      const read = entries.filter(({ labels }) => labels.service === "swift-frontend");
      const wanted = chained.map((text) => ({ text: kept(text), level: text.startsWith("{") ? "info" : "error" }));
      const byText = (all: readonly { readonly text: string; readonly level: string | undefined }[]) =>
        all.toSorted((one, other) => (one.text < other.text ? -1 : 1));
      assert.ok(wanted.length > 2);
      assert.deepEqual(byText(read.map(({ text, labels }) => ({ text, level: labels.level }))), byText(wanted));
    });

    test("a line with a time that Loki would reject is stored at the time of reading, and counted", async () => {
      const read = entries.filter(({ text }) => refused.includes(text));
      assert.equal(read.length, refused.length);
      for (const { time, labels } of read) {
        assert.ok(Math.abs(Date.now() - Date.parse(time)) < 120_000, time);
        assert.equal(labels.level, "error");
      }
      const counted = await countedFromLogs(running.url);
      assert.equal(counted['whiteroom_log_times_not_used_total{level="error",service="juce-backend"}'], refused.length);
    });
  });
}

/** Entries that are not among others. */
function without(entries: readonly object[], others: readonly object[]): object[] {
  const known = new Set(others.map((other) => JSON.stringify(other)));
  return entries.filter((entry) => !known.has(JSON.stringify(entry)));
}
