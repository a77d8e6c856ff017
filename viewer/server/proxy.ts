import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { isAllowed, type Source } from "./allowed.ts";
import { sendJson } from "./send.ts";

/** Longest query in bytes; the longest of the dashboards' has a tenth of it. */
const maxBody = 64 * 1024;

/** Milliseconds until a data source counts as not answering; Prometheus' own limit is longer. */
const patience = 30_000;

export interface ProxyRequest {
  readonly source: Source;
  /** Address of the source; undefined where the stack has none. */
  readonly target: string | undefined;
  readonly path: string;
  readonly query: string;
}

/** Passes one reading request on to its data source. The client's headers stay here, except the type of its body. */
export async function proxy(
  { source, target, path, query }: ProxyRequest,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (!isAllowed(source, incoming.method ?? "", path)) {
    return sendJson(outgoing, 403, failure(`${incoming.method} ${path} is not one of the read paths of ${source}`));
  }
  if (target === undefined) return sendJson(outgoing, 503, failure(`${source} is not part of this stack`, source));
  const body = await readBody(incoming);
  if (body === undefined) return sendJson(outgoing, 413, failure(`the query is longer than ${maxBody} bytes`));
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = request(
    new URL(`${target}${path}${query}`),
    {
      method: incoming.method ?? "GET",
      headers: {
        accept: "application/json",
        ...(body.length > 0 && {
          "content-type": incoming.headers["content-type"] ?? "application/x-www-form-urlencoded",
          "content-length": body.length,
        }),
      },
      timeout: patience,
    },
    (answer) => {
      // Always JSON for the browser, so that nothing in an answer can ever be run as a page.
      outgoing.writeHead(answer.statusCode ?? 502, { "content-type": "application/json", "cache-control": "no-store" });
      answer.pipe(outgoing);
      answer.on("error", () => outgoing.destroy());
    },
  );
  asked.on("timeout", () => asked.destroy(new Error(`no answer within ${patience / 1000} s`)));
  asked.on("error", (error) => {
    if (outgoing.headersSent) outgoing.destroy();
    else sendJson(outgoing, 502, failure(`${source} does not answer: ${error.message}`));
  });
  outgoing.on("close", () => {
    asked.destroy();
    resolve();
  });
  asked.end(body);
  return promise;
}

/** In the form of Prometheus' own errors, which the page shows; `absent` names a source that the stack does not have. */
function failure(error: string, absent?: Source): object {
  return { status: "error", errorType: "viewer", error, ...(absent && { absent }) };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
