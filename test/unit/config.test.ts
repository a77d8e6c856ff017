import assert from "node:assert/strict";
import { test } from "node:test";
import { images } from "../../config/products/images.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { problemsOf } from "./problems.ts";

const dev = { platform: "docker", environment: "dev", demo: { enabled: true } };

function config(values: Record<string, unknown>, secrets: readonly string[] = []): StackConfig {
  return { stack: "dev", values, secrets: new Set(secrets) };
}

/** The problems of a config, one line each. */
function validate(values: Record<string, unknown>, secrets: readonly string[] = []): string[] {
  return problemsOf(() => toSettings(config({ ...dev, ...values }, secrets)));
}

const prodReceivers = { demo: { enabled: false }, alerting: { email: { enabled: false } } };

const onlyEmail = { pagerduty: { enabled: false }, slack: { enabled: false }, heartbeat: { enabled: false } };
const everyone = { default: ["a@example.com"] };
const mailboxes = { security: { email: ["b@example.com"] }, database: { email: ["c@example.com"] } };

test("the dev stack requires no secrets", () => {
  assert.deepEqual(validate({}), []);
});

test("settings have all defaults and are deeply frozen", () => {
  const settings = toSettings(config(dev));
  assert.equal(settings.metrics.retentionTime, "15d");
  assert.equal(settings.logs.collector, "alloy");
  assert.equal(settings.applications["audio-engine"]?.scrapeInterval, "10s");
  assert.throws(() => Object.assign(settings.metrics.limits, { memory: "1Gi" }), TypeError);
});

test("all problems of a config are reported at once, with the paths of the user's file", () => {
  assert.throws(
    () => toSettings(config({ ...dev, platform: "nomad", metrics: { retentionSize: "20GB", scrapeInterval: "15" } })),
    {
      message: `Pulumi.dev.yaml has 3 problems; nothing was changed.

  platform: "nomad" is not supported; use "docker" or "kubernetes"
  metrics.scrapeInterval: "15" is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"
  metrics.volumeSize: "13Gi" is too small for metrics.retentionSize "20GB"; use at least "25Gi"
`,
    },
  );
});

