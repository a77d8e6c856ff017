import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RenderedFile, toYaml } from "../../config/file.ts";
import { renderCredentials } from "../../config/products/storage-credentials.ts";
import { sidecarCommand, uploadedBlocksFile } from "../../config/products/thanos/arguments.ts";
import { type LongTermSettings, longTermOf } from "../../config/products/thanos/long-term.ts";
import {
  thanosDataDirectory,
  thanosDirectory,
  thanosGrpcPort,
  thanosQuery,
} from "../../config/products/thanos/product.ts";
import { renderObjectStorage, renderPrometheusClient, thanosFiles } from "../../config/products/thanos/thanos.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { binary } from "../binaries.ts";
import { type Program, start } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";

const bucket = "white-room-metrics";
const prefix = "primary";

/** Contains characters that must be quoted in the credentials file. */
const secretKey = "a secret # with ; and = in it";

export interface BlockMeta {
  readonly ulid: string;
  /** Milliseconds. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly stats: { readonly numSamples: number };
  readonly compaction: { readonly level: number };
  readonly thanos: { readonly labels: Record<string, string>; readonly downsample: { readonly resolution: number } };
}

export interface Series {
  readonly metric: Record<string, string>;
  readonly values: [number, string][];
}

/** Components of Thanos as processes, with the commands of the stack and their own S3 server. */
export class ThanosPrograms {
  readonly folder = mkdtempSync(join(tmpdir(), "white-room-thanos-"));
  readonly settings: Settings;
  readonly longTerm: LongTermSettings;
  private readonly programs: Program[] = [];
  private objectStorage: Program | undefined;

  private constructor(port: number, retention: Partial<LongTermSettings["retention"]>) {
    const objectStorage = {
      endpoint: `127.0.0.1:${port}`,
      bucket,
      prefix,
      region: "us-east-1",
      insecure: true,
      forcePathStyle: true,
    };
    this.settings = stack("dev", { metrics: { longTerm: { objectStorage, retention } } });
    this.longTerm = longTermOf(this.settings) as LongTermSettings;
  }

  static async start(retention: Partial<LongTermSettings["retention"]> = {}): Promise<ThanosPrograms> {
    const port = await freePort();
    const all = new ThanosPrograms(port, retention);
    for (const name of [`data/${bucket}`, "metadata", "config"]) mkdirSync(join(all.folder, name), { recursive: true });
    const credentials = join(all.folder, "credentials");
    writeFileSync(credentials, renderCredentials("access", secretKey));
    Object.assign(process.env, {
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      ROOT_ACCESS_KEY_ID: "access",
      ROOT_SECRET_ACCESS_KEY: secretKey,
    });
    await all.startStorage();
    return all;
  }

  /** Starts the S3 server, or restarts it after it was stopped. */
  async startStorage(): Promise<Program> {
    const address = this.longTerm.objectStorage.endpoint;
    const directories = ["posix", "--sidecar", join(this.folder, "metadata"), join(this.folder, "data")];
    const args = ["--port", address, "--health", "/health", ...directories];
    this.objectStorage = await this.run("versitygw", args, `http://${address}`, "/health");
    return this.objectStorage;
  }

  async stopStorage(): Promise<void> {
    await this.objectStorage?.stop("SIGKILL");
  }

  async run(...program: Parameters<typeof start>): Promise<Program> {
    const running = await start(...program);
    this.programs.push(running);
    return running;
  }

  /** Starts a part with its command and files. `replaced`: words of the command, with those that replace them here. */
  async part(
    [, ...args]: readonly string[],
    files: readonly RenderedFile[],
    {
      grpc = 0,
      replaced = {},
      within = [],
    }: {
      readonly grpc?: number;
      readonly replaced?: Readonly<Record<string, string>>;
      readonly within?: readonly string[];
    } = {},
  ): Promise<Program> {
    this.write(files);
    const http = await freePort();
    const places: Record<string, string> = {
      [`--http-address=:${thanosQuery.port}`]: `--http-address=127.0.0.1:${http}`,
      [`--grpc-address=:${thanosGrpcPort}`]: `--grpc-address=127.0.0.1:${grpc}`,
      [`${thanosDirectory}/`]: `${this.folder}/config/`,
      [`${thanosDataDirectory}/thanos`]: join(this.folder, `data-${http}`),
      ...replaced,
    };
    const here = args.map((arg) =>
      Object.entries(places).reduce((word, [from, to]) => word.replace(from, () => to), arg),
    );
    return this.run("thanos", here, `http://127.0.0.1:${http}`, thanosQuery.probe.path, { within });
  }

