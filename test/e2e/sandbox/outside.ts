import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import bcrypt from "bcryptjs";
import { freePort } from "../../../scripts/lib/free-port.ts";
import { run } from "../../../scripts/lib/run-command.ts";
import { Authority, type Certificate } from "../../kubernetes/cluster/certificates.ts";
import { type Program, start } from "../../logs/programs.ts";

/** Name of this machine in the containers, and in the certificates of its servers. */
export const outsideHost = "outside.internal";

/** Credentials that the servers accept. */
export interface Accepted {
  /** Bearer token of /licensing/metrics. */
  token: string;
  /** Password of /billing/metrics, which also requires a client certificate. */
  password: string;
  /** Password of the store of metrics. */
  metrics: string;
  /** Password of the store of logs. */
  logs: string;
}

export interface Notified {
  readonly path: string;
  readonly body: string;
}

/**
 * Servers that belong to a user and not to the stack: two applications, a store of metrics (a real Prometheus), a store of logs
 * and receivers of notifications. They listen on the address that containers know as `host-gateway`.
 */
export class Outside {
  readonly folder = mkdtempSync(join(tmpdir(), "white-room-outside-"));
  /** Value of `license_sessions`. */
  sessions = 0;
  readonly notified: Notified[] = [];
  /** Accepted requests, by path. */
  readonly accepted = new Map<string, number>();
  readonly #credentials: Accepted;
  readonly #close: (() => unknown)[] = [];
  #authority: Authority | undefined;
  #address = "";
  #ports = { tls: 0, plain: 0, store: 0 };

  constructor(credentials: Accepted) {
    this.#credentials = { ...credentials };
  }

  async start(): Promise<void> {
    const gateway = ["network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"];
    this.#address = (await run("docker", gateway)).trim();
    this.#authority = await Authority.create(this.folder);
    const { certificate, key } = await this.issue("server", [outsideHost]);
    const options = {
      cert: readFileSync(certificate),
      key: readFileSync(key),
      ca: this.ca,
      requestCert: true,
      rejectUnauthorized: false,
    };
    const secured = createTlsServer(options, (request, response) => {
      request.resume();
      const path = request.url ?? "";
      const isAccepted = this.#accepts(path, request);
      if (isAccepted) this.accepted.set(path, (this.accepted.get(path) ?? 0) + 1);
      response.writeHead(isAccepted ? 200 : 401, { "content-type": "text/plain; version=0.0.4" });
      response.end(`license_sessions ${this.sessions}\n`);
    });
    const plain = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        this.notified.push({ path: request.url ?? "", body });
        response.writeHead(202).end("{}");
      });
    });
    this.#ports = {
      tls: await this.#listen(secured),
      plain: await this.#listen(plain),
      store: await freePort(),
    };
    await this.#startStore({ certificate, key });
  }

  /** The authority that issued the servers' certificates. */
  get ca(): string {
    return readFileSync(this.#authority?.certificate ?? "", "utf8");
  }

  /** Address of the applications and of the store of logs, which serve TLS. */
  get secured(): string {
    return `${outsideHost}:${this.#ports.tls}`;
  }

  /** URL of the receivers of notifications. */
  get receivers(): string {
    return `http://${outsideHost}:${this.#ports.plain}`;
  }

  /** Address of the store of metrics. */
  get store(): string {
    return `${outsideHost}:${this.#ports.store}`;
  }

  issue(user: string, addresses: readonly string[] = []): Promise<Certificate> {
    if (this.#authority === undefined) throw new Error("not started");
    return this.#authority.issue(user, { user, addresses });
  }

  /** Changes the credentials; from now on, the old ones are refused. */
  accept(credentials: Accepted): void {
    Object.assign(this.#credentials, credentials);
    this.#writeStoreUsers();
  }

  /** Labels of the series that the store of metrics has, with the time of their last sample. */
  stored(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const options = {
      ...{ host: this.#address, port: this.#ports.store, servername: outsideHost, ca: this.ca },
      ...{ path: `/api/v1/query?query=${encodeURIComponent(query)}`, auth: `writer:${this.#credentials.metrics}` },
    };
    return new Promise((resolve, reject) => {
      const asked = request(options, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += chunk));
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(JSON.parse(body).data.result)
            : reject(new Error(`the store answers ${response.statusCode}: ${body}`)),
        );
      });
      asked.on("error", reject).end();
    });
  }

  async stop(): Promise<void> {
    for (const close of this.#close.reverse()) await close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #accepts(path: string, { headers, socket }: IncomingMessage): boolean {
    const basic = (user: string, password: string) => headers.authorization === `Basic ${btoa(`${user}:${password}`)}`;
    const { token, password, logs } = this.#credentials;
    switch (path) {
      case "/licensing/metrics":
        return headers.authorization === `Bearer ${token}`;
      case "/billing/metrics":
        return (socket as TLSSocket).authorized && basic("scraper", password);
      case "/logs":
        return basic("writer", logs);
      default:
        return false;
    }
  }

  async #listen(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, this.#address, resolve));
    this.#close.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  async #startStore({ certificate, key }: Certificate): Promise<void> {
    const data = join(this.folder, "store");
    mkdirSync(data);
    writeFileSync(join(data, "prometheus.yml"), "global: {}\n");
    this.#files = { certificate, key };
    this.#writeStoreUsers();
    const store: Program = await start(
      "prometheus",
      [
        `--config.file=${join(data, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(data, "tsdb")}`,
        `--web.config.file=${join(data, "web.yml")}`,
        `--web.listen-address=${this.#address}:${this.#ports.store}`,
        "--web.enable-remote-write-receiver",
      ],
      `https://${this.#address}:${this.#ports.store}`,
      () =>
        this.stored("vector(1)").then(
          () => true,
          () => false,
        ),
    );
    this.#close.push(() => store.stop("SIGKILL"));
  }

  #files: Certificate = { certificate: "", key: "" };

  /** Prometheus rereads this file at each request. */
  #writeStoreUsers(): void {
    const { certificate, key } = this.#files;
    const web = {
      tls_server_config: { cert_file: certificate, key_file: key },
      basic_auth_users: { writer: bcrypt.hashSync(this.#credentials.metrics, 4) },
    };
    writeFileSync(join(this.folder, "store", "web.yml"), JSON.stringify(web));
  }
}
