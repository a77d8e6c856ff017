import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import type { RenderedFile } from "../../config/file.ts";
import { renderAccounts } from "../../config/products/sign-in-gateway/accounts.ts";
import { renderCaddyfile } from "../../config/products/sign-in-gateway/caddyfile.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { type Program, start } from "../logs/programs.ts";

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage["headers"];
  /** SHA-256 fingerprint of the server's certificate. */
  readonly fingerprint: string;
}

export interface Ask {
  readonly user?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** Name in the TLS handshake. */
  readonly servername?: string;
}

/** The real Caddy with the stack's files, and stand-ins for other programs. Replaces files atomically, as in a container. */
export class RunningGateway {
  readonly #folder: string;
  readonly #port: number;
  #program: Program | undefined;
  readonly metrics: string;

  private constructor(folder: string, port: number, metrics: number) {
    this.#folder = folder;
    this.#port = port;
    this.metrics = `127.0.0.1:${metrics}`;
  }

  static async create(folder: string, port: number): Promise<RunningGateway> {
    for (const name of ["config", "secrets"]) mkdirSync(join(folder, name), { recursive: true });
    return new RunningGateway(folder, port, await freePort());
  }

  /** Writes the files; `servers` are the stand-ins by `host:port` inside the stack. */
  configure(
    settings: Settings,
    passwords: Readonly<Record<string, string>>,
    { servers = {}, key }: { readonly servers?: Readonly<Record<string, string>>; readonly key?: RenderedFile } = {},
  ): void {
    const accounts = renderAccounts(new Map(Object.entries(passwords)), "salt");
    if (key !== undefined) this.#write(join("secrets", key.path), key.content);
    this.#write("secrets/accounts", accounts);
    const places = {
      metrics: this.metrics,
      pagesPort: this.#port,
      data: join(this.#folder, "data"),
      secrets: "../secrets",
      servers,
    };
    for (const { path, content } of renderCaddyfile(settings, places).toReversed())
      this.#write(join("config", path), content);
  }

  async start(): Promise<void> {
    const words = ["run", "--watch", "--config", "Caddyfile", "--adapter", "caddyfile"];
    this.#program = await start("caddy", words, `http://${this.metrics}`, "/healthz", {
      cwd: join(this.#folder, "config"),
    });
  }

  async stop(): Promise<void> {
    await this.#program?.stop("SIGKILL");
  }

  output(): string {
    return this.#program?.output() ?? "";
  }

  /** Like browsers, repeats a request if its new connection is reset, which can happen while Caddy replaces its listener. */
  async ask(path: string, ask: Ask = {}): Promise<Reply> {
    return this.#request(path, ask).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET") throw error;
      return this.#request(path, ask);
    });
  }

  #request(
    path: string,
    { user, password, headers = {}, method = "GET", servername = "localhost" }: Ask,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: "127.0.0.1", port: this.#port, method, path, servername, rejectUnauthorized: false, agent: false },
          headers: {
            host: `localhost:${this.#port}`,
            ...(user !== undefined && { authorization: `Basic ${btoa(`${user}:${password}`)}` }),
            ...headers,
          },
        },
        (response) => {
          const { fingerprint256 } = (response.socket as import("node:tls").TLSSocket).getPeerCertificate();
          let text = "";
          response
            .on("data", (chunk) => (text += chunk))
            .on("end", () =>
              resolve({
                status: response.statusCode ?? 0,
                text,
                headers: response.headers,
                fingerprint: fingerprint256,
              }),
            );
        },
      );
      sent.on("error", reject).end();
    });
  }

  #write(path: string, content: string): void {
    const target = join(this.#folder, path);
    writeFileSync(`${target}.new`, content);
    renameSync(`${target}.new`, target);
  }
}
