import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const base = { platform: "docker", environment: "test", alerting: { enabled: false } };

function problems(values: Record<string, unknown>, requireSecrets = false): string[] {
  return problemsOf(() =>
    toSettings({ stack: "test", values: { ...base, ...values }, secrets: new Set() }, { requireSecrets }),
  );
}

const application = (value: Record<string, unknown>) => problems({ applications: { licenses: value } });
const written = (...remoteWrite: readonly unknown[]) => problems({ metrics: { remoteWrite } });
const sent = (...remote: readonly unknown[]) => problems({ logs: { remote } });

const store = { name: "mimir", url: "https://mimir.example.com/api/v1/push" };
const logs = { name: "central", url: "https://logs.example.com/loki/api/v1/push" };
const pem =
  'is not a certificate; use the text of a PEM file, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----" (in YAML a block that starts with "|")';
const re2 = "use RE2 syntax: https://github.com/google/re2/wiki/Syntax";
const clear =
  "would store a secret in clear text in the state; remove it, and use auth: basic or auth: bearer with its secret";

test("labels of a target must not be those of the stack, of alerts or of its own metrics", () => {
  const labels = { region: "eu", cluster: "a", job: "b", team: "c", le: "d", "a-b": "e", __address__: "f" };
  const invalid = 'is not a valid label name; use letters, digits and "_", and no "__" at the start';
  assert.deepEqual(problems({ applications: { licenses: { labels }, "juce-backend": { labels: { route: "x" } } } }), [
    `applications.licenses.labels.a-b: the key "a-b" ${invalid}`,
    `applications.licenses.labels.__address__: the key "__address__" ${invalid}`,
    "applications.juce-backend.labels.route: is a label of whiteroom_http_requests_total, which it would replace; use another name",
    "applications.licenses.labels.cluster: is set by the stack; use another name",
    "applications.licenses.labels.job: is set by the stack; use another name",
    "applications.licenses.labels.team: is a label of every alert, which would hide it; use another name",
    "applications.licenses.labels.le: is a label of every histogram, which it would replace; use another name",
  ]);
  assert.deepEqual(problems({ metrics: { externalLabels: { cluster: "a", env: "b", site: "c" } } }), [
    "metrics.externalLabels.cluster: is set by the stack to the value of cluster; remove it, and set cluster",
    "metrics.externalLabels.env: is set by the stack to the value of environment; remove it, and set environment",
  ]);
});

test("query parameters have valid names and carry no secrets", () => {
  assert.deepEqual(application({ params: { "match[]": ['{job="a"}'], module: "http" } }), []);
  const secret =
    'applications.licenses.params: contains a secret in the parameter "api_key", which would be stored in clear text in the state; remove it, and use auth';
  assert.deepEqual(application({ params: { "a b": "x", empty: [], seven: 7, api_key: "y" } }), [
    'applications.licenses.params."a b": the key "a b" is not a valid parameter name; use letters, digits and ". _ ~ - [ ]", such as "match[]"',
    "applications.licenses.params.empty: [] is too short; use at least 1 item",
    'applications.licenses.params.seven: 7 is not a valid parameter; use a string, or a list such as ["a", "b"]',
    secret,
  ]);
  assert.deepEqual(application({ params: { api_key: "y" } }), [secret]);
});

test("files of targets are in a directory that can be mounted into Prometheus", () => {
  const pattern =
    'is not a valid pattern; use a path in a directory that ends with .json, .yml or .yaml, with at most one "*", in the file name, such as "/srv/targets/*.yml"';
  const over = (path: string, directory: string) =>
    `"${path}" would mount the host's ${directory} over that of Prometheus; move the files to another directory, such as "/srv/targets/*.yml"`;
  const cases: readonly [file: string, message: string][] = [
    ["targets.yml", '"targets.yml" is not an absolute path; use a path such as "/srv/targets/*.yml"'],
    ["/targets.yml", `"/targets.yml" ${pattern}`],
    ["/srv/*/a.yml", `"/srv/*/a.yml" ${pattern}`],
    ["/srv/targets.txt", `"/srv/targets.txt" ${pattern}`],
    ["/srv/../a.yml", '"/srv/../a.yml" contains "." or ".."; use the path that it stands for'],
    ["/etc/prometheus/a.yml", over("/etc/prometheus/a.yml", "/etc/prometheus")],
    ["/prometheus/a.yml", over("/prometheus/a.yml", "/prometheus")],
    ["/etc/a.yml", over("/etc/a.yml", "/etc")],
  ];
  for (const [file, message] of cases)
    assert.deepEqual(application({ discovery: { files: [file] } }), [
      `applications.licenses.discovery.files[0]: ${message}`,
    ]);
  assert.deepEqual(application({ discovery: { files: ["/srv/targets/*.yml", "/srv/targets/a.json"] } }), []);
});

test("SRV records have DNS names", () => {
  assert.deepEqual(application({ discovery: { srv: ["_metrics._tcp.example.com", "a.service.consul"] } }), []);
  assert.deepEqual(application({ discovery: { srv: ["licenses:9400", "_metrics"] } }), [
    'applications.licenses.discovery.srv[0]: "licenses:9400" is not a valid DNS name; use a name such as "_metrics._tcp.example.com"',
    'applications.licenses.discovery.srv[1]: "_metrics" is not a valid DNS name; use a name such as "_metrics._tcp.example.com"',
  ]);
});

test("on Kubernetes, targets are discovered by annotations", () => {
  const discovery = { files: ["/srv/targets/a.yml"], srv: ["_metrics._tcp.example.com"] };
  const instead =
    'is supported only with platform: docker; use targets, or annotate the pods or Services with prometheus.io/scrape: "true"';
  assert.deepEqual(problems({ platform: "kubernetes", applications: { licenses: { discovery } } }), [
    `applications.licenses.discovery.files: ${instead}`,
    `applications.licenses.discovery.srv: ${instead}`,
  ]);
});

