import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { isAllowed, type Source } from "./allowed.ts";
import { sendJson } from "./send.ts";

/** Maximum size of a query in bytes: ten times the longest in the dashboards. */
const maxBody = 64 * 1024;

/** Timeout in milliseconds. Shorter than Prometheus' query timeout. */
const timeout = 30_000;

export interface ProxyRequest {
  readonly source: Source;
  /** URL of the source; undefined if the stack does not have it. */
  readonly target: string | undefined;
  readonly path: string;
  readonly query: string;
}

/** Forwards a read request to its data source, without the client's headers except Content-Type. */
export async function proxy(
  { source, target, path, query }: ProxyRequest,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (!isAllowed(source, incoming.method ?? "", path)) {
    return sendJson(outgoing, 403, failure(`${incoming.method} ${path} is not an allowed read path of ${source}`));
  }
  if (target === undefined) return sendJson(outgoing, 503, failure(`${source} is not part of this stack`, source));
  const body = await readBody(incoming);
  if (body === undefined) return sendJson(outgoing, 413, failure(`the query is longer than ${maxBody} bytes`));
  const { promise, resolve } = Promise.withResolvers<void>();
  const upstream = request(
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
      timeout,
    },
    (incomingResponse) => {
      // Always JSON, so that the browser never renders a response as HTML.
      outgoing.writeHead(incomingResponse.statusCode ?? 502, {
        "content-type": "application/json",
        "cache-control": "no-store",
      });
      incomingResponse.pipe(outgoing);
      incomingResponse.on("error", () => outgoing.destroy());
    },
  );
  upstream.on("timeout", () => upstream.destroy(new Error(`no response within ${timeout / 1000} s`)));
  upstream.on("error", (error) => {
    if (outgoing.headersSent) outgoing.destroy();
    else sendJson(outgoing, 502, failure(`cannot reach ${source}: ${error.message}`));
  });
  outgoing.on("close", () => {
    upstream.destroy();
    resolve();
  });
  upstream.end(body);
  return promise;
}

/** Error in the format of Prometheus. `absent` names a source that the stack does not have. */
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
