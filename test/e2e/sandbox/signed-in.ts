import assert from "node:assert/strict";
import { request } from "node:https";
import type { TLSSocket } from "node:tls";

export interface Page {
  readonly status: number;
  readonly text: string;
  /** Common name of the gateway's certificate. */
  readonly subject: string;
}

/** The pages behind the sign-in gateway, whose certificate must be issued by `ca`. */
export class SignedIn {
  ca = "";
  /** `user:password`. */
  login = "";
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** A page, without a sign-in unless there is a login. */
  page(path: string, login?: string, body?: string): Promise<Page> {
    const { promise, resolve, reject } = Promise.withResolvers<Page>();
    const asked = request(
      {
        ...{ host: "127.0.0.1", port: this.#port, path, ca: this.ca, servername: "localhost", agent: false },
        method: body === undefined ? "GET" : "POST",
        ...(login !== undefined && { auth: login }),
        headers: { host: `localhost:${this.#port}`, ...(body !== undefined && { "content-type": "application/json" }) },
      },
      (response) => {
        const subject = String((response.socket as TLSSocket).getPeerCertificate().subject?.CN ?? "");
        let text = "";
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text, subject }));
      },
    );
    asked.on("error", reject).end(body);
    return promise;
  }

  async text(path: string): Promise<string> {
    const { status, text } = await this.page(path, this.login);
    assert.equal(status, 200, `${path}: ${text}`);
    return text;
  }

  async prometheus(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    return JSON.parse(await this.text(`/prometheus/api/v1/query?query=${encodeURIComponent(query)}`)).data.result;
  }

  /** Streams of the last ten minutes. */
  async loki(query: string): Promise<{ stream: Record<string, string>; values: string[][] }[]> {
    const parameters = new URLSearchParams({ query, start: `${(Date.now() - 600_000) * 1e6}` });
    return JSON.parse(await this.text(`/loki/loki/api/v1/query_range?${parameters}`)).data.result;
  }
}
