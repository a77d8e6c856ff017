import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { send, sendText } from "./send.ts";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
};

/** Excludes "..", so that a path cannot leave its folder. */
const safePath = /^(?!.*\.\.)\/[\w./@-]+$/;

/**
 * Sends a file of the built page, compressed if `build.ts` wrote a compressed copy. Files with a content hash in their
 * name are cached forever.
 */
export async function sendAsset(folder: string, path: string, request: IncomingMessage, response: ServerResponse) {
  const type = types[extname(path)];
  const file = join(folder, path);
  if (type === undefined || !safePath.test(path) || !existsSync(file)) return sendText(response, 404, "Not found");
  const compressed = /\bgzip\b/.test(String(request.headers["accept-encoding"])) && existsSync(`${file}.gz`);
  const immutable = /-[A-Z0-9]{8}\.\w+$/.test(path) || path.startsWith("/public/");
  response.setHeader("vary", "accept-encoding");
  if (compressed) response.setHeader("content-encoding", "gzip");
  const body = await readFile(compressed ? `${file}.gz` : file);
  if (!immutable) return send(response, 200, type, body);
  response.writeHead(200, { "content-type": type, "cache-control": "public, max-age=31536000, immutable" });
  response.end(body);
}
