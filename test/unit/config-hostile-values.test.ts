import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "../../config/settings/problems.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

/* Values that must not appear in a message, change how a terminal shows it, or take long to reject. */

const off = { enabled: false };
const alerting = { pagerduty: off, slack: off, email: off, heartbeat: off };

function validate(values: Record<string, unknown>): unknown {
  const all = { platform: "docker", environment: "test", alerting, ...values };
  return toSettings({ stack: "test", values: all, secrets: new Set() }, { requireSecrets: false });
}

const problems = (values: Record<string, unknown>) => problemsOf(() => validate(values));

function printed(values: Record<string, unknown>): string {
  try {
    validate(values);
    return "";
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
}

const canary = "canary-5f3a1";
const tempo = { name: "Tempo", uid: "tempo", type: "tempo", url: "https://tempo.example.com" };
const secured = { scheme: "https", targets: ["licenses:443"] };

describe("a secret in the wrong place is not in the message", () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`;
  const places: Record<string, Record<string, unknown>> = {
    "a webhook instead of true": {
      alerting: { ...alerting, teams: { x: { webhook: `https://a.example/${canary}` } } },
    },
    "a key instead of true": { alerting: { ...alerting, teams: { x: { pagerduty: `${canary}-key` } } } },
    "passwords of the gateway by user": { network: { gateway: { users: { alice: canary } } } },
    "a user of the gateway with a password": { network: { gateway: { users: [{ name: "alice", password: canary }] } } },
    "an unknown key": { applications: { licenses: { ...secured, password: canary, bearerToken: canary } } },
    "a private key instead of a CA": { applications: { licenses: { ...secured, tls: { ca: key } } } },
    "a private key instead of a certificate": { network: { gateway: { enabled: true, certificate: key } } },
    "options of a data source": {
      visualization: {
        dataSources: [
          { ...tempo, jsonData: { apiKey: canary, httpHeaderValue1: canary, tls: { clientSecret: canary } } },
        ],
      },
    },
    "a parameter of a data source's URL": {
      visualization: { dataSources: [{ ...tempo, url: `https://tempo.example.com/?token=${canary}` }] },
    },
    "too many data sources": {
      visualization: { dataSources: Array.from({ length: 51 }, () => ({ ...tempo, basicAuthPassword: canary })) },
    },
  };
  for (const [what, values] of Object.entries(places)) {
    test(what, () => {
      const message = printed(values);
      assert.match(message, /problem/);
      assert.ok(!message.includes(canary), message);
    });
  }
});

test("secrets in options of a data source are rejected; other options are not", () => {
  const instead =
    "would store a secret in clear text in the state; remove it, and use username with the secret dataSourcePassword-tempo";
  const jsonData = {
    ...{ password: "a", database: "songs", sslKeyFile: "/etc/key.pem", authType: "keys", tlsAuth: true },
    ...{
      tokenUri: "https://a.example/token",
      httpHeaderName1: "X-Key",
      httpHeaderValue1: "b",
      nested: [{ a_token: "c" }],
    },
    keepCookies: ["grafana_session"],
    note: "Bearer abcdef",
  };
  assert.deepEqual(problems({ visualization: { dataSources: [{ ...tempo, jsonData }] } }), [
    `visualization.dataSources[0].jsonData.password: ${instead}`,
    `visualization.dataSources[0].jsonData.httpHeaderValue1: ${instead}`,
    `visualization.dataSources[0].jsonData.nested.0.a_token: ${instead}`,
    `visualization.dataSources[0].jsonData.note: ${instead}`,
  ]);
});