test("a destination is complete, and has no secrets in clear text", () => {
  assert.deepEqual(
    written(
      { ...store, headers: { "X-Scope-OrgID": "white-room" } },
      { ...store, url: "https://b.example.com/push?token=x" },
      { name: "c", url: "http://c.example.com", tls: { serverName: "c" }, auth: "basic" },
      { url: "https://d.example.com", auth: "bearer" },
      { name: "e", url: "https://e.example.com", headers: { "X-Api-Key": "x", a: "1", A: "2", "User-Agent": "me" } },
      { name: "f", url: "https://f.example.com", tls: { ca: "x" } },
    ),
    [
      'metrics.remoteWrite[4].headers.User-Agent: the key "User-Agent" is a reserved header; remove it',
      `metrics.remoteWrite[5].tls.ca: "x" ${pem}`,
      'metrics.remoteWrite[1]: "mimir" is a duplicate; remove or rename it',
      'metrics.remoteWrite[1].url: contains a secret in the parameter "token", which would be stored in clear text in the state; use auth',
      "metrics.remoteWrite[2].username: is required by auth: basic; set it to the user name",
      "metrics.remoteWrite[2].tls: has no effect on http; use https, or remove tls",
      'metrics.remoteWrite[3].name: is required by auth and tls; use a name such as "mimir"',
      `metrics.remoteWrite[4].headers.X-Api-Key: ${clear}`,
      "metrics.remoteWrite[4].headers.A: is a duplicate; remove it",
    ],
  );
});

test("filters have labels, and expressions in RE2 syntax", () => {
  const filters = [
    { action: "keep", labels: { __name__: "whiteroom_.*" } },
    { action: "remove", labels: { job: "(" } },
    { action: "drop", labels: {} },
    { action: "drop", labels: { "a-b": "x" } },
  ];
  assert.deepEqual(written({ ...store, filters }), [
    'metrics.remoteWrite[0].filters[1].action: "remove" is not supported; use "keep" or "drop"',
    `metrics.remoteWrite[0].filters[1].labels.job: "(" is not a valid regular expression (error parsing regexp: missing closing ): \`(\`); ${re2}`,
    'metrics.remoteWrite[0].filters[2].labels: {} is empty; use at least one label, such as {service: "postgres|redis"}',
    'metrics.remoteWrite[0].filters[3].labels.a-b: the key "a-b" is not a valid label name; use letters, digits and "_", such as "service"',
  ]);
});

test("endpoints of logs have a name, a path and a certificate in PEM format", () => {
  assert.deepEqual(sent({ url: "https://a.example.com" }, { ...logs, tls: { ca: "x" } }), [
    'logs.remote[0].name: is required; use 1 to 40 lower-case letters, digits and "-", such as "primary"',
    `logs.remote[1].tls.ca: "x" ${pem}`,
  ]);
  assert.deepEqual(sent({ ...logs, url: "https://a.example.com" }, logs, { ...logs, headers: { Cookie: "a=b" } }), [
    'logs.remote[1]: "central" is a duplicate; remove or rename it',
    'logs.remote[2]: "central" is a duplicate; remove or rename it',
    'logs.remote[0].url: "https://a.example.com" has no path; use the push endpoint, such as "https://a.example.com/loki/api/v1/push"',
    `logs.remote[2].headers.Cookie: ${clear}`,
  ]);
});

test("filters of logs use labels of a line, and need Alloy", () => {
  const filters = [{ action: "drop", labels: { level: "debug", env: "test", trace_id: ".*" } }];
  const labels = "use job, service, host, level, namespace or container";
  assert.deepEqual(sent({ ...logs, filters }), [
    `logs.remote[0].filters[0].labels.env: is not a label that the collector sets per line; ${labels}`,
    `logs.remote[0].filters[0].labels.trace_id: is not a label that the collector sets per line; ${labels}`,
  ]);
  assert.deepEqual(problems({ logs: { collector: "promtail", remote: [{ ...logs, filters }] } }), [
    "logs.remote[0].filters: is not supported by Promtail, which sends all lines to all endpoints; remove it, or use logs.collector: alloy",
  ]);
});

test("without Loki, logs need another destination", () => {
  assert.deepEqual(problems({ logs: { loki: { enabled: false } } }), [
    "logs.remote: is empty and logs.loki.enabled is false, so that logs have no destination; add an endpoint, or set logs.enabled: false",
  ]);
  assert.deepEqual(problems({ logs: { loki: { enabled: false }, remote: [logs] } }), []);
  assert.deepEqual(problems({ logs: { enabled: false, loki: { enabled: false } } }), []);
});

test("a missing secret is reported with the command that sets it", () => {
  const basic = { auth: "basic", username: "u" };
  const found = problems(
    {
      applications: { licenses: { targets: ["a:1"], ...basic } },
      metrics: { remoteWrite: [{ ...store, ...basic }] },
      logs: {
        remote: [
          { ...logs, ...basic },
          { ...logs, name: "other", auth: "bearer" },
        ],
      },
    },
    true,
  );
  const missing = (key: string, because: string) =>
    `${key}: is required by ${because}; run \`pulumi config set --secret ${key} --stack test\``;
  assert.deepEqual(
    found.filter((line) => /^(?:application|remoteWrite|logsRemote)/.test(line)),
    [
      missing("applicationPassword-licenses", "applications.licenses"),
      missing("remoteWritePassword-mimir", "metrics.remoteWrite[0]"),
      missing("logsRemotePassword-central", "logs.remote[0]"),
      missing("logsRemoteToken-other", "logs.remote[1]"),
    ],
  );
});
