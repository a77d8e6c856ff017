import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { grafanaEnvironment } from "../../config/products/grafana/environment.ts";
import { folderDirectory, grafanaDirectories, renderGrafana } from "../../config/products/grafana/grafana.ts";
import { passwordFile } from "../../config/products/grafana/own-data-sources.ts";
import { setPassword } from "../../config/products/grafana/password.ts";
import { grafanaPath } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { allDashboards } from "../../dashboards/all.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary, grafanaHome } from "../binaries.ts";
import { type Program, start } from "../logs/programs.ts";

/** Value of a secret in a test's Grafana. */
export const secretOf = (key: string) => `canary-${key}`;

export interface GrafanaOptions {
  /** Secrets that are not {@link secretOf} their key. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Replaced in all settings and files, such as `prometheus:9090` by an address of this machine. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** Grafana with the rendered settings and files, on a free port of this machine. */
export class RunningGrafana {
  readonly #directory = mkdtempSync(join(tmpdir(), "grafana-"));
  readonly #settings: Settings;
  readonly #options: GrafanaOptions;
  #program: Program | undefined;
  #environment: Record<string, string> = {};
  #port = 0;

  constructor(settings: Settings, options: GrafanaOptions = {}) {
    this.#settings = settings;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const { dashboards, data } = grafanaDirectories;
    this.#environment = {
      // HOME is Grafana's own directory, as in its packages and image.
      PATH: process.env["PATH"] ?? "",
      HOME: this.#directory,
      ...Object.fromEntries(
        Object.entries(grafanaEnvironment(this.#settings)).map(([key, value]) => [key, this.#here(value)]),
      ),
      GF_SERVER_HTTP_ADDR: "127.0.0.1",
      GF_SERVER_HTTP_PORT: String(this.#port),
    };
    const provisioning = renderGrafana(this.#settings);
    for (const { path, content } of provisioning) this.#write(`/etc/grafana/${path}`, content);
    for (const { path, content, folder } of allDashboards(this.#settings))
      this.#write(join(folder === undefined ? dashboards : folderDirectory(folder.uid), path), content);
    for (const key of this.#secretFiles(provisioning.map(({ content }) => content))) this.writeSecret(key);
    mkdirSync(this.#here(`${data}/plugins`), { recursive: true });
    await this.restart();
  }

  async restart(): Promise<void> {
    await this.#program?.stop();
    const config = join(this.#directory, "grafana.ini");
    writeFileSync(config, "");
    const args = ["server", "--homepath", grafanaHome, "--config", config, "--packaging=docker"];
    this.#program = await start("grafana", args, this.url(), "/api/health", { env: this.#environment, seconds: 240 });
  }

  /** Its URL on this machine, with the path of `visualization.url`. */
  url(): string {
    return `http://127.0.0.1:${this.#port}${grafanaPath(this.#settings)}`;
  }

  get output(): string {
    return this.#program?.output() ?? "";
  }

  get pid(): number {
    return this.#program?.pid ?? 0;
  }

  /** Lines that it logged as warnings or errors. */
  problems(): Record<string, unknown>[] {
    return this.output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ level }) => level === "error" || level === "warn" || level === "crit");
  }

  /** Requests a path as the administrator, or without credentials. */
  fetch(
    path: string,
    { password, ...init }: RequestInit & { readonly password?: string | null } = {},
  ): Promise<Response> {
    const used = password === undefined ? this.secret("grafanaAdminPassword") : password;
    const user = `${this.#settings.visualization.adminUser}:${used}`;
    const headers = new Headers(init.headers);
    if (used !== null) headers.set("authorization", `Basic ${Buffer.from(user).toString("base64")}`);
    return fetch(`${this.url()}${path}`, { redirect: "manual", ...init, headers });
  }

  async json<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await this.fetch(path, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  secret(key: string): string {
    return this.#options.secrets?.[key] ?? secretOf(key);
  }

  writeSecret(path: string, value?: string): void {
    const key = path.split("/").at(-1) ?? "";
    const text = value ?? this.secret(key);
    this.#write(path, key.startsWith("dataSourcePassword-") ? passwordFile(text) : text);
  }

  /** Runs the script that sets the administrator's password. Returns its output; throws if it fails. */
  setPassword(directory: string): string {
    const script = this.#here(setPassword(directory))
      .replaceAll("/usr/share/grafana/bin/grafana", binary("grafana"))
      .replaceAll("/usr/share/grafana", grafanaHome);
    return execFileSync("/bin/sh", ["-c", script], { env: this.#environment, encoding: "utf8" });
  }

  async remove(): Promise<void> {
    await this.#program?.stop("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #secretFiles(contents: readonly string[]): Set<string> {
    const texts = [...Object.values(grafanaEnvironment(this.#settings)), ...contents];
    return new Set(texts.flatMap((text) => [...text.matchAll(/\$__file\{([^}]+)\}/g)].map(([, path = ""]) => path)));
  }

  #write(path: string, content: string): void {
    const target = this.#here(path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, this.#here(content));
  }

  /** Text with the paths and hosts of this machine. */
  #here(text: string): string {
    const instead = {
      "/etc/grafana": `${this.#directory}/etc`,
      [grafanaDirectories.data]: `${this.#directory}/data`,
      ...this.#options.instead,
    };
    return Object.entries(instead).reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  }
}
