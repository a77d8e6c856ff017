import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const docker = { platform: "docker", environment: "test", alerting: { email: { enabled: false } } };

function problems(values: Record<string, unknown>, stack = "test"): string[] {
  return problemsOf(() =>
    toSettings({ stack, values: { ...docker, ...values }, secrets: new Set() }, { requireSecrets: false }),
  );
}

const at = (path: string, value: unknown): Record<string, unknown> =>
  path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;

const host =
  'is not a valid host; use a name or IP address without scheme, port and brackets, such as "monitoring.example.com"';
const url = 'is not a valid URL; use an absolute URL, such as "https://host.example.com"';
const zone = 'is not a valid time zone; use an IANA name, such as "Europe/Berlin"';
const occupied = (directory: string) =>
  `would mount the host's ${directory} over that of the collector; move the logs to another directory, such as "/var/log/app/*.log"`;

const rejected: [path: string, values: [value: unknown, message: string][]][] = [
  [
    "network.publicHost",
    [
      "mon.example.com:80",
      "a b",
      "http://mon",
      "{{x}}",
      "10.0.0.300",
      "[::1]",
      "a..b",
      "fe80::1%eth0",
      "::ffff:10.0.0.7",
    ].map((value) => [value, host]),
  ],
  [
    "visualization.url",
    [
      ...["http:example.com", " http://x ", "http:///x", "http://h:0", "http://10.0.0.300", "ftp://h", "//h"].map(
        (value): [string, string] => [value, url],
      ),
      ["http://h/%zz", 'contains "%" without two hexadecimal digits; write a percent sign as "%25"'],
      ["http://h/{{x}}", 'contains "{", which URLs do not allow; write it as "%7B", or remove it'],
      ["http://h/a b", 'contains " ", which URLs do not allow; write it as "%20", or remove it'],
      ["http://h/?***", "has a query or fragment, to which no path can be appended; use the URL before it"],
    ],
  ],
  [
    "logs.objectStorage.endpoint",
    ["10.0.0.300:9000", "[:::]:9000"].map((value) => [
      value,
      'is not a valid host; use a host without a scheme, such as "s3.eu-central-1.amazonaws.com"',
    ]),
  ],
  ["logs.objectStorage.since", [["2020-01-01", 'is too early; use "2024-01-01" for a new stack, or a later date']]],
  [
    "logs.sources.postgres.timezone",
    [
      ["europe/berlin", 'is not the current IANA name of a time zone; use "Europe/Berlin"'],
      ["Etc/utc", 'is not the current IANA name of a time zone; use "Etc/UTC"'],
      ["+01:00", zone],
    ],
  ],
  [
    "logs.sources.nginx.paths",
    [
      ["/*", occupied("/")],
      ["/tmp/x.log", occupied("/tmp")],
      ["/usr/bin/*", occupied("/usr/bin")],
      ["/srv/a:b/x.log", 'contains ":", which cannot be mounted; use a path without it'],
      ["/srv/../etc/x.log", 'contains "." or ".."; use the path that it stands for'],
      ["/srv/[a.log", 'is not a valid pattern; close each "[" and "{"'],
    ],
  ],
  [
    "metrics.volumeSize",
    [
      ["0Gi", 'is too small; use at least "1Mi"'],
      ["9999999Pi", 'is too large; use at most "2Pi"'],
    ],
  ],
  [
    "docker.socket",
    [
      [
        "/run/../docker.sock",
        'is not an absolute path; use a path without a trailing "/", such as "/var/run/docker.sock"',
      ],
    ],
  ],
  ["metrics.retentionSize", [["9000PB", 'is too large; use at most "1PB"']]],
  ["metrics.limits.memory", [[`${"9".repeat(25)}Gi`, 'is too large; use at most "16Ti"']]],
  ["metrics.externalLabels.site", [["\ud800", "contains invalid Unicode; remove it"]]],
  ["metrics.limits.cpu", [[Number.NaN, "has the wrong type; use a number"]]],
  [
    "kubernetes.storageClass",
    [["a..b", 'is not a valid object name; use lower-case letters, digits, "-" and ".", such as "fast-ssd"']],
  ],
  ["visualization.extraDashboards", [["", "is empty; use at least 1 character, or remove the key"]]],
];

for (const [path, values] of rejected) {
  test(`${path} rejects values that a program of the stack would reject`, () => {
    for (const [value, message] of values) {
      const isList = path.endsWith("paths");
      const found = problems(at(path, isList ? [value] : value)).filter((line) => line.startsWith(path));
      const shown = typeof value === "number" ? ".nan" : JSON.stringify(value);
      assert.deepEqual(found, [`${path}${isList ? "[0]" : ""}: ${shown} ${message}`]);
    }
  });
}

const selector = "logs.retentionStreams[0].selector";
const noValue = "would match streams without the label; add a matcher that requires a value, such as 'service=~\".+\"'";

for (const [written, message] of [
  ['{job!="a"}', noValue],
  ['{job=""}', noValue],
  ['{job=~".*"}', noValue],
  ['{job=~"("}', 'has an invalid regular expression, "("; use RE2 syntax'],
  ['{job=~"(?=a)"}', 'has an invalid regular expression, "(?=a)"; use RE2 syntax'],
  ['{job="\\d"}', 'has an invalid escape in "\\d"; put the value in backquotes, or write a backslash as "\\\\"'],
  ['{job="a"}', undefined],
  ['{job!=""}', undefined],
  ["{job=~`\\d+`, level!=`debug`}", undefined],
  ['{job=~"\\\\d", host!~".+"}', undefined],
] as const) {
  test(`the stream selector ${written} is ${message === undefined ? "accepted" : "rejected"}`, () => {
    const logs = { retentionStreams: [{ selector: written, period: "48h" }] };
    assert.deepEqual(
      problems({ logs }),
      message === undefined ? [] : [`${selector}: ${JSON.stringify(written)} ${message}`],
    );
  });
}

