import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { RenderedFile } from "../../config/file.ts";
import { type Program, start } from "../logs/programs.ts";

/** Runs HAProxy on rendered files; `metrics` is the port of its metrics. */
export function startHaproxy(directory: string, [file]: readonly RenderedFile[], metrics: number): Promise<Program> {
  const path = join(directory, file?.path ?? "");
  writeFileSync(path, file?.content ?? "");
  return start("haproxy", ["-db", "-f", path], `http://127.0.0.1:${metrics}`, "/healthz");
}

export interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** Unlike fetch, sends any path and Host unchanged. */
export function send(
  to: { readonly socketPath: string } | { readonly port: number },
  method: string,
  path: string,
  { headers = {}, body = "" }: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", ...to, method, path, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk)).on("end", () => resolve({ status: response.statusCode, text }));
    });
    sent.on("error", reject).end(body);
  });
}
