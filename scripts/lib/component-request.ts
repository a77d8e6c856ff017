import { execFileSync } from "node:child_process";
import { request } from "node:https";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { bindAddress, gatewayHost, gatewayUrl } from "../../config/products/links.ts";
import { gatewayDirectories, signInGateway } from "../../config/products/sign-in-gateway/product.ts";
import { isLoopback } from "../../config/settings/hosts.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { stackSecret } from "./stack-secret.ts";

/** Credentials and TLS settings for requests to an origin. */
interface Access {
  readonly ca: readonly string[];
  /** Client certificate. */
  readonly cert?: string;
  readonly key?: string;
  /** Name in the server's certificate. */
  readonly servername: string;
  /** Address to connect to instead of the host in the URL. */
  readonly host?: string;
  readonly authorization?: string;
}

/** Access by origin. */
const accesses = new Map<string, Access>();

/**
 * Makes `requestComponent` sign in to `network.gateway` as its first user or, without the gateway, present the certificate of
 * `network.tls` to these URLs. The password is read from GATEWAY_PASSWORD and the key from INTERNAL_TLS_KEY, or else from the
 * config of the stack.
 */
export function presentCredentials(
  stack: string,
  settings: Settings,
  urls: readonly (readonly [component: string, url: string])[],
): void {
  const { gateway, tls } = settings.network;
  accesses.clear();
  if (gateway.enabled) accesses.set(gatewayUrl(settings), signIn(stack, settings));
  else if (tls.enabled) {
    const what = "the key of network.tls.certificate";
    const key = stackSecret(stack, "internalTlsKey", { variable: "INTERNAL_TLS_KEY", what });
    const { ca = "", certificate = "" } = tls;
    for (const [component, url] of urls)
      accesses.set(new URL(url).origin, {
        ca: [...rootCertificates, ca],
        cert: certificate,
        key,
        servername: component,
      });
  }
}

function signIn(stack: string, settings: Settings): Access {
  const { users, tls } = settings.network.gateway;
  const [user = ""] = users;
  const what = `the password of ${user}`;
  const password = stackSecret(stack, `gatewayPassword-${user}`, { variable: "GATEWAY_PASSWORD", what }).trimEnd();
  const host = gatewayHost(settings).replace(/^\[|\]$/g, "");
  const address = bindAddress(settings, "gateway");
  return {
    ca: [...rootCertificates, ...(tls === "internal" ? [internalAuthority(stack)] : [])],
    servername: isIP(host) === 0 ? host : "",
    // The public name of the gateway may resolve to another machine, such as a proxy.
    ...(isLoopback(address) && { host: address }),
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
  };
}

/** Certificate of the CA that the gateway generated. */
function internalAuthority(stack: string): string {
  const file = `${gatewayDirectories.data}/pki/authorities/local/root.crt`;
  const words = ["exec", `white-room-${stack}-${signInGateway.workload}`, "cat", file];
  try {
    return execFileSync("docker", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(
      `cannot read the CA of the gateway; fix the error of \`docker ${words.join(" ")}\`: ${(stderr || message).trim()}`,
    );
  }
}

/** Like `fetch`, but with client certificates, which Node's `fetch` supports only with an additional package. */
export function requestComponent(url: string, init: RequestInit = {}): Promise<Response> {
  const { origin, host } = new URL(url);
  const access = accesses.get(origin);
  if (access === undefined || !origin.startsWith("https:")) return fetch(url, init);
  const { authorization, ca, ...connection } = access;
  return new Promise((resolve, reject) => {
    const options = {
      ...connection,
      ca: [...ca],
      method: init.method ?? "GET",
      headers: {
        host,
        ...(authorization !== undefined && { authorization }),
        ...Object.fromEntries(new Headers(init.headers)),
      },
      ...(init.signal && { signal: init.signal }),
    };
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 500;
        const body = status === 204 || status === 304 ? null : Buffer.concat(chunks);
        const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        resolve(new Response(body, { status, headers }));
      });
    });
    call.on("error", reject);
    call.end(init.body);
  });
}