const refused: [what: string, values: Record<string, unknown>, problems: string[], secrets?: string[]][] = [
  [
    "an unknown key, with the nearest known one",
    { metrics: { scrapeIntervall: "15s" } },
    ['metrics.scrapeIntervall: is not a known key; did you mean "scrapeInterval"?'],
  ],
  [
    "an unknown key at the top",
    { visualisation: {} },
    ['visualisation: is not a known key; did you mean "visualization"?'],
  ],
  [
    "a wrong unit",
    { logs: { limits: { memory: "512MB" } } },
    ['logs.limits.memory: "512MB" is not a valid quantity; use a number with a unit, such as "512Mi" or "13Gi"'],
  ],
  [
    "retention larger than its volume",
    { metrics: { retentionSize: "10GB", volumeSize: "10Gi" } },
    ['metrics.volumeSize: "10Gi" is too small for metrics.retentionSize "10GB"; use at least "13Gi"'],
  ],
  [
    "a password in a URL that is not a secret",
    { metrics: { remoteWrite: [{ url: "http://me:word@store:1" }] } },
    [
      'metrics.remoteWrite[0].url: "http://***@store:1" contains credentials, which would be stored in clear text in the state; use a URL without user and password',
    ],
  ],
  [
    "a duplicate remote write endpoint",
    { metrics: { remoteWrite: [{ url: "http://store:1" }, { url: "http://store:1" }] } },
    ['metrics.remoteWrite[1]: "http://store:1" is a duplicate; remove or rename it'],
  ],
  [
    "a key without a value, and a host without a port",
    { logs: null, applications: { "juce-backend": { targets: ["backend"] } } },
    [
      "logs: is empty; use a map, or remove the key",
      'applications.juce-backend.targets[0]: "backend" is not a valid address; use host and port, such as "db.internal:5432"',
    ],
  ],
  [
    "two Slack credentials",
    {},
    [
      "slackWebhookUrl: cannot be set together with slackBotToken; keep the token, which can post to every channel, and run `pulumi config rm slackWebhookUrl --stack dev`",
    ],
    ["slackBotToken", "slackWebhookUrl"],
  ],
  [
    "a PagerDuty route without its key",
    prodReceivers,
    [
      "pagerdutySecurityKey: is required by alerting.pagerduty; run `pulumi config set --secret pagerdutySecurityKey --stack dev`",
    ],
    ["pagerdutyCriticalKey", "pagerdutyHighKey", "slackBotToken", "heartbeatUrl"],
  ],
  [
    "two components on the same port",
    { alerting: { port: 9090 } },
    ["alerting.port: 9090 is already used by metrics.port; use another port"],
  ],
  [
    "host paths and types of the wrong form",
    {
      docker: { socket: "unix:///var/run/docker.sock", dataDirectory: "/srv/docker/", seLinuxType: "spc" },
      logs: {
        sources: {
          journal: { path: "/" },
          pods: { dockerDirectory: "containers" },
          syslog: { format: "bsd", protocol: "tls" },
        },
      },
    },
    [
      'logs.sources.syslog.format: "bsd" is not supported; use "rfc5424" or "rfc3164"',
      'logs.sources.syslog.protocol: "tls" is not supported; use "tcp", "udp" or "both"',
      'logs.sources.pods.dockerDirectory: "containers" is not an absolute path; use a path without a trailing "/", such as "/var/lib/docker/containers"',
      'logs.sources.journal.path: "/" is not a valid journal directory; use "auto", or a path such as "/run/log/journal"',
      'docker.socket: "unix:///var/run/docker.sock" is not an absolute path; use a path without a trailing "/", such as "/var/run/docker.sock"',
      'docker.dataDirectory: "/srv/docker/" is not an absolute path; use a path without a trailing "/", such as "/var/lib/docker"',
      'docker.seLinuxType: "spc" is not a valid SELinux type; use a type such as "spc_t"',
    ],
  ],
  [
    "an unknown platform",
    { platform: "podman" },
    ['platform: "podman" is not supported; use "docker" or "kubernetes"'],
  ],
  [
    "a bad URL",
    { visualization: { url: "grafana.example.com" } },
    [
      'visualization.url: "grafana.example.com" is not a valid URL; use an absolute URL, such as "https://host.example.com"',
    ],
  ],
  [
    "a duration of the wrong form",
    { metrics: { retentionTime: "two weeks" } },
    [
      'metrics.retentionTime: "two weeks" is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
    ],
  ],
  [
    "a duplicate target",
    { exporters: { nginx: { targets: ["edge", "edge"].map((name) => ({ name, statusUrl: "http://edge/status" })) } } },
    ['exporters.nginx.targets[1]: "edge" is a duplicate; remove or rename it'],
  ],
  [
    "the demo on Kubernetes",
    { platform: "kubernetes" },
    ["demo.enabled: true is supported only with platform: docker; use false"],
  ],
  [
    "a secret inside an object",
    { alerting: { slack: { apiUrl: { secure: "v1:abc" } } } },
    [
      "alerting.slack.apiUrl: is a secret nested in an object, which Pulumi would store in clear text in the state; set it as a top-level key, see the list of secrets in the README",
    ],
  ],
  [
    "a secret in clear text",
    { smtpPassword: "hunter2" },
    ["smtpPassword: is stored in clear text; remove it and run `pulumi config set --secret smtpPassword --stack dev`"],
  ],
  [
    "an unknown secret",
    {},
    ['pagerdutyKey: is not a known key; did you mean "pagerdutyKey-<target>"?'],
    ["pagerdutyKey"],
  ],
  [
    "a stream selector with an unknown label",
    { logs: { retentionStreams: [{ selector: '{trace_id="1"}', period: "48h" }] } },
    [
      'logs.retentionStreams[0].selector: "{trace_id=\\"1\\"}" is not a valid stream selector; use labels and values in braces, such as \'{service="nginx", level="debug"}\'',
    ],
  ],
  [
    "an unknown alert",
    { alerting: { rules: { HighCpu: { for: "5m" } } } },
    ['alerting.rules.HighCpu: is not a known key; did you mean "HighCpuUsage"?'],
  ],
  [
    "a threshold out of range",
    { alerting: { rules: { HighCpuUsage: { threshold: 95 } } } },
    ["alerting.rules.HighCpuUsage.threshold: 95 is out of range; use a number between 0 and 1 (ratio)"],
  ],
  [
    "an application with the name of a built-in job",
    { applications: { collector: { targets: ["a:1"] } } },
    ['applications.collector: is the name of a built-in scrape job; use another name, such as "my-collector"'],
  ],
  [
    "a window below the minimum, with the minimum that follows from the scrape interval",
    { alerting: { rules: { AudioXruns: { window: "10s" } } } },
    [
      'alerting.rules.AudioXruns.window: "10s" is shorter than four times metrics.scrapeInterval "15s"; use at least "60s"',
    ],
  ],
  [
    "a window below the minimum, with a short scrape interval",
    {
      metrics: { scrapeInterval: "5s", scrapeTimeout: "5s" },
      alerting: { rules: { AudioXruns: { window: "20s" }, HighErrorRate: { window: "30s" } } },
    },
    ['alerting.rules.AudioXruns.window: "20s" is too short; use at least "30s"'],
  ],
  [
    "a window that holds too few samples",
    { alerting: { rules: { HighErrorRate: { window: "45s" } } } },
    [
      'alerting.rules.HighErrorRate.window: "45s" is shorter than four times metrics.scrapeInterval "15s"; use at least "60s"',
    ],
  ],
  [
    "a memory limit that Docker would treat as unlimited",
    { logs: { limits: { memory: "1Ki" } } },
    ['logs.limits.memory: "1Ki" is too small; use at least "16Mi"'],
  ],
  [
    "an interval that would skip every second heartbeat",
    { alerting: { waits: { heartbeat: { repeatInterval: "1m" } } } },
    [
      'alerting.waits.heartbeat.repeatInterval: "1m" is not shorter than groupInterval "1m", so every second heartbeat would be skipped; use less than "1m"',
    ],
  ],
  [
    "a team without a receiver",
    {
      demo: { enabled: false },
      alerting: {
        ...onlyEmail,
        email: { smarthost: "smtp:25", to: everyone },
        teams: { ...mailboxes, database: { email: [] } },
      },
    },
    [
      "alerting.teams.database.email: is empty and Slack is disabled, so team database would get no notifications; add its addresses, or enable Slack",
    ],
  ],
  [
    "an invalid address, without a follow-on error about the empty list",
    {
      demo: { enabled: false },
      alerting: { ...onlyEmail, email: { smarthost: "smtp:25", to: { default: ["oncall"] } }, teams: mailboxes },
    },
    [
      'alerting.email.to.default[0]: "oncall" is not a valid e-mail address; use an address such as "oncall@example.com"',
    ],
  ],
  [
    "a key that the alert does not have",
    { alerting: { rules: { Watchdog: { threshold: 1 } } } },
    ["alerting.rules.Watchdog.threshold: is not a known key; known keys are enabled, for"],
  ],
  ["two swapped letters", { logs: { prot: 3100 } }, ['logs.prot: is not a known key; did you mean "port"?']],
  [
    "a key that is close to none, however many there are",
    { images: { foo: {} }, logs: { format: "json" } },
    [
      "logs.format: is not a known key; known keys are enabled, loki, remote, collector, retention, retentionStreams, volumeSize, replicas, objectStorage, ingestionRateMb, maxStreams, port, alloyPort, promtailPort, fileGroups, sources, limits, collectorLimits",
      `images.foo: is not a known key; known keys are mirror, ${Object.keys(images).join(", ")}`,
    ],
  ],
  [
    "numbers where formatted strings are expected",
    {
      environment: 5,
      metrics: { retentionSize: 20, limits: { memory: 512 } },
      alerting: { rules: { HighCpuUsage: { for: 5 } }, quietHours: { start: 22, end: "07:00" } },
      images: { prometheus: { tag: 3.1 } },
    },
    [
      'environment: 5 is a number, not a string; put it in quotes, such as "5"',
      'metrics.retentionSize: 20 is not a valid size; use a number with a unit, such as "10GB" or "512MB"',
      'metrics.limits.memory: 512 is not a valid quantity; use a number with a unit, such as "512Mi" or "13Gi"',
      'alerting.quietHours.start: 22 is not a valid time of day; use HH:MM, such as "22:00"',
      'alerting.rules.HighCpuUsage.for: 5 is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
      'images.prometheus.tag: 3.1 is a number, not a string; put it in quotes, such as "3.1"',
    ],
  ],
  [
    "numbers and booleans that only need quotes, and values that are invalid anyway",
    {
      exporters: { nginx: { targets: [2024, true, -1].map((name) => ({ name, statusUrl: "http://edge/status" })) } },
      images: { prometheus: { tag: 17 } },
    },
    [
      'exporters.nginx.targets[0].name: 2024 is a number, not a string; put it in quotes, such as "2024"',
      'exporters.nginx.targets[1].name: true is a boolean, not a string; put it in quotes, such as "true"',
      'exporters.nginx.targets[2].name: -1 is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"',
      'images.prometheus.tag: 17 is a number, not a string; put it in quotes, such as "17"',
    ],
  ],
  [
    "missing and empty values, with an example of the expected value",
    {
      metrics: { remoteWrite: [{}] },
      alerting: { rules: { HighCpuUsage: { for: null, threshold: null } } },
      logs: { objectStorage: { endpoint: "https://s3.example.com", bucket: null } },
    },
    [
      'metrics.remoteWrite[0].url: is required; use an absolute URL, such as "https://host.example.com"',
      'logs.objectStorage.endpoint: "https://s3.example.com" is not a valid host; use a host without a scheme, such as "s3.eu-central-1.amazonaws.com"',
      'logs.objectStorage.bucket: is empty; use 3 to 63 lower-case letters, digits, "-" and ".", such as "white-room-logs"',
      'alerting.rules.HighCpuUsage.for: is empty; use a number with a unit, such as "15s", "5m" or "7d", or remove the key',
      "alerting.rules.HighCpuUsage.threshold: is empty; use a number between 0 and 1 (ratio), or remove the key",
    ],
  ],
];

