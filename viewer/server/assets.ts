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

/** Letters, digits, dots and slashes, and never two dots: no such path leaves its folder. */
const harmless = /^(?!.*\.\.)\/[\w./@-]+$/;

/**
 * A file of the built page. `build.ts` has written compressed ones beside those that gain by it; names below /assets/
 * carry a hash of the content and may be kept forever, except the two that index.html names.
 */
export async function sendAsset(folder: string, path: string, request: IncomingMessage, response: ServerResponse) {
  const type = types[extname(path)];
  const file = join(folder, path);
  if (type === undefined || !harmless.test(path) || !existsSync(file)) return sendText(response, 404, "Not found");
  const zipped = /\bgzip\b/.test(String(request.headers["accept-encoding"])) && existsSync(`${file}.gz`);
  const kept = /-[A-Z0-9]{8}\.\w+$/.test(path) || path.startsWith("/public/");
  response.setHeader("vary", "accept-encoding");
  if (zipped) response.setHeader("content-encoding", "gzip");
  if (!kept) return send(response, 200, type, await readFile(zipped ? `${file}.gz` : file));
  response.writeHead(200, { "content-type": type, "cache-control": "public, max-age=31536000, immutable" });
  response.end(await readFile(zipped ? `${file}.gz` : file));
}
