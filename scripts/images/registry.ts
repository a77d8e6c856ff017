import { createHash } from "node:crypto";
import { type Reference, registryUrl } from "./reference.ts";
import { newerTag } from "./versions.ts";

/** What a registry says about one tag. */
export type Answer =
  | {
      readonly state: "exists";
      /** Of the index of all platforms, where the registry has one. */
      readonly digest: string;
      readonly multiPlatform: boolean;
      /** The highest version of the same shape; undefined if this is it, or where the tags could not be listed. */
      readonly newer?: string;
      /** Why the tags could not be listed. */
      readonly unlisted?: string;
    }
  | { readonly state: "missing" }
  | { readonly state: "unknown"; readonly why: string };

export interface RegistryOptions {
  /** Milliseconds that one request may take; default 15,000. */
  readonly timeout?: number;
  /** Longest Retry-After in milliseconds that is waited for, once; default 10,000. */
  readonly patience?: number;
}

/** Order does not matter to registries; with the indexes in the list, a multi-platform tag answers with its index. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Docker Hub has repositories with thousands of tags. */
const maxTagPages = 30;

/** Why a registry did not answer the question, in words. */
class NoAnswer extends Error {}

/**
 * Asks a registry about tags, anonymously: https://distribution.github.io/distribution/spec/api/. One instance keeps the
 * tokens of one run.
 */
export class RegistryClient {
  private readonly timeout: number;
  private readonly patience: number;
  private readonly tokens = new Map<string, Promise<string>>();

  constructor({ timeout = 15_000, patience = 10_000 }: RegistryOptions = {}) {
    this.timeout = timeout;
    this.patience = patience;
  }

  /** Whether a tag exists, its digest, and the newest version like it. Never throws: what went wrong is in the answer. */
  async ask(reference: Reference): Promise<Answer> {
    try {
      const manifest = await this.manifest(reference);
      if (manifest === undefined) return { state: "missing" };
      try {
        const newer = newerTag(reference.tag, await this.tags(reference));
        return { state: "exists", ...manifest, ...(newer !== undefined && { newer }) };
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        return { state: "exists", ...manifest, unlisted: error.message };
      }
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { state: "unknown", why: error.message };
    }
  }

  /** By HEAD: Docker Hub does not count it as a pull, https://docs.docker.com/docker-hub/usage/pulls/ */
  private async manifest(reference: Reference) {
    const path = `/v2/${reference.path}/manifests/${reference.tag}`;
    const headers = { accept: manifestTypes.join(", ") };
    const response = await this.request("HEAD", reference, path, headers);
    if (response.status === 404) return undefined;
    if (!response.ok) throw refused(response);
    const type = response.headers.get("content-type") ?? "";
    const multiPlatform = /image\.index|manifest\.list/.test(type);
    const told = response.headers.get("docker-content-digest");
    if (told !== null) return { digest: told, multiPlatform };
    const whole = await this.request("GET", reference, path, headers);
    if (!whole.ok) throw refused(whole);
    const bytes = Buffer.from(await whole.arrayBuffer());
    return { digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, multiPlatform };
  }

  private async tags(reference: Reference): Promise<string[]> {
    const tags: string[] = [];
    let next: string | undefined = `/v2/${reference.path}/tags/list?n=1000`;
    for (let page = 0; next !== undefined; page++) {
      if (page === maxTagPages) throw new NoAnswer(`more than ${maxTagPages} pages of tags`);
      const response: Response = await this.request("GET", reference, next, {});
      if (!response.ok) throw refused(response);
      const body = (await response.json()) as { tags?: string[] | null };
      tags.push(...(body.tags ?? []));
      next = nextPage(response);
    }
    return tags;
  }

  /** One request, with a token if the registry asks for one, and once more after a short rate limit. */
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
    if (wait <= this.patience) {
      await new Promise((done) => setTimeout(done, wait));
      response = await send();
    }
    return response;
  }

  private async token(registry: string, path: string, challenge: string): Promise<string> {
    const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    const realm = parameter("realm");
    if (!/^bearer /i.test(challenge) || realm === undefined || !URL.canParse(realm))
      throw new NoAnswer(`${registry} asks for credentials`);
    const url = new URL(realm);
    const service = parameter("service");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", parameter("scope") ?? `repository:${path}:pull`);
    const response = await this.fetch(url.host, url.href, {});
    if (!response.ok) throw refused(response);
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
          ? `no answer within ${this.timeout / 1000} s`
          : (cause?.code ?? cause?.message ?? message);
      throw new NoAnswer(`${host} cannot be reached (${reason})`);
    }
  }
}

function refused(response: Response): NoAnswer {
  const { host } = new URL(response.url);
  if ([401, 403].includes(response.status))
    return new NoAnswer(`${host} answered ${response.status}: the repository does not exist or needs credentials`);
  if (response.status !== 429) return new NoAnswer(`${host} answered ${response.status}`);
  const seconds = response.headers.get("retry-after");
  return new NoAnswer(`${host} limits requests (429)${seconds === null ? "" : `; try again in ${seconds} s`}`);
}

/** Path of the page that a Link header calls next, https://www.rfc-editor.org/rfc/rfc8288; never on another host, which would get the token. */
function nextPage(response: Response): string | undefined {
  const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
  if (link === undefined) return undefined;
  const { pathname, search } = new URL(link, response.url);
  return pathname + search;
}
