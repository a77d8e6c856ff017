import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toYaml } from "../config/file.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { cpuSecondsOf } from "./process-usage.ts";

/** Query timeout in seconds. */
export const queryTimeout = 60;

/** A query exceeded {@link queryTimeout}. */
export class QueryTimeout extends Error {}

/** A Prometheus without scrape targets that serves existing blocks and evaluates rules. */
export class HistoryPrometheus {
  readonly url: string;
  private readonly process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.process = process;
  }

  static async start(program: string, folder: string, rules: readonly string[]): Promise<HistoryPrometheus> {
    const config = join(folder, "prometheus.yml");
    writeFileSync(config, toYaml({ global: { evaluation_interval: "15s" }, rule_files: rules }));
    const port = await freePort();
    const child = spawn(
      program,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        // Do not compact the blocks.
        "--storage.tsdb.min-block-duration=2h",
        "--storage.tsdb.max-block-duration=18h",
        "--storage.tsdb.retention.time=60d",
        `--query.timeout=${queryTimeout}s`,
        "--query.max-samples=1000000000",
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const prometheus = new HistoryPrometheus(`http://127.0.0.1:${port}`, child);
    while (!(await fetch(`${prometheus.url}/-/ready`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) throw new Error(`Prometheus exited with code ${child.exitCode}`);
      await sleep(200);
    }
    return prometheus;
  }

  /** CPU seconds used so far. */
  cpuSeconds(): number {
    return cpuSecondsOf({ pid: this.process.pid ?? 0 });
  }

  async get(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method: "POST",
      body: new URLSearchParams(parameters),
      signal: AbortSignal.timeout((queryTimeout + 10) * 1000),
    });
    const { data, error, errorType } = (await response.json()) as { data: unknown; error?: string; errorType?: string };
    if (errorType === "timeout") throw new QueryTimeout(parameters["query"]);
    if (error !== undefined) throw new Error(`${error}: ${parameters["query"]}`);
    return data;
  }

  async stop(): Promise<void> {
    this.process.kill();
    if (this.process.exitCode === null) await new Promise((done) => this.process.once("exit", done));
  }
}
