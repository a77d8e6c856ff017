import { createHash } from "node:crypto";
import { type Reference, registryUrl } from "./reference.ts";
import { newerTag } from "./versions.ts";

/** Answer of a registry about one tag. */
export type Answer =
  | {
      readonly state: "exists";
      /** Digest of the multi-platform index, if there is one. */
      readonly digest: string;
      readonly multiPlatform: boolean;
      /** Highest newer version of the same form; undefined if there is none or the tags could not be listed. */
      readonly newer?: string;
      /** Why the tags could not be listed. */
      readonly unlisted?: string;
    }
  | { readonly state: "missing" }
  | { readonly state: "unknown"; readonly reason: string };

export interface RegistryOptions {
  /** Timeout of one request in milliseconds; default 15,000. */
  readonly timeout?: number;
  /** Longest Retry-After in milliseconds to wait for, once; default 10,000. */
  readonly maxRetryAfter?: number;
}

/** Includes the index types, so that registries return the index of a multi-platform tag. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Some repositories on Docker Hub have thousands of tags. */
const maxTagPages = 30;

/** The registry did not answer; the message is the reason. */
class RegistryError extends Error {}

/**
 * Anonymous client for the registry API: https://distribution.github.io/distribution/spec/api/. Caches tokens per
 * instance.
 */
export class RegistryClient {
  private readonly timeout: number;
  private readonly maxRetryAfter: number;
  private readonly tokens = new Map<string, Promise<string>>();

  constructor({ timeout = 15_000, maxRetryAfter = 10_000 }: RegistryOptions = {}) {
    this.timeout = timeout;
    this.maxRetryAfter = maxRetryAfter;
  }

  /** Looks up a tag, its digest, and the newest version of the same form. Errors are part of the answer. */
  async ask(reference: Reference): Promise<Answer> {
    try {
      const manifest = await this.manifest(reference);
      if (manifest === undefined) return { state: "missing" };
      try {
        const newer = newerTag(reference.tag, await this.tags(reference));
        return { state: "exists", ...manifest, ...(newer !== undefined && { newer }) };
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        return { state: "exists", ...manifest, unlisted: error.message };
      }
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { state: "unknown", reason: error.message };
    }
  }

  /** Uses HEAD, which Docker Hub does not count as a pull: https://docs.docker.com/docker-hub/usage/pulls/ */
  private async manifest(reference: Reference) {
    const path = `/v2/${reference.path}/manifests/${reference.tag}`;
    const headers = { accept: manifestTypes.join(", ") };
    const response = await this.request("HEAD", reference, path, headers);
    if (response.status === 404) return undefined;
    if (!response.ok) throw httpError(response);
    const type = response.headers.get("content-type") ?? "";
    const multiPlatform = /image\.index|manifest\.list/.test(type);
    const header = response.headers.get("docker-content-digest");
    if (header !== null) return { digest: header, multiPlatform };
    const full = await this.request("GET", reference, path, headers);
    if (!full.ok) throw httpError(full);
    const bytes = Buffer.from(await full.arrayBuffer());
    return { digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, multiPlatform };
  }

  private async tags(reference: Reference): Promise<string[]> {
    const tags: string[] = [];
    let next: string | undefined = `/v2/${reference.path}/tags/list?n=1000`;
    for (let page = 0; next !== undefined; page++) {
      if (page === maxTagPages) throw new RegistryError(`more than ${maxTagPages} pages of tags`);
      const response: Response = await this.request("GET", reference, next, {});
      if (!response.ok) throw httpError(response);
      const body = (await response.json()) as { tags?: string[] | null };
      tags.push(...(body.tags ?? []));
      next = nextPage(response);
    }
    return tags;
  }

  /** Sends a request, with a token if required. Retries once after a short rate limit. */
  private async request(
    method: "GET" | "HEAD",
    { registry, path }: Reference,
    target: string,
    headers: Record<string, string>,
  ): Promise<Response> {
    const url = new URL(target, registryUrl(registry)).href;
    const key = `${registry}/${path}`;
    const send = async () => {
      const token = await this.tokens.get(key);
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return this.fetch(registry, url, { method, headers: { ...headers, ...authorization } });
    };
    let response = await send();
    const challenge = response.headers.get("www-authenticate");
    if (response.status === 401 && challenge !== null && !this.tokens.has(key)) {
      this.tokens.set(key, this.token(registry, path, challenge));
      response = await send();
    }
    const wait =
      response.status === 429 ? Number(response.headers.get("retry-after") ?? Number.NaN) * 1000 : Number.NaN;
    if (wait <= this.maxRetryAfter) {
      await new Promise((done) => setTimeout(done, wait));
      response = await send();
    }
    return response;
  }

  private async token(registry: string, path: string, challenge: string): Promise<string> {
    const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    const realm = parameter("realm");
    if (!/^bearer /i.test(challenge) || realm === undefined || !URL.canParse(realm))
      throw new RegistryError(`${registry} requires credentials`);
    const url = new URL(realm);
    const service = parameter("service");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", parameter("scope") ?? `repository:${path}:pull`);
    const response = await this.fetch(url.host, url.href, {});
    if (!response.ok) throw httpError(response);
    const { token, access_token: accessToken } = (await response.json()) as Record<string, string | undefined>;
    return token ?? accessToken ?? "";
  }

  private async fetch(host: string, url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...init, signal: AbortSignal.timeout(this.timeout) });
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
      const reason =
        name === "TimeoutError"
          ? `no response within ${this.timeout / 1000} s`
          : (cause?.code ?? cause?.message ?? message);
      throw new RegistryError(`cannot reach ${host} (${reason})`);
    }
  }
}

function httpError(response: Response): RegistryError {
  const { host } = new URL(response.url);
  if ([401, 403].includes(response.status))
    return new RegistryError(`${host} returned ${response.status}: no such repository, or it requires credentials`);
  if (response.status !== 429) return new RegistryError(`${host} returned ${response.status}`);
  const seconds = response.headers.get("retry-after");
  return new RegistryError(`${host} rate limit exceeded (429)${seconds === null ? "" : `; try again in ${seconds} s`}`);
}

/**
 * Path of the next page from the Link header: https://www.rfc-editor.org/rfc/rfc8288. Ignores the host, so that no other
 * host gets the token.
 */
function nextPage(response: Response): string | undefined {
  const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
  if (link === undefined) return undefined;
  const { pathname, search } = new URL(link, response.url);
  return pathname + search;
}
