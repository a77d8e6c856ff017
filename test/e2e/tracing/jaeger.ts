import { demoHosts, demoPorts } from "../../../config/white-room/demo.ts";
import { quick } from "../alerting/quick.ts";
import { apply } from "../sandbox/sandbox.ts";

/** A span as the tests read it. */
export interface StoredSpan {
  readonly service: string;
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
}

/** A trace as Jaeger's API returns it. */
interface ApiTrace {
  readonly spans: readonly {
    readonly spanID: string;
    readonly operationName: string;
    readonly processID: string;
    readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  }[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

/** All spans of a trace; none if Jaeger does not have it. */
export async function spansOf(traceId: string): Promise<StoredSpan[]> {
  const answer = await fetch(`http://127.0.0.1:16686/api/traces/${traceId}`, { signal: AbortSignal.timeout(10_000) });
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`Jaeger answers ${answer.status}: ${await answer.text()}`);
  const { data } = (await answer.json()) as { data: ApiTrace[] };
  return data.flatMap(({ spans, processes }) =>
    spans.map(({ spanID, operationName, processID, references }) => ({
      service: processes[processID]?.serviceName ?? "",
      name: operationName,
      spanId: spanID,
      parentSpanId: references.find(({ refType }) => refType === "CHILD_OF")?.spanID,
    })),
  );
}

/** The first of these traces that has at least five spans of all three services, in one tree. */
export async function wholeTrace(traceIds: readonly string[]): Promise<StoredSpan[] | undefined> {
  for (const traceId of traceIds) {
    const spans = await spansOf(traceId);
    const services = new Set(spans.map(({ service }) => service));
    const roots = spans.filter(({ parentSpanId }) => !spans.some(({ spanId }) => spanId === parentSpanId));
    if (spans.length >= 5 && services.size === 3 && roots.length === 1) return spans;
  }
  return undefined;
}

/** Trace IDs of the exemplars of a metric in the last five minutes, newest first. */
export async function exemplars(query: string): Promise<string[]> {
  const end = Date.now() / 1000;
  const parameters = new URLSearchParams({ query, start: String(end - 300), end: String(end) });
  const answer = await fetch(`http://127.0.0.1:9090/api/v1/query_exemplars?${parameters}`);
  const { data } = (await answer.json()) as {
    data: { exemplars: { labels: { trace_id?: string }; timestamp: number }[] }[];
  };
  return data
    .flatMap((series) => series.exemplars)
    .sort((a, b) => b.timestamp - a.timestamp)
    .flatMap(({ labels }) => labels.trace_id ?? []);
}

/** Sampling rate that Jaeger returns for a service. */
export async function samplingOf(service: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:5778/api/sampling?service=${service}`);
  const { probabilisticSampling } = (await answer.json()) as { probabilisticSampling: { samplingRate: number } };
  return probabilisticSampling.samplingRate;
}

/** A journey whose second step fails. */
export const journey = "read-song";

/** Config of the sandbox with traces, quick alerts and the failing journey. */
export function traced(tracing: Record<string, unknown> = {}): Record<string, unknown> {
  const url = (path: string) => `http://${demoHosts.nginx}:${demoPorts.nginx}${path}`;
  const steps = [
    { name: "list", request: { url: url("/api/songs") } },
    { name: "read", request: { url: url("/api/songs/0") } },
  ];
  return {
    ...quick,
    tracing: { enabled: true, ...tracing },
    probes: { journeys: [{ name: journey, every: "10s", steps }] },
  };
}

export const applyTraced = (tracing?: Record<string, unknown>) => apply(traced(tracing));
