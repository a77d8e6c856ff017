import { watch } from "node:fs";
import type { ServerResponse } from "node:http";

/** Milliseconds without a further change: a render writes several files. */
const settled = 150;

/** Open pages that want to know when a dashboard's file was saved, as server-sent events. */
export class Changes {
  readonly #pages = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;

  /** Watches a folder for as long as the process runs. */
  constructor(folder: string) {
    watch(folder, { recursive: true }, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.announce(), settled);
    });
  }

  follow(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": open\n\n");
    this.#pages.add(response);
    response.on("close", () => this.#pages.delete(response));
  }

  announce(): void {
    for (const page of this.#pages) page.write("event: change\ndata: {}\n\n");
  }
}
