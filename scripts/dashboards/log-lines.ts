import { requestComponent } from "../lib/component-request.ts";

/** Nanoseconds, line and structured metadata. */
type Entry = readonly [string, string, Readonly<Record<string, string>>];

/** Lines with the same labels, as in a push request. */
export interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly Entry[];
}

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly stream: Stream["stream"];
      readonly values: readonly [string, string, { readonly structuredMetadata?: Entry[2] }?][];
    }[];
  };
}

/** Loki's default limit of lines per query. */
const limit = 5000;

/** All lines between `from` (inclusive) and `to` (exclusive), in Unix nanoseconds. Throws if Loki returns an error. */
export async function readLines(loki: string, from: bigint, to: bigint): Promise<readonly Stream[]> {
  // Both collectors label every stream with the cluster.
  const parameters = { query: '{cluster=~".+"}', start: `${from}`, end: `${to}`, limit: `${limit}` };
  const query = new URLSearchParams({ ...parameters, direction: "forward" });
  // Without the flag, structured metadata is part of the labels.
  const headers = { "X-Loki-Response-Encoding-Flags": "categorize-labels" };
  const response = await requestComponent(`${loki}/loki/api/v1/query_range?${query}`, { headers });
  if (!response.ok) throw new Error(`${loki} returned ${response.status}: ${(await response.text()).trim()}`);
  const { result } = ((await response.json()) as Answer).data;
  const lines = result.reduce((sum, { values }) => sum + values.length, 0);
  if (lines >= limit && to - from > 1n) {
    const middle = (from + to) / 2n;
    return [...(await readLines(loki, from, middle)), ...(await readLines(loki, middle, to))];
  }
  return result.map(({ stream, values }) => ({
    stream,
    values: values.map(([time, line, categories]): Entry => [time, line, categories?.structuredMetadata ?? {}]),
  }));
}
