import { execFileSync } from "node:child_process";
import { request } from "node:https";
import { rootCertificates } from "node:tls";
import type { Settings } from "../../config/settings/schema.ts";
import { deployedStack, root } from "../start/stack-project.ts";

/** Client certificate, and names in the certificates of servers by the origin of their URL. */
interface Identity {
  readonly ca: string[];
  readonly cert: string;
  readonly key: string;
  readonly names: ReadonlyMap<string, string>;
}

let identity: Identity | undefined;

/**
 * Makes `requestPart` present the stack's certificate (`network.tls`) to these URLs, by name of their part. The key is read
 * from INTERNAL_TLS_KEY, or else from the stack's config.
 */
export function presentCertificate(
  stack: string,
  { network }: Settings,
  urls: readonly (readonly [part: string, url: string])[],
): void {
  const { enabled, ca = "", certificate = "" } = network.tls;
  if (!enabled) return;
  const names = new Map(urls.map(([part, url]) => [new URL(url).origin, part]));
  identity = { ca: [...rootCertificates, ca], cert: certificate, key: privateKey(stack), names };
}

function privateKey(stack: string): string {
  const given = process.env["INTERNAL_TLS_KEY"];
  if (given !== undefined) return given;
  const { pulumi, command } = deployedStack(stack);
  const words = ["config", "get", "internalTlsKey", "--stack", stack];
  try {
    return execFileSync(pulumi, words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(
      `cannot read the key of network.tls.certificate; set INTERNAL_TLS_KEY, or fix the error of \`${command} ${words.join(" ")}\`: ${(stderr || message).trim()}`,
    );
  }
}

/** Like fetch, whose client certificates would require a package. */
export function requestPart(url: string, init: RequestInit = {}): Promise<Response> {
  const { origin } = new URL(url);
  const servername = identity?.names.get(origin);
  if (identity === undefined || servername === undefined || !origin.startsWith("https:")) return fetch(url, init);
  const { ca, cert, key } = identity;
  return new Promise((resolve, reject) => {
    const options = {
      ...{ ca, cert, key, servername, method: init.method ?? "GET" },
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.signal && { signal: init.signal }),
    };
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 500;
        const body = status === 204 || status === 304 ? null : Buffer.concat(chunks);
        resolve(new Response(body, { status }));
      });
    });
    call.on("error", reject);
    call.end(init.body);
  });
}
