import { setTimeout as sleep } from "node:timers/promises";
import { frontendCommand, queryCommand, storeCommand } from "../config/products/thanos/arguments.ts";
import { thanosQuery } from "../config/products/thanos/product.ts";
import { storeShards } from "../config/products/thanos/store-shards.ts";
import { renderFrontend, renderIndexCache, renderObjectStorage } from "../config/products/thanos/thanos.ts";
import type { Dashboard } from "../dashboards/lib/dashboard.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import type { Program } from "../test/logs/programs.ts";
import type { ThanosPrograms } from "../test/validate/thanos-programs.ts";
import { load, type QueryServer } from "./dashboard-load.ts";
import { cpuSecondsOf, peakMemory } from "./process-usage.ts";

const year = 365 * 86_400;

export interface LoadOptions {
  readonly times: number;
  /** Whether the frontend may answer from its cache. Defaults to no. */
  readonly cached?: boolean;
  /** Coarsest resolution. By default, it depends on the step of the query. */
  readonly resolution?: string;
}

/** Store gateway, Query and frontend on a bucket. */
export class Reader {
  private readonly parts: Readonly<Record<"store gateway" | "Query" | "frontend", Program>>;

  private constructor(parts: Reader["parts"]) {
    this.parts = parts;
  }

  static async start(thanos: ThanosPrograms): Promise<Reader> {
    const { settings, longTerm } = thanos;
    const [shard] = storeShards(longTerm);
    if (shard === undefined) throw new Error("no store gateway");
    const port = await freePort();
    const files = [...renderObjectStorage(longTerm), renderIndexCache(longTerm)];
    const store = await thanos.part(storeCommand(settings, longTerm, shard), files, { grpc: port });
    const command = queryCommand(settings, longTerm).filter((word) => !word.startsWith("--endpoint="));
    const query = await thanos.part([...command, `--endpoint=127.0.0.1:${port}`], [], { grpc: await freePort() });
    const frontend = await thanos.part(frontendCommand(settings), renderFrontend(settings, longTerm), {
      replaced: { [`http://${thanosQuery.workload}:${thanosQuery.port}`]: query.url },
    });
    // Query asks for new stores every five seconds.
    await sleep(6_000);
    return new Reader({ "store gateway": store, Query: query, frontend });
  }

  /** Opens a dashboard over a year, once to warm up and then some times. */
  async load(dashboard: Dashboard, end: number, { times, cached = false, resolution }: LoadOptions) {
    const server: QueryServer = {
      get: (path, parameters) =>
        this.ask(
          path,
          { ...parameters, ...(resolution !== undefined && { max_source_resolution: resolution }) },
          cached,
        ),
    };
    await load(server, dashboard, end, year);
    const before = this.cpuSeconds();
    const totals: number[] = [];
    for (let round = 0; round < times; round++) totals.push((await load(server, dashboard, end, year)).total);
    return { totals, cpuSeconds: (this.cpuSeconds() - before) / times };
  }

  memory(): string {
    const parts = Object.entries(this.parts).map(([name, part]) => `${name} ${peakMemory(part).toFixed(0)} MiB`);
    return `Memory at most: ${parts.join(", ")}.`;
  }

  private cpuSeconds(): number {
    return Object.values(this.parts).reduce((sum, part) => sum + cpuSecondsOf(part), 0);
  }

  private async ask(path: string, parameters: Readonly<Record<string, string>>, cached: boolean): Promise<unknown> {
    const url = `${this.parts.frontend.url}/api/v1/${path}`;
    const answer = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(parameters),
      ...(!cached && { headers: { "Cache-Control": "no-store" } }),
    });
    const { data, error } = (await answer.json()) as { data: unknown; error?: string };
    if (error !== undefined) throw new Error(`${error}: ${parameters["query"]}`);
    return data;
  }
}
