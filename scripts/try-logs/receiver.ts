import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import protobuf from "protobufjs";
import { uncompress } from "snappyjs";

/** An entry as a collector pushes it to Loki. */
export interface PushedEntry {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Format: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs. */
const pushRequest = protobuf
  .parse(
    `syntax = "proto3";
    message PushRequest { repeated Stream streams = 1; }
    message Stream { string labels = 1; repeated Entry entries = 2; }
    message Entry { Timestamp timestamp = 1; string line = 2; repeated Label structuredMetadata = 3; }
    message Timestamp { int64 seconds = 1; int32 nanos = 2; }
    message Label { string name = 1; string value = 2; }`,
    { keepCase: true },
  )
  .root.lookupType("PushRequest");

interface PushRequest {
  readonly streams: readonly {
    readonly labels: string;
    readonly entries: readonly {
      readonly timestamp: { readonly seconds: string; readonly nanos: number };
      readonly line: string;
      readonly structuredMetadata: readonly { readonly name: string; readonly value: string }[];
    }[];
  }[];
}

/** Entries in the body of a push request. */
export function decodePush(body: Uint8Array): PushedEntry[] {
  const message = pushRequest.decode(uncompress(body));
  const { streams } = pushRequest.toObject(message, { longs: String, defaults: true, arrays: true }) as PushRequest;
  return streams.flatMap(({ labels, entries }) =>
    entries.map(({ timestamp, line, structuredMetadata }) => ({
      time: BigInt(timestamp?.seconds ?? 0) * 1_000_000_000n + BigInt(timestamp?.nanos ?? 0),
      labels: parseLabels(labels),
      metadata: Object.fromEntries(structuredMetadata.map(({ name, value }) => [name, value])),
      text: line,
    })),
  );
}

/** Labels as Go prints them: `{job="files", service="billing"}`. */
function parseLabels(written: string): Record<string, string> {
  const pairs = [...written.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)];
  return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, JSON.parse(value) as string]));
}

export interface Receiver {
  readonly port: number;
  readonly entries: readonly PushedEntry[];
  close(): void;
}

/** Accepts push requests on a free port of the loopback interface. */
export async function receivePushes(): Promise<Receiver> {
  const entries: PushedEntry[] = [];
  const server = createServer(async (request, response) => {
    entries.push(...decodePush(await buffer(request)));
    response.writeHead(204).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return {
    port: address.port,
    entries,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
