import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jaegerFiles, renderJaeger, renderSampling } from "../../config/products/jaeger/jaeger.ts";
import { jaeger, jaegerPorts } from "../../config/products/jaeger/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { type Program, start, until } from "../logs/programs.ts";

interface Tag {
  readonly key: string;
  readonly value: unknown;
}

/** A span as Jaeger's API returns it. */
export interface JaegerSpan {
  readonly operationName: string;
  readonly duration: number;
  readonly tags: readonly Tag[];
  readonly references: readonly unknown[];
}

/** Limits the memory in Jaeger's config, so that a short flood fills it. */
export function withLessMemory(config: string): string {
  const limits = /limit_percentage: 75\n( +)spike_limit_percentage: 20/;
  assert.match(config, limits);
  return config.replace(limits, "limit_mib: 300\n$1spike_limit_mib: 80");
}

/** Jaeger with the rendered files, on free ports of this machine. */
export class RunningJaeger {
  readonly directory = mkdtempSync(join(tmpdir(), "jaeger-"));
  readonly #ports = new Map<number, number>();
  #program: Program | undefined;

  /** Starts it. `change` edits its config, for example to values shorter than the settings allow. */
  async start(settings: Settings, change = (config: string) => config): Promise<void> {
    for (const port of [jaeger.port, ...Object.values(jaegerPorts)]) this.#ports.set(port, await freePort());
    const places = {
      host: "127.0.0.1",
      port: (port: number) => this.port(port),
      configDirectory: this.directory,
      samplingDirectory: this.directory,
      dataDirectory: this.directory,
    };
    for (const { path, content } of [...renderJaeger(settings, places), ...renderSampling(settings)])
      writeFileSync(join(this.directory, path), path === jaegerFiles.config ? change(content) : content);
    mkdirSync(join(this.directory, "badger"));
    await this.resume();
  }

  /** Starts it again after {@link stop}. */
  async resume(): Promise<void> {
    const config = `--config=${join(this.directory, jaegerFiles.config)}`;
    this.#program = await start("jaeger", [config], this.url(jaegerPorts.health), jaeger.probe.path);
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  /** Stops it and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true });
  }

  /** The port of this machine that replaces one of the stack's. */
  port(port: number): number {
    return this.#ports.get(port) ?? port;
  }

  url(port: number): string {
    return `http://127.0.0.1:${this.port(port)}`;
  }

  get pid(): number | undefined {
    return this.#program?.pid;
  }

  /** Spans of a trace, by name. */
  async spans(traceId: string): Promise<JaegerSpan[]> {
    const answer = await fetch(`${this.url(jaeger.port)}/api/traces/${traceId}`);
    const { data } = (await answer.json()) as { data: { spans: JaegerSpan[] }[] | null };
    return (data ?? []).flatMap(({ spans }) => spans).sort((a, b) => a.operationName.localeCompare(b.operationName));
  }

  /** Waits until a trace has these spans and no others. */
  arrives(traceId: string, names: readonly string[]): Promise<void> {
    return until(`trace ${traceId} has ${names.join(" and ")}`, async () => {
      const found = (await this.spans(traceId)).map(({ operationName }) => operationName);
      return JSON.stringify(found) === JSON.stringify(names);
    });
  }

  /** Sum of the samples of one of Jaeger's metrics with all of these labels; 0 if there are none. */
  metric(name: string, ...labels: readonly string[]): Promise<number> {
    return this.#sum(jaegerPorts.metrics, name, labels);
  }

  /** The same for the metrics that it derives from spans. */
  spanMetric(name: string, ...labels: readonly string[]): Promise<number> {
    return this.#sum(jaegerPorts.spanMetrics, name, labels);
  }

  async #sum(port: number, name: string, labels: readonly string[]): Promise<number> {
    const text = await (await fetch(`${this.url(port)}/metrics`)).text();
    const lines = text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }
}
