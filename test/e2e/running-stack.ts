import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { run } from "../../scripts/lib/run-command.ts";

/** A stack on this machine, accessed like users do: over the published ports, and through Docker. */
export class RunningStack {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  container(workload: string): string {
    return `white-room-${this.name}-${workload}`;
  }

  /** Values of an instant query, with their labels. */
  async prometheus(query: string, time?: number): Promise<{ metric: Record<string, string>; value: number }[]> {
    const parameters = new URLSearchParams({ query, ...(time !== undefined && { time: String(time) }) });
    const { data } = (await json(`http://127.0.0.1:9090/api/v1/query?${parameters}`)) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Log lines of the last hour, newest first, with everything Loki knows about each. */
  async loki(query: string): Promise<{ labels: Record<string, string>; line: string }[]> {
    const start = `${(Date.now() - 3_600_000) * 1e6}`;
    const { data } = (await json(
      `http://127.0.0.1:3100/loki/api/v1/query_range?${new URLSearchParams({ query, start, limit: "100" })}`,
    )) as {
      data: { result: { stream: Record<string, string>; values: [string, string][] }[] };
    };
    return data.result.flatMap(({ stream, values }) => values.map(([, line]) => ({ labels: stream, line })));
  }

  async notifications(kind: string, since = 0): Promise<Notification[]> {
    return (await json(
      `http://127.0.0.1:8025/notifications?format=json&kind=${kind}&since=${since}`,
    )) as Notification[];
  }

  async lastNotification(): Promise<number> {
    const all = (await json("http://127.0.0.1:8025/notifications?format=json")) as Notification[];
    return Math.max(0, ...all.map(({ id }) => id));
  }

  /** Runs `docker inspect` on a container with a Go template. */
  async inspect(workload: string, template: string): Promise<string> {
    return (await run("docker", ["inspect", "--format", template, this.container(workload)])).trim();
  }

  /** Container ID and start time of each workload; a restart or a replacement changes them. */
  async identities(): Promise<Map<string, string>> {
    const names = (
      await run("docker", [
        "ps",
        "--filter",
        "label=white-room.workload",
        "--filter",
        `name=${this.container("")}`,
        "--format",
        "{{.Names}}",
      ])
    )
      .split("\n")
      .filter(Boolean)
      .map((name) => name.slice(this.container("").length));
    return new Map(
      await Promise.all(
        names.sort().map(async (name) => [name, await this.inspect(name, "{{.Id}} {{.State.StartedAt}}")] as const),
      ),
    );
  }

  async execute(workload: string, command: readonly string[], input?: string): Promise<string> {
    const container = this.container(workload);
    if (input === undefined) return run("docker", ["exec", container, ...command]);
    return run("docker", ["exec", "--interactive", container, ...command], { input });
  }

  /** Signals a container's main process by its id on the host: `docker kill` would count as stopped by hand. */
  async signal(workload: string, signal: NodeJS.Signals): Promise<void> {
    process.kill(Number(await this.inspect(workload, "{{.State.Pid}}")), signal);
  }

  /** Stops a container like a user would: Docker does not restart it. */
  async stop(workload: string): Promise<void> {
    await run("docker", ["stop", this.container(workload)]);
  }

  async start(workload: string): Promise<void> {
    await run("docker", ["start", this.container(workload)]);
  }

  async isHealthy(workload: string): Promise<boolean> {
    return (await this.inspect(workload, "{{.State.Running}} {{.State.Health.Status}}")) === "true healthy";
  }
}

export interface Notification {
  readonly id: number;
  readonly time: string;
  readonly kind: string;
  readonly channel?: string;
  readonly recipients?: readonly string[];
  readonly key_fingerprint?: string;
  readonly action?: string;
  readonly dedup_key?: string;
  readonly summary: string;
  readonly payload: unknown;
}

async function json(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  assert.ok(answer.ok, `${url} answers ${answer.status}: ${await answer.clone().text()}`);
  return answer.json();
}

/** Polls until there is a result; after a timeout, throws an error that names `what`. Retries after errors. */
export async function eventually<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`, { cause: last });
    await pause(0.5);
  }
}

export function pause(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}

/** A word that is in no log yet. */
export function marker(): string {
  return randomBytes(16).toString("hex");
}

export function readJson(file: string): Record<string, string> {
  return JSON.parse(readFileSync(file, "utf8"));
}
