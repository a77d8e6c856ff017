import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

/** The problems of a config, one line each. */
function problems(platform: "docker" | "kubernetes", values: Record<string, unknown>): string[] {
  const quiet = {
    pagerduty: { enabled: false },
    slack: { enabled: false },
    email: { enabled: false },
    heartbeat: { enabled: false },
  };
  const alerting = { ...quiet, ...(values["alerting"] as object | undefined) };
  const all = { platform, environment: "prod", ...values, alerting };
  return problemsOf(() => toSettings({ stack: "prod", values: all, secrets: new Set() }));
}

const objectStorage = { endpoint: "s3.example.com", bucket: "logs" };
const kubernetes = { storageClass: "fast" };

test("everything unsupported on a cluster is reported together, with key path and fix", () => {
  const values = {
    metrics: { limits: { memory: "1Gi", requests: { memory: "2Gi", cpu: 4 } }, externalLabels: { replica: "a" } },
    alerting: { replicas: 0 },
    logs: { replicas: 3, sources: { containers: { enabled: true } } },
    visualization: { url: "http://grafana.example.com", replicas: 2, ingress: { enabled: true } },
    kubernetes: { namespace: "observability", agentsNamespace: "observability" },
  };
  assert.deepEqual(problems("kubernetes", values), [
    "alerting.replicas: 0 is too small; use at least 1",
    "logs.sources.containers.enabled: true is supported only with platform: docker; remove it and use logs.sources.pods, which collects the same output",
    'metrics.limits.requests.memory: "2Gi" is more than metrics.limits.memory "1Gi"; use at most "1Gi", or raise the limit',
    "metrics.limits.requests.cpu: 4 is more than metrics.limits.cpu 1; use at most 1, or raise the limit",
    "logs.objectStorage: is required with logs.replicas: 3; set the endpoint and bucket of an S3-compatible storage, or use logs.replicas: 1",
    'kubernetes.storageClass: is required with logs.replicas: 3, because logs not yet uploaded are kept on volumes; set it to a storage class, such as "standard" (`kubectl get storageclass` lists them)',
    "visualization.replicas: 2 cannot share Grafana's SQLite file; use 1, or set visualization.database to a PostgreSQL server",
    'visualization.url: "http://grafana.example.com" does not use TLS; use an https:// URL, such as "https://grafana.example.com"',
    'visualization.ingress.tlsSecretName: is required, because passwords would otherwise be sent unencrypted; set it to the Secret that holds the certificate, such as "grafana-tls"',
    'kubernetes.agentsNamespace: "observability" is also kubernetes.namespace, which does not allow the privileges that agents need; use another name',
    "metrics.externalLabels.replica: is set by the stack to the name of each Prometheus replica; remove it",
  ]);
});

test("invalid object storage is not also reported as missing", () => {
  const values = {
    logs: { replicas: 3, objectStorage: { ...objectStorage, endpoint: "https://s3.example.com" } },
    kubernetes: { storageClass: "standard" },
  };
  assert.deepEqual(problems("kubernetes", values), [
    'logs.objectStorage.endpoint: "https://s3.example.com" is not a valid host; use a host without a scheme, such as "s3.eu-central-1.amazonaws.com"',
  ]);
});

test("object storage without credentials, and a database without password, name the secrets to set", () => {
  const values = { logs: { objectStorage }, visualization: { replicas: 2, database: { host: "db" } } };
  assert.deepEqual(problems("kubernetes", values), [
    "s3AccessKey: is required by logs.objectStorage; run `pulumi config set --secret s3AccessKey --stack prod`",
    "s3SecretKey: is required by logs.objectStorage; run `pulumi config set --secret s3SecretKey --stack prod`",
    "grafanaDatabasePassword: is required by visualization.database; run `pulumi config set --secret grafanaDatabasePassword --stack prod`",
  ]);
});

test("settings that only a cluster supports are rejected on Docker", () => {
  const values = {
    metrics: { replicas: 2, limits: { requests: { cpu: 0.1 } } },
    logs: { sources: { pods: { enabled: true }, events: { enabled: true } } },
    exporters: { kubeStateMetrics: { enabled: true } },
    visualization: { database: { host: "db" }, ingress: { enabled: true } },
    network: { egress: { smtp: ["10.0.0.0/8"] } },
    kubernetes: { storageClass: "fast" },
  };
  const only = "is supported only with platform: kubernetes; remove it";
  assert.deepEqual(
    problems("docker", values).filter((line) => !line.startsWith("grafanaDatabasePassword")),
    [
      "metrics.replicas: 2 is supported only with platform: kubernetes; use 1",
      ...[
        "logs.sources.pods.enabled",
        "logs.sources.events.enabled",
        "exporters.kubeStateMetrics.enabled",
        "visualization.ingress.enabled",
      ].map((path) => `${path}: true is supported only with platform: kubernetes; use false`),
      ...["visualization.database", "network.egress.smtp", "kubernetes.storageClass", "metrics.limits.requests"].map(
        (path) => `${path}: ${only}`,
      ),
    ],
  );
});

