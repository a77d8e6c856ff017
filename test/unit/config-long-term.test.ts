import assert from "node:assert/strict";
import { test } from "node:test";
import { renderGrafana } from "../../config/products/grafana/grafana.ts";
import { scrapeJobs } from "../../config/products/prometheus/scrape-jobs.ts";
import { longTermOf } from "../../config/products/thanos/long-term.ts";
import { renderObjectStorage } from "../../config/products/thanos/thanos.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const objectStorage = { endpoint: "s3.example.com", bucket: "metrics" };
const keys = ["longTermAccessKey", "longTermSecretKey"];

function settingsOf(longTerm: Record<string, unknown>, metrics: Record<string, unknown> = {}, secrets = keys) {
  const values = {
    platform: "docker",
    environment: "test",
    alerting: { enabled: false },
    logs: { enabled: false },
    metrics: { ...metrics, longTerm: { objectStorage, ...longTerm } },
  };
  return toSettings({ stack: "test", values, secrets: new Set(["grafanaAdminPassword", ...secrets]) });
}

function problems(...given: Parameters<typeof settingsOf>): string[] {
  return problemsOf(() => settingsOf(...given));
}

test("all problems are reported together", () => {
  assert.deepEqual(
    problems(
      {
        objectStorage: { endpoint: "metrics.s3.example.com", bucket: "metrics" },
        retention: { raw: "2d", fiveMinutes: "15d", oneHour: "10d" },
        store: { splitAt: ["30d", "20d"], indexCacheSize: "800MB" },
        frontend: { cacheSize: "400MB" },
        query: { replicas: 2 },
      },
      { retentionTime: "2h", externalLabels: { job: "own" } },
      [],
    ),
    [
      'metrics.longTerm.objectStorage.endpoint: "metrics.s3.example.com" starts with the bucket name; use "s3.example.com"',
      'metrics.longTerm.retention.oneHour: "10d" is shorter than metrics.longTerm.retention.fiveMinutes "15d"; use at least "15d"',
      'metrics.longTerm.retention.raw: "2d" is too short to downsample to 5 minutes, which needs 2 days of samples; use at least "3d"',
      'metrics.longTerm.retention.fiveMinutes: "15d" is too short to downsample to 1 hour, which needs 14 days of samples; use at least "16d"',
      'metrics.retentionTime: "2h" leaves little time to upload blocks when the object storage is unavailable; use at least "1d" with metrics.longTerm',
      'metrics.longTerm.store.splitAt[1]: "20d" is not older than "30d" before it; list ages in ascending order',
      'metrics.longTerm.store.indexCacheSize: "800MB" is more than 40 % of metrics.longTerm.store.limits.memory "1Gi"; use at most "409MB", or raise the limit',
      'metrics.longTerm.frontend.cacheSize: "400MB" is more than 40 % of metrics.longTerm.frontend.limits.memory "512Mi"; use at most "204MB", or raise the limit',
      "metrics.externalLabels.job: would replace the label job of all series in queries with metrics.longTerm; use another name",
      "metrics.longTerm.query.replicas: 2 is supported only with platform: kubernetes; use 1",
      "longTermAccessKey: is required by metrics.longTerm.objectStorage; run `pulumi config set --secret longTermAccessKey --stack test`",
      "longTermSecretKey: is required by metrics.longTerm.objectStorage; run `pulumi config set --secret longTermSecretKey --stack test`",
    ],
  );
});

test("retentions may be equal or unlimited, and disabled components are not checked", () => {
  assert.deepEqual(problems({ retention: { raw: "90d", fiveMinutes: "90d", oneHour: "90d" } }), []);
  assert.deepEqual(problems({ retention: { oneHour: "forever" } }), []);
  assert.deepEqual(problems({ retention: { raw: "forever" } }), [
    'metrics.longTerm.retention.fiveMinutes: "1y" is shorter than metrics.longTerm.retention.raw "forever"; use at least "forever"',
  ]);
  assert.deepEqual(problems({ enabled: false, retention: { raw: "1d" } }, {}, []), []);
  assert.deepEqual(problems({ objectStorage: { ...objectStorage, auth: "role" } }, {}, []), []);
});

test("the bucket's config has no key, and the certificates of its authority are in a file", () => {
  const longTerm = longTermOf(settingsOf({ objectStorage: { ...objectStorage, prefix: "studio", insecure: true } }));
  assert.ok(longTerm);
  assert.deepEqual(renderObjectStorage(longTerm), [
    {
      path: "objstore.yml",
      content: `type: S3
config:
  bucket: metrics
  endpoint: s3.example.com
  insecure: true
  bucket_lookup_type: auto
prefix: studio
`,
    },
  ]);
});

test("Grafana queries the frontend, and Prometheus itself is a second data source", () => {
  const [file] = renderGrafana(settingsOf({}));
  const sources = [...(file?.content ?? "").matchAll(/ {2}- name: (.*)\n {4}uid: (.*)\n[\s\S]*? {4}url: (.*)\n/g)];
  assert.deepEqual(
    sources.map(([, ...found]) => found.join(" ")),
    [
      "Prometheus prometheus http://thanos-query-frontend:10902",
      "Prometheus (local) prometheus-local http://prometheus:9090",
    ],
  );
  assert.match(file?.content ?? "", /prometheusType: Thanos/);
});

test("every component of Thanos is scraped", () => {
  const jobs = scrapeJobs(settingsOf({ store: { splitAt: ["30d"] } })).filter(({ job }) => job.startsWith("thanos"));
  assert.deepEqual(
    jobs.map(({ job, targets }) => `${job} ${targets.map(({ address }) => address).join(" ")}`),
    [
      "thanos-sidecar thanos-sidecar:10902",
      "thanos-query thanos-query:10902",
      "thanos-query-frontend thanos-query-frontend:10902",
      "thanos-compactor thanos-compactor:10902",
      "thanos-store thanos-store:10902 thanos-store-2:10902",
    ],
  );
});
