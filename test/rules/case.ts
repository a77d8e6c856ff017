import type { AlertName } from "../../config/alerts/catalogue.ts";

/** What a case proves. Every alert needs the first two, and the fourth if it reads counters; one case covers the third. */
export type Proof = "fires" | "comes close and stays silent" | "no data" | "counter reset";

/** A firing alert: its labels except alertname, and its annotations with templates expanded. */
export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly dashboard: string;
}

export interface Check {
  /** Time since the first sample. If the alert reads a recording rule, keep one evaluation away from any change. */
  readonly at: string;
  /** Defaults to the case's own alert. */
  readonly alert?: AlertName;
  readonly firing: readonly Firing[];
}

/** One promtool unit test. */
export interface Case {
  readonly alert: AlertName;
  readonly proves: Proof;
  readonly name: string;
  /** Interval of samples and evaluations, shorter than Prometheus' lookback of 5m. Defaults to "15s". */
  readonly step?: string;
  /** Series by selector, values in promtool's notation. */
  readonly series: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
  /** A recorded series that must not be there at the last check: a dashboard would draw its NaN. */
  readonly nothingRecorded?: string;
  /** Defaults to "alloy". */
  readonly collector?: "alloy" | "promtail";
  /** Defaults to Docker. */
  readonly platform?: "kubernetes";
  /** On Docker with Promtail, and the journal and log files of a service billing among the sources. */
  readonly withMoreSources?: true;
  /** On Docker with Alloy, and an endpoint of `logs.remote`, with Loki or without. */
  readonly remote?: "with Loki" | "without Loki";
}

type Labels = Readonly<Record<string, string>>;

/** A selector: a metric of a target, with labels of its own. */
export function of(target: Labels, metric: string, labels: Labels = {}): string {
  const pairs = Object.entries({ ...target, ...labels }).map(([name, value]) => `${name}="${value}"`);
  return `${metric}{${pairs.join(",")}}`;
}

/** The same sample many times. promtool's `x` does not take NaN and Inf. */
export function repeated(value: string, times: number): string {
  return Array.from({ length: times }, () => value).join(" ");
}

/** Cumulative buckets of a histogram, each growing by its count at every step; `values` writes the notation. */
export function buckets(
  target: Labels,
  histogram: string,
  counts: Readonly<Record<string, number>>,
  values: (count: number) => string,
  labels: Labels = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(counts).map(([le, count]) => [of(target, `${histogram}_bucket`, { ...labels, le }), values(count)]),
  );
}

export const place = { cluster: "studio", env: "test" } as const;

/** Targets as Prometheus would label them. */
export const backend = { job: "juce-backend", instance: "api-1:8000", service: "juce-backend", ...place } as const;
export const frontend = { job: "swift-frontend", instance: "web-1:8001", service: "swift-frontend", ...place } as const;
export const engine = { job: "audio-engine", instance: "audio-1:8002", service: "audio-engine", ...place } as const;
export const host = { job: "node", instance: "host-1:9100", service: "host", ...place } as const;
export const cadvisor = { job: "cadvisor", instance: "host-1:8080", service: "cadvisor", ...place } as const;
export const postgres = { job: "postgres", instance: "db-1:5432", service: "postgres", ...place } as const;
export const redis = { job: "redis", instance: "cache-1:6379", service: "redis", ...place } as const;
export const nginx = { job: "nginx", instance: "edge-1:8081", service: "nginx", ...place } as const;
export const product = { service: "product", ...place } as const;

/** A target of the stack's own. */
export function own(job: string, instance: string) {
  return { job, instance, service: "monitoring", ...place } as const;
}

/** Requests of one route of the backend, answered and failed, each in promtool's notation. */
export function traffic(answered: string, failed: string, route = "/api/songs"): Record<string, string> {
  const request = (code: string) => of(backend, "whiteroom_http_requests_total", { method: "GET", route, code });
  return { [request("200")]: answered, [request("503")]: failed };
}