  /** Starts Prometheus with the blocks in `data`. */
  async prometheus(data: string, externalLabels: Readonly<Record<string, string>>): Promise<Program> {
    const config = `${data}.yml`;
    mkdirSync(data, { recursive: true });
    writeFileSync(config, toYaml({ global: { external_labels: externalLabels } }));
    const port = await freePort();
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--storage.tsdb.delay-compact-file.path=${uploadedBlocksFile.replace("/prometheus", data)}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    return this.run("prometheus", args, `http://127.0.0.1:${port}`, "/-/ready");
  }

  /** Starts the sidecar of a Prometheus from {@link prometheus}. */
  async sidecar(data: string, { url }: Program, grpc = 0): Promise<Program> {
    const files = [...renderObjectStorage(this.longTerm), ...renderPrometheusClient(this.settings)];
    const replaced = {
      "--prometheus.url=http://{host}:9090": `--prometheus.url=${url}`,
      "--tsdb.path=/prometheus": `--tsdb.path=${data}`,
    };
    return this.part(sidecarCommand(this.settings, this.longTerm), files, { grpc, replaced });
  }

  private write(files: readonly RenderedFile[]): void {
    for (const { path, content } of files) writeFileSync(join(this.folder, "config", path), content);
  }

  /** Runs `thanos tools bucket` with the stack's own config. */
  tools(args: readonly string[], env: Readonly<Record<string, string>> = {}, name: string = bucket): Promise<string> {
    const objectStorage = { ...this.longTerm.objectStorage, bucket: name };
    this.write(renderObjectStorage({ ...this.longTerm, objectStorage }));
    const config = `--objstore.config-file=${join(this.folder, "config", thanosFiles.objectStorage)}`;
    return run(binary("thanos"), ["tools", "bucket", ...args, config], { env });
  }

  /** Directories of the blocks in the bucket. */
  blockDirectories(): string[] {
    const directory = join(this.folder, "data", bucket, prefix);
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((name) => /^[0-9A-Z]{26}$/.test(name))
      .map((name) => join(directory, name));
  }

  async stop(): Promise<void> {
    // A halted compactor ignores SIGTERM.
    for (const program of this.programs.reverse()) await program.stop("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }
}

export function metaOf(directory: string): BlockMeta {
  return JSON.parse(readFileSync(join(directory, "meta.json"), "utf8")) as BlockMeta;
}

/** Samples of a gauge: the value at each time in seconds. */
export type Samples = ReadonlyMap<number, number>;

/** Writes blocks of a gauge to a directory. */
export async function writeBlocks(directory: string, metric: string, samples: Samples): Promise<void> {
  const lines = [...samples].map(([time, value]) => `${metric} ${value} ${time}`);
  mkdirSync(directory, { recursive: true });
  const input = `${directory}.om`;
  writeFileSync(input, [`# TYPE ${metric} gauge`, ...lines, "# EOF", ""].join("\n"));
  await run(binary("promtool"), ["tsdb", "create-blocks-from", "openmetrics", input, directory]);
}

/** Result of a range query. */
export async function rangeQuery(
  url: string,
  query: string,
  range: { readonly start: number; readonly end: number; readonly step: number },
): Promise<Series[]> {
  const parameters = new URLSearchParams({ query, ...mapped(range) });
  const answer = await fetch(`${url}/api/v1/query_range?${parameters}`);
  const { data, error } = (await answer.json()) as { data?: { result: Series[] }; error?: string };
  if (data === undefined) throw new Error(`${query}: ${error}`);
  return data.result;
}

function mapped(range: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(range).map(([name, value]) => [name, String(value)]));
}
