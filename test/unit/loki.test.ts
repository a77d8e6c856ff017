import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "js-yaml";
import { lokiArguments, lokiConfig, renderLoki, renderLokiLimits } from "../../config/products/loki/loki.ts";
import { toSettings } from "../../config/settings/settings.ts";

function settingsOf(values: Record<string, unknown>) {
  const all = { platform: "docker", environment: "test", cluster: "studio", demo: { enabled: true }, ...values };
  return toSettings({ stack: "test", values: all, secrets: new Set() }, { requireSecrets: false });
}

function config(values: Record<string, unknown> = {}) {
  return lokiConfig(settingsOf(values));
}

test("lines past retention are deleted, by default after 7 days", () => {
  const { compactor, limits_config } = config();
  assert.deepEqual(
    [compactor.retention_enabled, compactor.delete_request_store, limits_config.retention_period],
    [true, "filesystem", "7d"],
  );
});

test("streams have their own retention; the first match wins", () => {
  const retentionStreams = [
    { selector: '{service="postgres", level=~"error|critical"}', period: "90d" },
    { selector: '{level="debug"}', period: "24h" },
  ];
  assert.deepEqual(config({ logs: { retentionStreams } }).limits_config.retention_stream, [
    { selector: '{service="postgres", level=~"error|critical"}', priority: 2, period: "90d" },
    { selector: '{level="debug"}', priority: 1, period: "24h" },
  ]);
  assert.equal("retention_stream" in config().limits_config, false);
});

test("lines older than a week, or than the retention if shorter, are rejected", () => {
  const age = (retention: string) => config({ logs: { retention } }).limits_config.reject_old_samples_max_age;
  assert.deepEqual([age("30d"), age("48h")], ["7d", "48h"]);
});

test("Loki adds no labels or fields", () => {
  const { discover_service_name, discover_log_levels } = config().limits_config;
  assert.deepEqual([discover_service_name, discover_log_levels], [[], false]);
});

test("ingestion and streams are limited as configured", () => {
  const { content } = renderLokiLimits(settingsOf({ logs: { ingestionRateMb: 4, maxStreams: 200 } }));
  assert.deepEqual(load(content), {
    overrides: {
      fake: {
        ingestion_rate_mb: 4,
        ingestion_burst_size_mb: 8,
        per_stream_rate_limit: "2048KB",
        per_stream_rate_limit_burst: "4096KB",
        max_global_streams_per_user: 200,
      },
    },
  });
});

test("log alerts have cluster and env labels, and go to Alertmanager if alerting is enabled", () => {
  const metrics = { externalLabels: { region: "eu" } };
  const on = config({ metrics }).ruler;
  assert.deepEqual(on.external_labels, { region: "eu", cluster: "studio", env: "test" });
  assert.equal(on.alertmanager_url, "http://alertmanager:9093");
  assert.equal("alertmanager_url" in config({ alerting: { enabled: false } }).ruler, false);
});

test("WAL replay stays within the memory limit", () => {
  const words = lokiArguments(settingsOf({ logs: { limits: { memory: "1Gi" } } }));
  assert.deepEqual(words, ["-ingester.wal-replay-memory-ceiling=409MB"]);
});

test("replicas, which expand variables, get backslashes and dollars escaped", () => {
  const logs = {
    replicas: 3,
    objectStorage: { endpoint: "s3.example.com", bucket: "logs" },
    retentionStreams: [{ selector: '{job=~"\\\\d$"}', period: "48h" }],
  };
  const values = { platform: "kubernetes", environment: "test", logs, kubernetes: { storageClass: "fast" } };
  const config = { ...values, alerting: { email: { enabled: false } } };
  const settings = toSettings({ stack: "test", values: config, secrets: new Set() }, { requireSecrets: false });
  assert.match(renderLoki(settings)[0]?.content ?? "", /selector: '\{job=~"\\{4}d\$\$"\}'/);
});
