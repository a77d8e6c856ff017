import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface Grant {
  readonly claims: object;
  readonly redirectUri: string;
  readonly challenge: string;
}

const hex = (bytes: number) => randomBytes(bytes).toString("hex");

/**
 * An OpenID Connect provider whose only user is always signed in. It checks the client, the redirect URL and PKCE; there are no
 * signatures.
 */
export class OidcProvider {
  /** Claims of the user who signs in next. */
  claims: object = {};
  readonly #client: { readonly id: string; readonly secret: string };
  readonly #codes = new Map<string, Grant>();
  readonly #tokens = new Map<string, object>();
  readonly #server: Server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });

  constructor(client: { readonly id: string; readonly secret: string }) {
    this.#client = client;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://provider");
    if (pathname.endsWith("/auth")) {
      response.writeHead(302, { location: this.#authorize(searchParams) }).end();
      return;
    }
    const answer = pathname.endsWith("/token")
      ? this.#exchange(new URLSearchParams(await text(request)), request.headers.authorization)
      : this.#tokens.get(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
    response.writeHead(answer === undefined ? 401 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  }

  #authorize(query: URLSearchParams): string {
    const value = (name: string) => query.get(name) ?? "";
    if (value("client_id") !== this.#client.id || value("code_challenge_method") !== "S256") throw new Error("refused");
    const code = hex(8);
    const redirectUri = value("redirect_uri");
    this.#codes.set(code, { claims: this.claims, redirectUri, challenge: value("code_challenge") });
    return `${redirectUri}?${new URLSearchParams({ code, state: value("state") })}`;
  }

  #exchange(form: URLSearchParams, authorization: string | undefined): object {
    const value = (name: string) => form.get(name) ?? "";
    const grant = this.#codes.get(value("code"));
    this.#codes.delete(value("code"));
    const { id, secret } = this.#client;
    const basic = `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString("base64")}`;
    const isClient = authorization === basic || (value("client_id") === id && value("client_secret") === secret);
    const challenge = createHash("sha256").update(value("code_verifier")).digest("base64url");
    if (!isClient || grant?.challenge !== challenge || grant.redirectUri !== value("redirect_uri"))
      throw new Error("invalid_grant");
    const token = hex(8);
    this.#tokens.set(token, grant.claims);
    return { access_token: token, token_type: "Bearer", expires_in: 3600, id_token: unsigned(grant.claims) };
  }
}

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.`;
}