test("valid values of the same kinds are accepted", () => {
  assert.deepEqual(
    problems({
      network: { publicHost: "2001:db8::1", extraHosts: { "db.internal": "10.0.0.7" } },
      logs: { sources: { nginx: { paths: ["/srv/{a,b}/[0-9]*.log"] }, postgres: { timezone: "Asia/Kolkata" } } },
      alerting: { email: { enabled: false }, runbookUrl: "https://h:8443/a%20b/", externalUrl: "http://[::1]:9093" },
    }),
    [],
  );
});

test("ports inside a container must differ", () => {
  assert.deepEqual(
    problems({ logs: { collector: "promtail", promtailPort: 9081, sources: { syslog: { port: 9080 } } } }),
    ["logs.sources.syslog.port: 9080 is used by promtail's UI in the same container; use another port"],
  );
  assert.deepEqual(problems({ demo: { enabled: true, notificationsPort: 2525 } }), [
    "demo.notificationsPort: 2525 is used by the demo's mail server in the same container; use another port",
  ]);
});

test("with the demo, paths above its logs are rejected", () => {
  const logs = { sources: { nginx: { paths: ["/var/log/*.log"] } } };
  assert.deepEqual(problems({ logs, demo: { enabled: true } }), [
    'logs.sources.nginx.paths[0]: "/var/log/*.log" is in a directory that contains the demo\'s /var/log/white-room; move the logs to another directory, or disable the demo',
  ]);
});

test("with the demo, indices match the user's file", () => {
  const targets = ["a:1", "a:1"];
  assert.deepEqual(problems({ applications: { "juce-backend": { targets } }, demo: { enabled: true } }), [
    'applications.juce-backend.targets[1]: "a:1" is a duplicate; remove or rename it',
  ]);
  const postgres = { targets: [{ name: "a", host: "db", publishedPort: 9090 }] };
  assert.deepEqual(problems({ exporters: { postgres }, demo: { enabled: true } }), [
    "exporters.postgres.targets[0].publishedPort: 9090 is already used by metrics.port; use another port",
  ]);
});

test("an Ingress needs a DNS name", () => {
  const visualization = { url: "https://10.0.0.7", ingress: { enabled: true, tlsSecretName: "tls" } };
  assert.deepEqual(problems({ platform: "kubernetes", visualization }), [
    'visualization.url: "https://10.0.0.7" has no host name that an Ingress can route; use a DNS name of lower-case letters, digits, "-" and ".", such as "https://grafana.example.com"',
  ]);
});

test("keys of maps are checked", () => {
  assert.deepEqual(problems({ network: { extraHosts: { "Db.Internal": "10.0.0.7" } } }), [
    'network.extraHosts.Db.Internal: the key "Db.Internal" is not a valid host name; use lower-case letters, digits, "-" and ".", such as "db.internal"',
  ]);
  assert.deepEqual(problems({ visualization: { ingress: { annotations: { "a b": "c" } } } }), [
    'visualization.ingress.annotations."a b": the key "a b" is not a valid annotation key; use a name with an optional prefix, such as "cert-manager.io/cluster-issuer"',
  ]);
});

for (const stack of ["UPPER_x", "z.y-", "a".repeat(60)]) {
  test(`the stack name ${stack} is rejected`, () => {
    assert.deepEqual(problems({}, stack), [
      `stack: "${stack}" is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"; rename the stack with \`pulumi stack rename\``,
    ]);
  });
}

test("keys that JavaScript objects inherit are unknown keys", () => {
  const metrics = JSON.parse('{"__proto__": {"port": 1}, "constructor": 1}') as unknown;
  const known = `known keys are ${problems({ metrics: { xxxxxxxx: 1 } })[0]?.split("known keys are ")[1]}`;
  assert.deepEqual(problems({ metrics, toString: 1 }).sort(), [
    `metrics.__proto__: is not a known key; ${known}`,
    `metrics.constructor: is not a known key; ${known}`,
    ...problems({ toString: 1 }),
  ]);
  assert.match(problems({ toString: 1 })[0] ?? "", /^toString: is not a known key; known keys are platform, /);
});

test("a URL's credentials are never shown, even with other problems", () => {
  for (const value of [
    "http://u:hunter2@h",
    "http:u:hunter2@h",
    "http://u:hunter2 x@h/?t=hunter2",
    "ftp://u:hunter2@h",
  ]) {
    const [line = ""] = problems({ alerting: { email: { enabled: false }, externalUrl: value } });
    assert.ok(line.startsWith("alerting.externalUrl: ") && !line.includes("hunter2"), line);
  }
});

test("a message lists 50 problems and counts the others", () => {
  const metrics = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key${index}`, 1]));
  const start = performance.now();
  assert.throws(
    () => toSettings({ stack: "test", values: { ...docker, metrics }, secrets: new Set() }, { requireSecrets: false }),
    ({ message }: Error) => {
      assert.match(message, /^Pulumi\.test\.yaml has 20000 problems; nothing was changed\./);
      assert.equal(message.trimEnd().split("\n").length, 53);
      assert.ok(message.endsWith("  … and 19950 more\n"));
      return true;
    },
  );
  assert.ok(performance.now() - start < 2_000);
});
