import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { otlpBytes, otlpRequest, type SentSpan } from "./span-senders.ts";

const hex = (bytes: number) => randomBytes(bytes).toString("hex");

/** A span in a new trace. */
export const newSpan = (more: Partial<SentSpan> = {}): SentSpan => ({
  traceId: hex(16),
  spanId: hex(8),
  name: "render",
  ...more,
});

export interface Flood {
  /** Spans refused, of both services. */
  readonly refused: number;
  /** What the quiet service has sent. */
  readonly quiet: readonly SentSpan[];
}

/** Spans per request of the flooding service. */
const size = 2000;

/**
 * One service sends as fast as it can until five of its requests have been refused, for at most a minute. Meanwhile, another
 * service sends a span every 100 ms and retries refused ones, as SDKs do.
 */
export async function flood(otlpHttp: string, quietSpan: Partial<SentSpan> = {}): Promise<Flood> {
  const attributes = { "http.request.method": "GET", "http.route": "/api/songs/:id" };
  const bodies = Array.from({ length: 10 }, () =>
    otlpBytes(
      "flooding",
      Array.from({ length: size }, () => newSpan({ attributes })),
    ),
  );
  const end = Date.now() + 60_000;
  let [refused, quietRefused] = [0, 0];
  const isOver = () => refused >= 5 || Date.now() > end;
  const flooding = async (first: number) => {
    for (let index = first; !isOver(); index++) {
      const body = new Uint8Array(bodies[index % bodies.length] ?? []);
      const code = await post(otlpHttp, "application/x-protobuf", body);
      if (code === 503) refused++;
      else assert.equal(code, 200);
    }
  };
  const quiet: SentSpan[] = [];
  const sendQuietly = async () => {
    while (!isOver()) {
      const span = newSpan(quietSpan);
      while ((await post(otlpHttp, "application/json", JSON.stringify(otlpRequest("quiet", [span])))) === 503) {
        quietRefused++;
        await pause(500);
      }
      quiet.push(span);
      await pause(100);
    }
  };
  await Promise.all([sendQuietly(), ...Array.from({ length: 8 }, (_, index) => flooding(index))]);
  assert.ok(refused >= 5, `${refused} requests were refused`);
  assert.ok(quiet.length > 0);
  return { refused: refused * size + quietRefused, quiet };
}

async function post(url: string, type: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> {
  const answer = await fetch(`${url}/v1/traces`, { method: "POST", headers: { "content-type": type }, body });
  await answer.arrayBuffer();
  return answer.status;
}