test("control characters and marks of text direction are escaped", () => {
  const values = {
    cluster: "a\u009b31m",
    network: { publicHost: "a\u202eb" },
    probes: { targets: [{ name: "a", kind: "http", url: "https://a.example", expect: { json: "a \u0007" } }] },
    alerting: { ...alerting, teams: { "a\u200bb": {} } },
  };
  const message = printed(values);
  assert.match(message, /has 4 problems/);
  assert.doesNotMatch(message.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  assert.match(message, /cluster: "a\\u\{9b\}31m" is not a valid name/);
});

test("a value of the wrong type is one problem", () => {
  const files = { a: { format: "plain", paths: "" } };
  assert.deepEqual(problems({ logs: { sources: { files } } }), [
    'logs.sources.files.a.paths: "" has the wrong type; use a list, such as ["/var/log/app/*.log"]',
  ]);
});

test("an empty value may be removed only if it is optional", () => {
  const filters = [{ action: null, labels: { job: null } }];
  assert.deepEqual(
    problems({ metrics: { remoteWrite: [{ url: null, name: null, filters }, null] } }).map((line) =>
      line.replace(/;.*?(?=, or remove|$)/, ""),
    ),
    [
      "metrics.remoteWrite[0].url: is empty",
      "metrics.remoteWrite[0].name: is empty, or remove the key",
      "metrics.remoteWrite[0].filters[0].action: is empty",
      "metrics.remoteWrite[0].filters[0].labels.job: is empty, or remove the key",
      "metrics.remoteWrite[1]: is empty, or remove the item",
    ],
  );
});

test("recipients are notified once", () => {
  const email = ["a@example.com", "a@example.com"];
  assert.deepEqual(
    problems({ alerting: { ...alerting, email: { enabled: false, to: { default: email } }, teams: { x: { email } } } }),
    [
      'alerting.email.to.default[1]: "a@example.com" is a duplicate; remove or rename it',
      'alerting.teams.x.email[1]: "a@example.com" is a duplicate; remove or rename it',
    ],
  );
});

test("a host name that is not ASCII is shown as DNS has it", () => {
  assert.deepEqual(problems({ metrics: { remoteWrite: [{ url: "https://höst.example.com/push" }] } }), [
    'metrics.remoteWrite[0].url: "https://höst.example.com/push" has a host name that is not ASCII; use "xn--hst-sna.example.com"',
  ]);
});

describe("within 2 s, messages are short for", () => {
  const long: Record<string, Record<string, unknown>> = {
    "a certificate without an end": {
      applications: { licenses: { ...secured, tls: { ca: "-----BEGIN CERTIFICATE-----\n".repeat(30_000) } } },
    },
    "long words": { applications: { licenses: { targets: Array.from({ length: 100 }, () => "a".repeat(10_000)) } } },
    "long words with an at sign": {
      applications: { licenses: { targets: Array.from({ length: 100 }, () => `${"a:".repeat(5_000)}@`) } },
    },
    "folders of rules and dashboards": {
      alerting: { ...alerting, extraRules: "a".repeat(100_000) },
      visualization: { extraDashboards: "a".repeat(100_000) },
    },
    "an expression with many parentheses": {
      probes: { targets: [{ name: "a", kind: "icmp", host: "a", expect: { body: "(".repeat(100_000) } }] },
    },
    "an expression on JSON with many terms": {
      probes: {
        targets: [
          { name: "a", kind: "http", url: "https://a.example", expect: { json: `${"a && ".repeat(20_000)}a` } },
        ],
      },
    },
    "500 log files": {
      logs: {
        sources: {
          files: Object.fromEntries(
            Array.from({ length: 500 }, (_, index) => [
              `f${index}`,
              { format: "plain", paths: [`/srv/${index}/*.log`, "x"] },
            ]),
          ),
        },
      },
    },
  };
  for (const [what, values] of Object.entries(long)) {
    test(what, () => {
      const started = performance.now();
      const message = printed(values);
      const took = performance.now() - started;
      assert.ok(took < 2_000, `${took} ms`);
      assert.match(message, /has \d+ problems?; nothing was changed/);
      for (const line of message.split("\n")) assert.ok(line.length < 600, line);
      assert.doesNotMatch(message, /call stack|undefined|\[object/);
    });
  }
});
