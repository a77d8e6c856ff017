import { fingerprint } from "./notifications.ts";
import type { Reception } from "./receiver.ts";

/** A dead man's switch: any request counts. The path after `/heartbeat/` is the key. */
export function receiveHeartbeat(path: string, body: unknown): Reception {
  const key = /^\/heartbeat\/(.+)$/.exec(path)?.[1];
  const { status } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return {
    status: 200,
    contentType: "text/plain",
    answer: "ok",
    notification: {
      kind: "heartbeat",
      ...(key === undefined ? {} : { key_fingerprint: fingerprint(key) }),
      summary: typeof status === "string" ? `alive (${status})` : "alive",
      payload: body ?? null,
    },
  };
}
