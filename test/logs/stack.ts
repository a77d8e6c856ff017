import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderAlloy } from "../../config/products/collector/alloy.ts";
import type { CollectorPlaces } from "../../config/products/collector/pipeline.ts";
import { renderPromtail } from "../../config/products/collector/promtail.ts";
import { renderLoki, renderLokiLimits } from "../../config/products/loki/loki.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { type Program, start } from "./programs.ts";

export const collectors = ["promtail", "alloy"] as const;
export type Collector = (typeof collectors)[number];

/** Settings whose sources are in `directory`; `environment` distinguishes two collectors of one Loki. */
export function logSettings(
  environment: string,
  directory: string,
  sources: Record<string, unknown> = {},
  logs: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): Settings {
  const values = {
    platform: "docker",
    environment,
    cluster: "studio",
    demo: { enabled: true },
    logs: {
      ...logs,
      sources: {
        juceBackend: { paths: [join(directory, "juce-backend", "*.log")] },
        swiftFrontend: { paths: [join(directory, "swift-frontend", "*.log")] },
        nginx: { paths: [join(directory, "nginx", "access.log")] },
        nginxErrors: { paths: [join(directory, "nginx", "error.log")] },
        postgres: { paths: [join(directory, "postgres", "*.json")] },
        ...sources,
      },
    },
    ...more,
  };
  return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
}

/** Runs Loki on the files that the project renders, with its data below `directory`. */
export async function startLoki(directory: string, port: number, logs: Record<string, unknown> = {}): Promise<Program> {
  const places = {
    listenAddress: "127.0.0.1",
    port,
    grpcPort: await freePort(),
    dataDirectory: join(directory, "loki-data"),
    rulesDirectory: join(directory, "loki-rules"),
    limitsFile: writeLokiLimits(directory, logs),
    alertmanagerUrl: "http://127.0.0.1:9",
  };
  mkdirSync(join(places.rulesDirectory, "fake"), { recursive: true });
  const [file] = renderLoki(logSettings("test", directory, {}, logs), places);
  const path = join(directory, "loki.yml");
  writeFileSync(path, file?.content ?? "");
  return start("loki", [`-config.file=${path}`], `http://127.0.0.1:${port}`, "/ready");
}

/** Writes the limits that a running Loki rereads, and returns the file's path. */
export function writeLokiLimits(directory: string, logs: Record<string, unknown> = {}): string {
  const { path, content } = renderLokiLimits(logSettings("test", directory, {}, logs));
  writeFileSync(join(directory, path), content);
  return join(directory, path);
}

/** A collector on the files that the project renders. A second start in the same directory goes on where the first stopped. */
export class CollectorUnderTest {
  readonly collector: Collector;
  readonly #directory: string;
  readonly #settings: Settings;
  readonly #places: CollectorPlaces;
  readonly #within: readonly string[];
  #program: Program | undefined;

  constructor(
    collector: Collector,
    directory: string,
    settings: Settings,
    places: CollectorPlaces & { port: number },
    within: readonly string[] = [],
  ) {
    this.collector = collector;
    this.#within = within;
    this.#directory = join(directory, collector);
    this.#settings = settings;
    this.#places = { listenAddress: "127.0.0.1", positionsFile: join(this.#directory, "positions.yaml"), ...places };
    mkdirSync(this.#directory, { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#places.port}`;
  }

  async start(): Promise<void> {
    const within = { within: this.#within };
    const path = this.write(this.#settings);
    this.#program =
      this.collector === "promtail"
        ? await start("promtail", [`-config.file=${path}`], this.url, "/ready", within)
        : await start(
            "alloy",
            [
              "run",
              `--server.http.listen-addr=127.0.0.1:${this.#places.port}`,
              `--storage.path=${this.#directory}`,
              "--disable-reporting",
              "--stability.level=public-preview",
              path,
            ],
            this.url,
            "/-/ready",
            within,
          );
  }

  /** Writes the file for these settings; returns its path. */
  write(settings: Settings): string {
    const render = this.collector === "promtail" ? renderPromtail : renderAlloy;
    const [file] = render(settings, this.#places);
    const path = join(this.#directory, file?.path ?? "");
    writeFileSync(path, file?.content ?? "");
    return path;
  }

  async reload(): Promise<Response> {
    return fetch(`${this.url}${this.collector === "promtail" ? "/reload" : "/-/reload"}`, { method: "POST" });
  }

  output(): string {
    return this.#program?.output() ?? "";
  }

  async stop(signal?: NodeJS.Signals): Promise<void> {
    await this.#program?.stop(signal);
  }
}