for (const [what, values, problems, secrets] of refused) {
  test(`rejected: ${what}`, () => {
    assert.deepEqual(validate(values, secrets), problems);
  });
}

test("a missing platform does not hide other problems", () => {
  const { platform: _, ...rest } = dev;
  assert.throws(() => toSettings(config({ ...rest, alerting: { port: 9090 } })), {
    problems: [
      { path: "platform", message: 'is required; use "docker" or "kubernetes"' },
      { path: "alerting.port", message: "9090 is already used by metrics.port; use another port" },
    ],
  });
});

test("prod lists every missing secret with the command that sets it", () => {
  const targets = {
    postgres: { targets: [{ name: "primary", host: "db" }] },
    redis: { targets: [{ name: "cache", host: "redis" }] },
  };
  const email = { smarthost: "smtp.example.com:587", username: "monitoring", to: { default: ["oncall@example.com"] } };
  const missing = validate({ demo: { enabled: false }, alerting: { email }, exporters: targets });
  assert.deepEqual(missing, [
    "pagerdutyCriticalKey: is required by alerting.pagerduty; run `pulumi config set --secret pagerdutyCriticalKey --stack dev`",
    "pagerdutyHighKey: is required by alerting.pagerduty; run `pulumi config set --secret pagerdutyHighKey --stack dev`",
    "pagerdutySecurityKey: is required by alerting.pagerduty; run `pulumi config set --secret pagerdutySecurityKey --stack dev`",
    "slackBotToken: is required by alerting.slack; run `pulumi config set --secret slackBotToken --stack dev`",
    "smtpPassword: is required by alerting.email.username; run `pulumi config set --secret smtpPassword --stack dev`",
    "heartbeatUrl: is required by alerting.heartbeat; run `pulumi config set --secret heartbeatUrl --stack dev`",
    "postgresPassword-primary: is required by exporters.postgres.targets; run `pulumi config set --secret postgresPassword-primary --stack dev`",
    "redisPassword-cache: is required by exporters.redis.targets; run `pulumi config set --secret redisPassword-cache --stack dev`",
  ]);
});

