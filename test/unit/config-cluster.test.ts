import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../config/settings/problems.ts";
import { toSettings } from "../../config/settings/settings.ts";

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
  try {
    toSettings({ stack: "prod", values: all, secrets: new Set() });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const objectStorage = { endpoint: "s3.example.com", bucket: "logs" };
const kubernetes = { storageClass: "fast" };

test("everything that a cluster cannot do is refused together, with key path and cure", () => {
  const values = {
    metrics: { limits: { memory: "1Gi", requests: { memory: "2Gi", cpu: 4 } }, externalLabels: { replica: "a" } },
    alerting: { replicas: 0 },
    logs: { replicas: 3, sources: { containers: { enabled: true } } },
    visualization: { url: "http://grafana.example.com", replicas: 2, ingress: { enabled: true } },
    kubernetes: { namespace: "observability", agentsNamespace: "observability" },
  };
  assert.deepEqual(problems("kubernetes", values), [
    "alerting.replicas: 0 is too small: write at least 1",
    "logs.sources.containers.enabled: true is for platform docker only, nodes have no Docker to ask: leave it out, logs.sources.pods reads the same",
    'metrics.limits.requests.memory: "2Gi" is more than metrics.limits.memory "1Gi": write at most "1Gi", or raise the limit',
    "metrics.limits.requests.cpu: 4 is more than metrics.limits.cpu 1: write at most 1, or raise the limit",
    "logs.objectStorage: is missing, and logs.replicas 3 needs it: write endpoint and bucket of an S3-compatible storage, or logs.replicas: 1",
    'kubernetes.storageClass: is missing, and logs.replicas 3 needs it, since what is not stored yet lies on volumes: write the class\'s name, such as "standard" (`kubectl get storageclass` lists them)',
    "visualization.replicas: 2 cannot share the file (SQLite) that Grafana keeps without a database: write 1, or a PostgreSQL server as visualization.database",
    'visualization.url: "http://grafana.example.com" is not over TLS, and visualization.ingress leads to its host: write "https://" and the host, such as "https://grafana.example.com"',
    'visualization.ingress.tlsSecretName: is missing, and without it passwords would travel in clear: write the name of the Secret with the certificate, such as "grafana-tls"',
    'kubernetes.agentsNamespace: "observability" is the services\' namespace, where agents are not allowed what they need: write another name',
    "metrics.externalLabels.replica: is set by the stack, to the name of each Prometheus: leave it out",
  ]);
});

test("object storage with a mistake in it is not called missing as well", () => {
  const values = {
    logs: { replicas: 3, objectStorage: { ...objectStorage, endpoint: "https://s3.example.com" } },
    kubernetes: { storageClass: "standard" },
  };
  assert.deepEqual(problems("kubernetes", values), [
    'logs.objectStorage.endpoint: "https://s3.example.com" is no host: write a host without a scheme, such as "s3.eu-central-1.amazonaws.com"',
  ]);
});

test("object storage without credentials, and a database without its password, say which secrets to set", () => {
  const values = { logs: { objectStorage }, visualization: { replicas: 2, database: { host: "db" } } };
  assert.deepEqual(problems("kubernetes", values), [
    "s3AccessKey: is missing, and logs.objectStorage needs it: write `pulumi config set --secret s3AccessKey --stack prod`",
    "s3SecretKey: is missing, and logs.objectStorage needs it: write `pulumi config set --secret s3SecretKey --stack prod`",
    "grafanaDatabasePassword: is missing, and visualization.database needs it: write `pulumi config set --secret grafanaDatabasePassword --stack prod`",
  ]);
});

test("one Docker host is told what only a cluster has", () => {
  const values = {
    metrics: { replicas: 2, limits: { requests: { cpu: 0.1 } } },
    logs: { sources: { pods: { enabled: true } } },
    exporters: { kubeStateMetrics: { enabled: true } },
    visualization: { database: { host: "db" }, ingress: { enabled: true } },
    network: { egress: { smtp: ["10.0.0.0/8"] } },
    kubernetes: { storageClass: "fast" },
  };
  const only = "is for platform kubernetes only: leave it out, or platform: kubernetes";
  assert.deepEqual(
    problems("docker", values).filter((line) => !line.startsWith("grafanaDatabasePassword")),
    [
      "metrics.replicas: 2 is for platform kubernetes only: write 1, or platform: kubernetes",
      ...["logs.sources.pods.enabled", "exporters.kubeStateMetrics.enabled", "visualization.ingress.enabled"].map(
        (path) => `${path}: true is for platform kubernetes only: write false, or platform: kubernetes`,
      ),
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
    "logs.replicas: 2 cannot keep three copies of each line: write 1, or at least 3",
  ],
  [
    "a Gateway without a class",
    {
      visualization: {
        url: "https://g.example.com",
        ingress: { enabled: true, kind: "gateway", tlsSecretName: "tls" },
      },
    },
    "visualization.ingress.className: is missing, and a Gateway has no default: write the GatewayClass, or name a Gateway as visualization.ingress.gateway",
  ],
  [
    "an endpoint with the bucket in it",
    { logs: { objectStorage: { endpoint: "logs.s3.example.com", bucket: "logs" } } },
    'logs.objectStorage.endpoint: "logs.s3.example.com" begins with the bucket\'s name: write "s3.example.com"',
  ],
  [
    "an address where a range belongs",
    { network: { egress: { smtp: ["10.0.0.7"] } } },
    'network.egress.smtp[0]: "10.0.0.7" is no address range: write a range such as "10.0.0.0/8", a single address as "10.0.0.7/32"',
  ],
];

for (const [what, values, problem] of refused) {
  test(`refused: ${what}`, () => {
    assert.ok(problems("kubernetes", values).includes(problem), problems("kubernetes", values).join("\n"));
  });
}

test("an even number of Alertmanagers is fine, and so is a Gateway that ends TLS itself", () => {
  const gateway = { name: "public", namespace: "gateways" };
  const visualization = { url: "https://g.example.com", ingress: { enabled: true, kind: "gateway", gateway } };
  assert.deepEqual(problems("kubernetes", { alerting: { replicas: 4 }, visualization, kubernetes }), []);
});

test("what reads Docker is off on a cluster, and what reads pods is on, unless config says otherwise", () => {
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

test("an application takes the name of no job that finds its targets in the cluster", () => {
  const applications = { kubelet: {}, "kubernetes-pods": {} };
  assert.deepEqual(problems("kubernetes", { applications }), [
    'applications.kubelet: is the name of one of the stack\'s own scrape jobs: write another, such as "my-kubelet"',
    'applications.kubernetes-pods: is the name of one of the stack\'s own scrape jobs: write another, such as "my-kubernetes-pods"',
  ]);
  assert.deepEqual(problems("docker", { applications }), []);
});

test("a mistake in a key that must be there hides none of the others", () => {
  const wrong: [values: Record<string, unknown>, problem: RegExp][] = [
    [{ alerting: { quietHours: { start: "25:00", end: "07:00" } } }, /^alerting\.quietHours\.start: "25:00"/],
    [{ exporters: { postgres: { targets: [{ name: "a", host: 5 }] } } }, /^exporters\.postgres\.targets\[0\]\.host: 5/],
    [{ network: { egress: { smtp: ["10.20.0.0"] } } }, /^network\.egress\.smtp\[0\]: "10\.20\.0\.0"/],
  ];
  for (const [values, problem] of wrong) {
    const told = problems("docker", { ...values, metrics: { replicas: 2 }, visualization: { replicas: 2 } });
    assert.match(told[0] ?? "", problem);
    assert.match(told.join("\n"), /^metrics\.replicas: 2 is for platform kubernetes only/m);
    assert.match(told.join("\n"), /^visualization\.replicas: 2 is for platform kubernetes only/m);
  }
});
