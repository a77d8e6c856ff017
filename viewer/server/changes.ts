import { watch } from "node:fs";
import type { ServerResponse } from "node:http";

/** Milliseconds to wait for further changes: a render writes several files. */
const debounce = 150;

/** Notifies open pages of changed dashboard files by server-sent events. */
export class Changes {
  readonly #pages = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;

  /** Watches a folder until the process exits. */
  constructor(folder: string) {
    watch(folder, { recursive: true }, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.notify(), debounce);
    });
  }

  subscribe(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": open\n\n");
    this.#pages.add(response);
    response.on("close", () => this.#pages.delete(response));
  }

  private notify(): void {
    for (const page of this.#pages) page.write("event: change\ndata: {}\n\n");
  }
}
