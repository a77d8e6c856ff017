import { requestComponent } from "../../scripts/lib/component-request.ts";

/** A line as Loki has stored it. */
export interface StoredEntry {
  readonly time: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly text: string;
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly stream: Record<string, string>;
      readonly values: readonly [string, string, { structuredMetadata?: Record<string, string> }?][];
    }[];
  };
}

/** All lines of the last hour that match a selector, ordered by time and text. */
export async function storedEntries(loki: string, selector: string): Promise<StoredEntry[]> {
  const query = new URLSearchParams({
    query: selector,
    start: new Date(Date.now() - 3_600_000).toISOString(),
    end: new Date(Date.now() + 600_000).toISOString(),
    limit: "5000",
  });
  // Without the flag Loki mixes structured metadata into the labels.
  const headers = { "X-Loki-Response-Encoding-Flags": "categorize-labels" };
  const answer = await requestComponent(`${loki}/loki/api/v1/query_range?${query}`, { headers });
  if (!answer.ok) throw new Error(`Loki answers ${answer.status}: ${await answer.text()}`);
  const { data } = (await answer.json()) as QueryAnswer;
  return data.result
    .flatMap(({ stream, values }) =>
      values.map(([nanoseconds, text, fields]) => ({
        time: rfc3339(nanoseconds),
        labels: stream,
        metadata: fields?.structuredMetadata ?? {},
        text,
      })),
    )
    .sort((one, other) => compare(one.time, other.time) || compare(one.text, other.text));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Nanoseconds since the epoch as RFC 3339 with all nine digits. */
function rfc3339(nanoseconds: string): string {
  const seconds = new Date(Number(nanoseconds.slice(0, -9)) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${nanoseconds.slice(-9)}Z`;
}
