import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Settings } from "../../config/settings/schema.ts";
import { freePort } from "../lib/free-port.ts";
import { lastLines } from "../lib/run-command.ts";
import type { RunnableCollector } from "./collector.ts";
import { type PushedEntry, receivePushes } from "./receiver.ts";
import { argumentsIn, withOnlySource } from "./source.ts";

const startSeconds = 60;

/** Maximum age of lines in seconds: 100 years, so that old lines keep their time although Loki would reject them. */
const anyAge = 100 * 365 * 86_400;

/** Time for the collector to flush the last entry. It waits for further lines of the entry in two stages. */
const flushMilliseconds = 5_000;

/** Runs a collector that reads `sample` as the named source. Returns the entries that it pushes. */
export async function tryLogs(
  settings: Settings,
  name: string,
  sample: string,
  { collector, receiverHost, listenAddress, command }: RunnableCollector,
  folder: string,
): Promise<readonly PushedEntry[]> {
  const path = join(folder, "sample.log");
  // Neither collector reads a last line without a line break.
  const whole = sample.endsWith("\n") ? sample : `${sample}\n`;
  writeFileSync(path, whole);
  const receiver = await receivePushes();
  const port = await freePort();
  const places = {
    listenAddress,
    port,
    pushUrl: `http://${receiverHost}:${receiver.port}/loki/api/v1/push`,
    positionsFile: join(folder, "positions.yaml"),
    oldestLine: anyAge,
    batchSize: 1,
  };
  for (const file of collector.render(withOnlySource(settings, name, path), places))
    writeFileSync(join(folder, file.path), file.content);
  const [program, ...args] = command(argumentsIn(folder, collector, `${listenAddress}:${port}`), folder, port);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TZ: "UTC" } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  try {
    const lines = whole.split("\n").length - 1;
    // Count lines: the number of bytes read in Alloy excludes the last line.
    const metric = /^(?:promtail|loki_source_file)_read_lines_total\{[^}]*\} (\S+)/m;
    for (const end = Date.now() + startSeconds * 1_000; ; await sleep(200)) {
      if (child.exitCode !== null || Date.now() > end)
        throw new Error(`${program} did not read the sample:\n${lastLines(output, 15)}`);
      if (Number(metric.exec(await metrics(port))?.[1]) >= lines) break;
    }
    await sleep(flushMilliseconds);
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    receiver.close();
  }
  return receiver.entries;
}

async function metrics(port: number): Promise<string> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2_000) })).text();
  } catch {
    return "";
  }
}