const refused: [what: string, values: Record<string, unknown>, problem: string][] = [
  [
    "two copies",
    { logs: { replicas: 2 } },
    "logs.replicas: 2 cannot hold three copies of each line; use 1, or at least 3",
  ],
  [
    "a Gateway without a class",
    {
      visualization: {
        url: "https://g.example.com",
        ingress: { enabled: true, kind: "gateway", tlsSecretName: "tls" },
      },
    },
    "visualization.ingress.className: is required, because a Gateway has no default class; set it to a GatewayClass, or set visualization.ingress.gateway",
  ],
  [
    "an endpoint that contains the bucket",
    { logs: { objectStorage: { endpoint: "logs.s3.example.com", bucket: "logs" } } },
    'logs.objectStorage.endpoint: "logs.s3.example.com" starts with the bucket name; use "s3.example.com"',
  ],
  [
    "an address instead of a range",
    { network: { egress: { smtp: ["10.0.0.7"] } } },
    'network.egress.smtp[0]: "10.0.0.7" is not a valid CIDR range; use a range such as "10.0.0.0/8", or "10.0.0.7/32" for a single address',
  ],
];

for (const [what, values, problem] of refused) {
  test(`rejected: ${what}`, () => {
    assert.ok(problems("kubernetes", values).includes(problem), problems("kubernetes", values).join("\n"));
  });
}

test("an even number of Alertmanagers and a Gateway that terminates TLS are accepted", () => {
  const gateway = { name: "public", namespace: "gateways" };
  const visualization = { url: "https://g.example.com", ingress: { enabled: true, kind: "gateway", gateway } };
  assert.deepEqual(problems("kubernetes", { alerting: { replicas: 4 }, visualization, kubernetes }), []);
});

test("on a cluster, log sources for Docker are disabled and those for pods enabled by default", () => {
  const values = {
    platform: "kubernetes",
    environment: "prod",
    alerting: { enabled: false },
    logs: { sources: { syslog: { enabled: true } } },
  };
  const { logs, exporters } = toSettings({ stack: "prod", values, secrets: new Set() }, { requireSecrets: false });
  const { containers, pods, syslog } = logs.sources;
  assert.deepEqual(
    [containers.enabled, pods.enabled, syslog.enabled, exporters.kubeStateMetrics.enabled],
    [false, true, true, true],
  );
});

test("an application cannot use the name of a job with discovered targets", () => {
  const applications = { kubelet: {}, "kubernetes-pods": {} };
  assert.deepEqual(problems("kubernetes", { applications }), [
    'applications.kubelet: is the name of a built-in scrape job; use another name, such as "my-kubelet"',
    'applications.kubernetes-pods: is the name of a built-in scrape job; use another name, such as "my-kubernetes-pods"',
  ]);
  assert.deepEqual(problems("docker", { applications }), []);
});

test("an invalid required key does not hide other problems", () => {
  const wrong: [values: Record<string, unknown>, problem: RegExp][] = [
    [{ alerting: { quietHours: { start: "25:00", end: "07:00" } } }, /^alerting\.quietHours\.start: "25:00"/],
    [{ exporters: { postgres: { targets: [{ name: "a", host: 5 }] } } }, /^exporters\.postgres\.targets\[0\]\.host: 5/],
    [{ network: { egress: { smtp: ["10.20.0.0"] } } }, /^network\.egress\.smtp\[0\]: "10\.20\.0\.0"/],
  ];
  for (const [values, problem] of wrong) {
    const told = problems("docker", { ...values, metrics: { replicas: 2 }, visualization: { replicas: 2 } });
    assert.match(told[0] ?? "", problem);
    assert.match(told.join("\n"), /^metrics\.replicas: 2 is supported only with platform: kubernetes/m);
    assert.match(told.join("\n"), /^visualization\.replicas: 2 is supported only with platform: kubernetes/m);
  }
});
