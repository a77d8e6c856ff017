import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { renderLogRules } from "../../config/rules/render.ts";
import { freePort } from "../../scripts/free-port.ts";
import { needs } from "../binaries.ts";
import { until } from "../logs/programs.ts";
import { startLoki } from "../logs/stack.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

const rules = renderLogRules(stack("dev"));

test("lokitool finds nothing to complain about in the log rules", needs("lokitool"), async () => {
  for (const { path } of rules) {
    await runAmong(rules, "lokitool", "rules", "check", "--strict", path);
    const report = await runAmong(rules, "lokitool", "rules", "lint", "--dry-run", path);
    assert.match(report, /SUCCESS: 3 rules found/);
  }
});

type Labels = Readonly<Record<string, string>>;

/** A stream with this many equal lines, spread between two ages in seconds. */
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

/** What happens in three places: something breaks, something comes close, something breaks that never had an error. */
const streams = () => [
  lines(5, "cannot save", { cluster: "broken", ...backend }, anHourAgo),
  lines(30, "cannot save", { cluster: "broken", ...backend }, justNow),
  lines(2, "FATAL:  sorry, too many clients already", { cluster: "broken", ...postgres, level: "critical" }, justNow),
  lines(4, refused, { cluster: "broken", ...nginx, level: "error" }, justNow),
  lines(2, "no live upstreams while connecting to upstream", { cluster: "broken", ...nginx, level: "error" }, justNow),

  lines(150, "cannot save", { cluster: "close", ...backend }, anHourAgo),
  lines(30, "cannot save", { cluster: "close", ...backend }, justNow),
  lines(9, "ERROR:  duplicate key value", { cluster: "close", ...postgres, level: "error" }, justNow),
  lines(5, refused, { cluster: "close", ...nginx, level: "error" }, justNow),
  lines(
    9,
    "buffered to a temporary file while reading upstream",
    { cluster: "close", ...nginx, level: "warn" },
    justNow,
  ),
  lines(40, "Error opening connection to database", { cluster: "close", ...exporter }, justNow),
  lines(20, "cannot save", { cluster: "few", ...backend }, justNow),

  lines(21, "cannot save", { cluster: "new", ...backend }, justNow),
];

interface LokiAlert {
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
    `juce-backend wrote ${count} error lines in the last 5m, more than 10 times as many as in the hour before. Something in it has just broken.`,
  );
}

const expected = [
  burst("broken", 30),
  burst("new", 21),
  alert(
    "NginxUpstreamFailures",
    { cluster: "broken", host: "edge-1", service: "nginx", severity: "high", priority: "P1", team: "platform" },
    "Nginx could not reach its upstream 6 times",
    "Nginx failed to get an answer from the service behind it 6 times in the last 5m, more than 5. Users got a 502 or 504 for each.",
  ),
  alert(
    "PostgresFatalErrors",
    { cluster: "broken", host: "db-1", service: "postgres", severity: "medium", priority: "P2", team: "database" },
    "PostgreSQL logs 2 FATAL errors",
    "PostgreSQL ended sessions or refused connections 2 times in the last 5m (FATAL or PANIC in its log), more than 0. Wrong passwords, too many connections and a server that is going down look like this.",
  ),
];

test("Loki's ruler fires where it should and only there", needs("loki"), async () => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-log-rules-"));
  for (const { path, content } of rules) {
    const place = join(directory, "loki-rules", path.replace(/^rules\//, ""));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content.replace("interval: 1m", "interval: 2s"));
  }
  const loki = await startLoki(directory, await freePort());
  try {
    const push = await fetch(`${loki.url}/loki/api/v1/push`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ streams: streams() }),
    });
    assert.equal(push.status, 204, await push.text());
    await until("the ruler has evaluated", async () => (await firing(loki.url)).length >= expected.length, 30);
    assert.deepEqual(await firing(loki.url), expected);
  } finally {
    await loki.stop();
    rmSync(directory, { recursive: true });
  }
});

async function firing(loki: string): Promise<Omit<LokiAlert, "state">[]> {
  const answer = await fetch(`${loki}/prometheus/api/v1/alerts`);
  if (!answer.ok) return [];
  const { data } = (await answer.json()) as { data: { alerts: LokiAlert[] } };
  return data.alerts
    .filter(({ state }) => state === "firing")
    .map(({ labels, annotations }) => ({ labels, annotations }))
    .sort((one, other) => (sortKey(one.labels) < sortKey(other.labels) ? -1 : 1));
}

function sortKey({ alertname, cluster }: Labels): string {
  return `${alertname} ${cluster}`;
}
