import assert from "node:assert/strict";
import { test } from "node:test";
import { collectorOf } from "../../config/products/collector/index.ts";
import { levelNames } from "../../config/products/collector/logger-words.ts";
import { logPipeline } from "../../config/products/collector/pipeline.ts";
import { promtailConfig } from "../../config/products/collector/promtail.ts";
import type { Input, Source, Stage } from "../../config/products/collector/stage.ts";
import { toSettings } from "../../config/settings/settings.ts";

function settings(logs: Record<string, unknown> = {}) {
  const values = { platform: "docker", environment: "test", cluster: "studio", demo: { enabled: true }, logs };
  return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
}

function onCluster() {
  const values = { platform: "kubernetes", environment: "test", cluster: "studio", alerting: { enabled: false } };
  return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
}

const ownFiles = {
  billing: { paths: ["/srv/billing/*.log"], format: "json", message: "msg" },
  "license-server": { paths: ["/srv/licenses.log"], format: "regex", pattern: "(?P<level>\\w+)" },
};

const everything = [
  ...logPipeline(settings({ sources: { journal: { enabled: true }, files: ownFiles } })).sources,
  ...logPipeline(onCluster()).sources.filter(({ name }) => name === "pods"),
];

/** Names of the labels that a line has before the first stage. */
function labelsFrom(input: Input): Set<string> {
  if (input.kind === "files") return new Set(["filename"]);
  const rules = input.kind === "containers" ? [...input.relabel, ...input.relabelLine] : input.relabel;
  const labels = new Set(rules.flatMap(({ target_label }) => target_label ?? []));
  if (input.kind === "pods") labels.add("filename").add("stream").delete("__path__");
  return labels;
}

function labelsAfter(labels: Set<string>, stage: Stage): Set<string> {
  if (stage.stage === "labels" || stage.stage === "static_labels")
    return labels.union(new Set(Object.keys(stage.values)));
  return stage.stage === "label_drop" ? labels.difference(new Set(stage.values)) : labels;
}

/** Labels after the last stage, and those that each metric of a source has. */
function follow({ input, stages }: Source) {
  const metrics: Record<string, string[]> = {};
  let labels = labelsFrom(input);
  for (const stage of stages) {
    if (stage.stage === "metric") metrics[stage.metric.name] = [...labels].sort();
    labels = labelsAfter(labels, stage);
  }
  return { labels: [...labels].sort(), metrics };
}

test("a line keeps only the labels of the budget", () => {
  const labels = Object.fromEntries(everything.map((source) => [source.name, follow(source).labels.join(" ")]));
  assert.deepEqual(labels, {
    juce_backend: "job level service",
    swift_frontend: "job level service",
    nginx: "job level service",
    nginx_errors: "job level service",
    postgres: "job level service",
    files_billing: "job level service",
    files_license_server: "job level service",
    syslog: "host job level service",
    containers: "job level service",
    journal: "host job level service",
    pods: "container job level namespace service",
  });
});

test("lines are counted only by service and level, in every source", () => {
  for (const source of everything) assert.deepEqual(follow(source).metrics.log_lines_total, ["level", "service"]);
});

test("Nginx requests are counted only by code, and their duration without labels", () => {
  const nginx = everything.find(({ name }) => name === "nginx");
  assert.ok(nginx);
  const { nginx_requests_total, nginx_request_duration_seconds } = follow(nginx).metrics;
  assert.deepEqual([nginx_requests_total, nginx_request_duration_seconds], [["code"], []]);
});

test("request durations have buckets at the latency alert's threshold and above it", () => {
  const buckets = everything
    .flatMap(({ stages }) => stages)
    .flatMap((stage) => (stage.stage === "metric" && stage.metric.type === "histogram" ? stage.metric.buckets : []));
  assert.deepEqual([buckets.includes(1), buckets.includes(2.5)], [true, true]);
});

test("lines are joined before the labels that separate files and streams are dropped", () => {
  for (const { name, stages } of everything) {
    const joined = stages.findIndex(({ stage }) => stage === "multiline");
    const dropped = stages.findIndex(({ stage }) => stage === "label_drop");
    if (joined >= 0) assert.ok(joined < dropped, name);
  }
});

test("pod log files are read on Kubernetes, and container output on Docker", () => {
  const names = (sources: readonly Source[]) =>
    sources.map(({ name }) => name).filter((name) => ["pods", "containers"].includes(name));
  assert.deepEqual(
    [names(logPipeline(onCluster()).sources), names(logPipeline(settings()).sources)],
    [["pods"], ["containers"]],
  );
});

test("each level has one meaning", () => {
  const names = Object.values(levelNames).flat();
  assert.deepEqual(names.length, new Set(names).size);
});

test("a disabled source is not read", () => {
  const off = { enabled: false };
  const sources = {
    juceBackend: off,
    swiftFrontend: off,
    nginx: off,
    nginxErrors: off,
    postgres: off,
    syslog: off,
    containers: off,
  };
  assert.deepEqual(promtailConfig(settings({ sources })).scrape_configs, []);
});

test("the configured collector is rendered", () => {
  const paths = (collector: string) =>
    collectorOf(settings({ collector }))
      .render(settings({ collector }))
      .map(({ path }) => path);
  assert.deepEqual([paths("alloy"), paths("promtail")], [["config.alloy"], ["promtail.yml"]]);
});

test("Promtail reloads on demand, keeps its place in the volume, and marks each line with cluster and env", () => {
  const { server, positions, clients } = promtailConfig(settings());
  assert.deepEqual([server.http_listen_port, server.enable_runtime_reload], [9080, true]);
  assert.equal(positions.filename, "/var/lib/collector/positions.yaml");
  assert.deepEqual(clients, [
    {
      url: "http://loki:3100/loki/api/v1/push",
      external_labels: { cluster: "studio", env: "test" },
      backoff_config: { min_period: "500ms", max_period: "30s", max_retries: 100 },
    },
  ]);
});

test("an unknown time zone is rejected", () => {
  assert.throws(() => settings({ sources: { nginxErrors: { timezone: "Mars/Olympus" } } }), {
    message: /logs\.sources\.nginxErrors\.timezone: "Mars\/Olympus" is not a valid time zone; use an IANA name/,
  });
});
