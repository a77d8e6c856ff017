import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The part of the S3 API that Loki uses, in memory. Records access keys, but does not check signatures. */
export class ObjectStorage {
  readonly objects = new Map<string, Buffer>();
  /** Access keys that requests were signed with. */
  readonly accessKeys = new Set<string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://storage");
    const [, , key = ""] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    const [, accessKey] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
    if (accessKey !== undefined) this.accessKeys.add(accessKey);
    const body = await bodyOf(request);
    if (key === "") return this.#answerBucket(url, response);
    const found = this.objects.get(key);
    if (request.method === "PUT") {
      this.objects.set(key, body);
      response.setHeader("ETag", '"stored"').end();
    } else if (request.method === "DELETE") {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else if (found === undefined) {
      response.writeHead(404, { "Content-Type": "application/xml" });
      response.end(request.method === "HEAD" ? undefined : xml("Error", "<Code>NoSuchKey</Code>"));
    } else {
      sendObject(found, request, response);
    }
  }

  #answerBucket(url: URL, response: ServerResponse): void {
    response.setHeader("Content-Type", "application/xml");
    if (url.searchParams.has("location")) {
      response.end(xml("LocationConstraint", "eu"));
      return;
    }
    const [prefix, delimiter] = [url.searchParams.get("prefix") ?? "", url.searchParams.get("delimiter") ?? ""];
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const folders = new Set<string>();
    const contents = keys.flatMap((key) => {
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (end < 0) return [contentOf(key, this.objects.get(key)?.length ?? 0)];
      folders.add(key.slice(0, end + 1));
      return [];
    });
    const common = [...folders].map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
    const counted = `<KeyCount>${contents.length + common.length}</KeyCount><IsTruncated>false</IsTruncated>`;
    response.end(xml("ListBucketResult", [`<Prefix>${prefix}</Prefix>`, counted, ...contents, ...common].join("")));
  }
}

function sendObject(content: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const begin = Number(first ?? 0);
  const end = Math.min(last ? Number(last) + 1 : content.length, content.length);
  response.writeHead(first === undefined ? 200 : 206, {
    "Content-Length": end - begin,
    "Last-Modified": new Date(0).toUTCString(),
    ETag: '"stored"',
    ...(first !== undefined && { "Content-Range": `bytes ${begin}-${end - 1}/${content.length}` }),
  });
  response.end(request.method === "HEAD" ? undefined : content.subarray(begin, end));
}

function contentOf(key: string, size: number): string {
  const modified = new Date(0).toISOString();
  return `<Contents><Key>${key}</Key><Size>${size}</Size><LastModified>${modified}</LastModified><ETag>"stored"</ETag></Contents>`;
}

function xml(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}

/** Over plain HTTP each chunk is signed, too: `<size in hex>;chunk-signature=…`, the chunk, and so on. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const whole = Buffer.concat(parts);
  if (!String(request.headers["x-amz-content-sha256"]).startsWith("STREAMING-")) return whole;
  const chunks: Buffer[] = [];
  for (let at = 0; at < whole.length; ) {
    const lineEnd = whole.indexOf("\r\n", at);
    const size = Number.parseInt(whole.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) break;
    chunks.push(whole.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}
