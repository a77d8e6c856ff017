import type { AlertName } from "../../config/alerts/catalogue.ts";

export type Labels = Readonly<Record<string, string>>;

/** A stream with `count` numbered lines, spread evenly between two ages in seconds. */
function lines(count: number, text: string, labels: Labels, [oldest, newest]: readonly [number, number]) {
  const values = Array.from({ length: count }, (_, index) => {
    const age = oldest - ((oldest - newest) * index) / count;
    return [`${Date.now() - Math.round(age * 1000)}${String(index).padStart(6, "0")}`, `${text} ${index}`];
  });
  return { stream: { env: "test", ...labels }, values };
}

const justNow = [200, 5] as const;
const anHourAgo = [3400, 400] as const;

const backend = { job: "juce-backend", service: "juce-backend", level: "error" } as const;
const exporter = { job: "containers", service: "monitoring", level: "error" } as const;
const postgres = { job: "postgres", service: "postgres", host: "db-1" } as const;
const nginx = { job: "nginx", service: "nginx", host: "edge-1" } as const;
const refused = "connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.7";

type Proof = "fires" | "comes close and stays silent";

/** Log lines with their own cluster label, and what they prove about an alert. */
export interface LogCase {
  readonly alert: AlertName;
  readonly proves: Proof;
  readonly cluster: string;
  readonly streams: (cluster: string) => readonly ReturnType<typeof lines>[];
}

export const cases: readonly LogCase[] = [
  {
    alert: "ErrorLogBurst",
    proves: "fires",
    cluster: "broken",
    streams: (cluster) => [
      lines(5, "cannot save", { cluster, ...backend }, anHourAgo),
      lines(30, "cannot save", { cluster, ...backend }, justNow),
    ],
  },
  {
    alert: "ErrorLogBurst",
    proves: "fires",
    cluster: "without an error before",
    streams: (cluster) => [lines(21, "cannot save", { cluster, ...backend }, justNow)],
  },
  {
    alert: "ErrorLogBurst",
    proves: "comes close and stays silent",
    cluster: "always that bad",
    streams: (cluster) => [
      lines(150, "cannot save", { cluster, ...backend }, anHourAgo),
      lines(30, "cannot save", { cluster, ...backend }, justNow),
    ],
  },
  {
    alert: "ErrorLogBurst",
    proves: "comes close and stays silent",
    cluster: "few",
    streams: (cluster) => [lines(20, "cannot save", { cluster, ...backend }, justNow)],
  },
  {
    alert: "ErrorLogBurst",
    proves: "comes close and stays silent",
    cluster: "an exporter of the stack's own",
    streams: (cluster) => [lines(40, "Error opening connection to database", { cluster, ...exporter }, justNow)],
  },
  {
    alert: "PostgresFatalErrors",
    proves: "fires",
    cluster: "broken",
    streams: (cluster) => [
      lines(2, "FATAL:  sorry, too many clients already", { cluster, ...postgres, level: "critical" }, justNow),
    ],
  },
  {
    alert: "PostgresFatalErrors",
    proves: "comes close and stays silent",
    cluster: "only errors",
    streams: (cluster) => [lines(9, "ERROR:  duplicate key value", { cluster, ...postgres, level: "error" }, justNow)],
  },
  {
    alert: "PostgresFatalErrors",
    proves: "comes close and stays silent",
    cluster: "fatal before the window",
    streams: (cluster) => [lines(2, "FATAL:  terminating", { cluster, ...postgres, level: "critical" }, anHourAgo)],
  },
  {
    alert: "NginxUpstreamFailures",
    proves: "fires",
    cluster: "broken",
    streams: (cluster) => [
      lines(4, refused, { cluster, ...nginx, level: "error" }, justNow),
      lines(2, "no live upstreams while connecting to upstream", { cluster, ...nginx, level: "error" }, justNow),
    ],
  },
  {
    alert: "NginxUpstreamFailures",
    proves: "comes close and stays silent",
    cluster: "few",
    streams: (cluster) => [
      lines(5, refused, { cluster, ...nginx, level: "error" }, justNow),
      lines(9, "buffered to a temporary file while reading upstream", { cluster, ...nginx, level: "warn" }, justNow),
      lines(9, "open() failed (2: No such file or directory)", { cluster, ...nginx, level: "error" }, justNow),
    ],
  },
];

export interface LokiAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: string;
}

function alert(name: string, labels: Labels, summary: string, description: string): Omit<LokiAlert, "state"> {
  const runbooks = "https://github.com/white-room/white-room-monitoring/blob/main/runbooks";
  return {
    labels: { alertname: name, env: "test", ...labels },
    annotations: {
      summary,
      description,
      runbook_url: `${runbooks}/${name}.md`,
      dashboard_url: "http://localhost:3000/d/white-room-logs",
    },
  };
}

function burst(cluster: string, count: number) {
  return alert(
    "ErrorLogBurst",
    { cluster, service: "juce-backend", severity: "medium", priority: "P2", team: "platform" },
    `juce-backend logs ${count} errors`,
    `juce-backend logged ${count} errors in the last 5m, more than 10 times the rate of the hour before. Something has probably just broken.`,
  );
}

export const expected = [
  burst("broken", 30),
  burst("without an error before", 21),
  alert(
    "NginxUpstreamFailures",
    { cluster: "broken", host: "edge-1", service: "nginx", severity: "high", priority: "P1", team: "platform" },
    "Nginx could not reach its upstream 6 times",
    "Nginx got no response from its upstream 6 times in the last 5m, more than 5. Each failure is a 502 or 504 for a user.",
  ),
  alert(
    "PostgresFatalErrors",
    { cluster: "broken", host: "db-1", service: "postgres", severity: "medium", priority: "P2", team: "database" },
    "PostgreSQL logs 2 FATAL errors",
    "PostgreSQL terminated sessions or rejected connections 2 times in the last 5m (FATAL or PANIC in its log), more than 0. Typical causes are wrong passwords, too many connections, or a server that is shutting down.",
  ),
];
