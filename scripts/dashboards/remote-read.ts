import protobuf from "protobufjs";
import { compress, uncompress } from "snappyjs";
import { requestComponent } from "../lib/component-request.ts";

/** From https://github.com/prometheus/prometheus/blob/main/prompb/remote.proto. */
const readRequest = protobuf
  .parse(
    `syntax = "proto3";
    message ReadRequest { repeated Query queries = 1; }
    message Query { int64 start_timestamp_ms = 1; int64 end_timestamp_ms = 2; repeated Matcher matchers = 3; }
    message Matcher { Type type = 1; string name = 2; string value = 3; enum Type { EQ = 0; NEQ = 1; RE = 2; NRE = 3; } }`,
    { keepCase: true },
  )
  .root.lookupType("ReadRequest");

/**
 * All samples between two times in Unix milliseconds, both inclusive, as the body of a remote write request; undefined if
 * there are none. Unlike the query API, remote read returns staleness markers. It adds the external labels `cluster` and
 * `env`, which all series of the stack have anyway, and `replica` on Kubernetes.
 */
export async function readSamples(prometheus: string, from: number, to: number): Promise<Uint8Array | undefined> {
  const everything = { type: 1, name: "__name__", value: "" };
  const query = { start_timestamp_ms: from, end_timestamp_ms: to, matchers: [everything] };
  const response = await requestComponent(`${prometheus}/api/v1/read`, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-read-version": "0.1.0",
    },
    body: compress(readRequest.encode({ queries: [query] }).finish()) as Uint8Array<ArrayBuffer>,
  });
  if (!response.ok) throw new Error(`${prometheus} returned ${response.status}: ${(await response.text()).trim()}`);
  const series = firstResult(uncompress(new Uint8Array(await response.arrayBuffer())));
  return series.length === 0 ? undefined : compress(series);
}

/**
 * Content of the first result in a read response, without its tag and length. It has the wire format of a write request: both
 * are a list of time series in the same field.
 */
function firstResult(response: Uint8Array): Uint8Array {
  const reader = protobuf.Reader.create(response);
  reader.uint32();
  return reader.bytes();
}