test("with start.sh's local Pulumi, messages show its command", () => {
  const secrets = new Set(["slackBotToken", "slackWebhookUrl"]);
  assert.throws(
    () => toSettings({ ...config({ ...dev, smtpPassword: "x" }), secrets, command: ".pulumi-local/pulumi" }),
    {
      problems: [
        {
          path: "smtpPassword",
          message:
            "is stored in clear text; remove it and run `.pulumi-local/pulumi config set --secret smtpPassword --stack dev`",
        },
        {
          path: "slackWebhookUrl",
          message:
            "cannot be set together with slackBotToken; keep the token, which can post to every channel, and run `.pulumi-local/pulumi config rm slackWebhookUrl --stack dev`",
        },
      ],
    },
  );
});

test("strings set by `pulumi config set --path` are converted to numbers", () => {
  const { alerting } = toSettings(
    config({ ...dev, alerting: { rules: { HighCpuUsage: { threshold: "0.85", enabled: "true" } } } }),
  );
  assert.equal(alerting.rules.HighCpuUsage.threshold, 0.85);
  assert.deepEqual(validate({ alerting: { rules: { HighCpuUsage: { threshold: "85" } } } }), [
    'alerting.rules.HighCpuUsage.threshold: "85" is out of range; use a number between 0 and 1 (ratio)',
  ]);
});

test("an alert can be disabled or tuned in the config", () => {
  const rules = { HighCpuUsage: { enabled: false }, HighMemoryUsage: { threshold: 0.8, for: "10m" } };
  const { alerting } = toSettings(config({ ...dev, alerting: { rules } }));
  assert.deepEqual(alerting.rules.HighCpuUsage, { enabled: false, for: "5m", threshold: 0.9, window: "5m" });
  assert.deepEqual(alerting.rules.HighMemoryUsage, { enabled: true, for: "10m", threshold: 0.8 });
});
