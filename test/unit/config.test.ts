import assert from "node:assert/strict";
import { test } from "node:test";
import { images } from "../../config/products/images.ts";
import { ConfigError } from "../../config/settings/problems.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";

const dev = { platform: "docker", environment: "dev", demo: { enabled: true } };

function config(values: Record<string, unknown>, secrets: readonly string[] = []): StackConfig {
  return { stack: "dev", values, secrets: new Set(secrets) };
}

/** The problems of a config, one line each. */
function validate(values: Record<string, unknown>, secrets: readonly string[] = []): string[] {
  try {
    toSettings(config({ ...dev, ...values }, secrets));
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const prodReceivers = { demo: { enabled: false }, alerting: { email: { enabled: false } } };

const onlyEmail = { pagerduty: { enabled: false }, slack: { enabled: false }, heartbeat: { enabled: false } };
const everyone = { default: ["a@example.com"], security: ["b@example.com"], database: ["c@example.com"] };

test("the dev stack needs no secret at all", () => {
  assert.deepEqual(validate({}), []);
});

test("settings are whole, and frozen to the last leaf", () => {
  const settings = toSettings(config(dev));
  assert.equal(settings.metrics.retentionTime, "15d");
  assert.equal(settings.logs.collector, "alloy");
  assert.equal(settings.applications["audio-engine"]?.scrapeInterval, "10s");
  assert.throws(() => Object.assign(settings.metrics.limits, { memory: "1Gi" }), TypeError);
});

test("every problem of a config is told at once, in the words of the user's file", () => {
  assert.throws(
    () => toSettings(config({ ...dev, platform: "nomad", metrics: { retentionSize: "20GB", scrapeInterval: "15" } })),
    {
      message: `Pulumi.dev.yaml has 3 problems; nothing was changed.

  platform: "nomad" is not known: write "docker" or "kubernetes"
  metrics.scrapeInterval: "15" is no duration: write a number with a unit, such as "15s", "5m" or "7d"
  metrics.volumeSize: "13Gi" is too small for metrics.retentionSize "20GB": write at least "25Gi"
`,
    },
  );
});

const refused: [what: string, values: Record<string, unknown>, problems: string[], secrets?: string[]][] = [
  [
    "an unknown key, with the nearest known one",
    { metrics: { scrapeIntervall: "15s" } },
    ['metrics.scrapeIntervall: is not a key: did you mean "scrapeInterval"?'],
  ],
  ["an unknown key at the top", { visualisation: {} }, ['visualisation: is not a key: did you mean "visualization"?']],
  [
    "a wrong unit",
    { logs: { limits: { memory: "512MB" } } },
    ['logs.limits.memory: "512MB" is no quantity: write a number with a unit, such as "512Mi" or "13Gi"'],
  ],
  [
    "retention larger than its volume",
    { metrics: { retentionSize: "10GB", volumeSize: "10Gi" } },
    ['metrics.volumeSize: "10Gi" is too small for metrics.retentionSize "10GB": write at least "13Gi"'],
  ],
  [
    "a password in an address that is no secret",
    { metrics: { remoteWrite: [{ url: "http://me:word@store:1" }] } },
    [
      'metrics.remoteWrite[0].url: "http://me:word@store:1" holds a user, whose password would be readable in the state: write an address that asks for none',
    ],
  ],
  [
    "one long-term store twice",
    { metrics: { remoteWrite: [{ url: "http://store:1" }, { url: "http://store:1" }] } },
    ['metrics.remoteWrite[1]: "http://store:1" is there twice: remove one or rename it'],
  ],
  [
    "a key with nothing behind it, and a host without a port",
    { logs: null, applications: { "juce-backend": { targets: ["backend"] } } },
    [
      "logs: is empty: write a map of keys, or remove the key",
      'applications.juce-backend.targets[0]: "backend" is no host and port: write host and port, such as "db.internal:5432"',
    ],
  ],
  [
    "two ways to Slack at once",
    {},
    [
      "slackWebhookUrl: is set beside slackBotToken, and only one can be used: keep the token, which reaches every channel, and write `pulumi config rm slackWebhookUrl --stack dev`",
    ],
    ["slackBotToken", "slackWebhookUrl"],
  ],
  [
    "a PagerDuty route without its key",
    prodReceivers,
    [
      "pagerdutySecurityKey: is missing, and alerting.pagerduty needs it: write `pulumi config set --secret pagerdutySecurityKey --stack dev`",
    ],
    ["pagerdutyCriticalKey", "pagerdutyHighKey", "slackBotToken", "heartbeatUrl"],
  ],
  [
    "two parts on one port",
    { alerting: { port: 9090 } },
    ["alerting.port: 9090 is taken by metrics.port: write another port"],
  ],
  ["an unknown platform", { platform: "podman" }, ['platform: "podman" is not known: write "docker" or "kubernetes"']],
  [
    "a bad URL",
    { visualization: { url: "grafana.example.com" } },
    ['visualization.url: "grafana.example.com" is no URL: write a whole URL, such as "https://host.example.com"'],
  ],
  [
    "a duration of the wrong form",
    { metrics: { retentionTime: "two weeks" } },
    ['metrics.retentionTime: "two weeks" is no duration: write a number with a unit, such as "15s", "5m" or "7d"'],
  ],
  [
    "a target that is there twice",
    { exporters: { nginx: { targets: ["edge", "edge"].map((name) => ({ name, statusUrl: "http://edge/status" })) } } },
    ['exporters.nginx.targets[2]: "edge" is there twice: remove one or rename it'],
  ],
  [
    "the demo on Kubernetes",
    { platform: "kubernetes" },
    ["demo.enabled: true is for platform docker only: write false, or platform: docker"],
  ],
  [
    "a secret inside an object",
    { alerting: { slack: { apiUrl: { secure: "v1:abc" } } } },
    [
      "alerting.slack.apiUrl: is a secret inside an object, which would end up readable in the state: set it as a key of its own, see the list of secrets in the README",
    ],
  ],
  [
    "a secret in clear",
    { smtpPassword: "hunter2" },
    [
      "smtpPassword: is stored in clear: remove the line and write it with `pulumi config set --secret smtpPassword --stack dev`",
    ],
  ],
  ["an unknown secret", {}, ['pagerdutyKey: is not a key: did you mean "pagerdutyHighKey"?'], ["pagerdutyKey"]],
  [
    "a stream by a label that no stream has",
    { logs: { retentionStreams: [{ selector: '{trace_id="1"}', period: "48h" }] } },
    [
      'logs.retentionStreams[0].selector: "{trace_id=\\"1\\"}" is no selector: write labels and values in braces, such as \'{service="nginx", level="debug"}\'',
    ],
  ],
  [
    "an unknown alert",
    { alerting: { rules: { HighCpu: { for: "5m" } } } },
    ['alerting.rules.HighCpu: is not a key: did you mean "HighCpuUsage"?'],
  ],
  [
    "a threshold out of its unit",
    { alerting: { rules: { HighCpuUsage: { threshold: 95 } } } },
    ["alerting.rules.HighCpuUsage.threshold: 95 is out of range: write a number from 0 to 1 (ratio)"],
  ],
  [
    "an application named as one of the stack's own jobs",
    { applications: { collector: { targets: ["a:1"] } } },
    [
      'applications.collector: is the name of one of the stack\'s own scrape jobs: write another, such as "my-collector"',
    ],
  ],
  [
    "a window under the least of all, told at once what the scrape interval asks for",
    { alerting: { rules: { AudioXruns: { window: "10s" } } } },
    [
      'alerting.rules.AudioXruns.window: "10s" is shorter than four times metrics.scrapeInterval "15s": write at least "60s"',
    ],
  ],
  [
    "a window under the least of all with a scrape interval that allows it",
    {
      metrics: { scrapeInterval: "5s", scrapeTimeout: "5s" },
      alerting: { rules: { AudioXruns: { window: "20s" }, HighErrorRate: { window: "30s" } } },
    },
    ['alerting.rules.AudioXruns.window: "20s" is too short: write at least "30s"'],
  ],
  [
    "a window that holds too few samples",
    { alerting: { rules: { HighErrorRate: { window: "45s" } } } },
    [
      'alerting.rules.HighErrorRate.window: "45s" is shorter than four times metrics.scrapeInterval "15s": write at least "60s"',
    ],
  ],
  [
    "a memory limit that Docker would take for none",
    { logs: { limits: { memory: "1Ki" } } },
    ['logs.limits.memory: "1Ki" is too small: write at least "16Mi"'],
  ],
  [
    "a heartbeat that would miss every second beat",
    { alerting: { waits: { heartbeat: { repeatInterval: "1m" } } } },
    [
      'alerting.waits.heartbeat.repeatInterval: "1m" is not shorter than groupInterval "1m", and every second beat would be missing: write less than "1m"',
    ],
  ],
  [
    "a team that nothing reaches",
    {
      demo: { enabled: false },
      alerting: { ...onlyEmail, email: { smarthost: "smtp:25", to: { ...everyone, database: [] } } },
    },
    [
      "alerting.email.to.database: is empty, and with Slack off nothing reaches team database: write its addresses, or switch Slack on",
    ],
  ],
  [
    "a bad address, without a word about what is left when it is gone",
    {
      demo: { enabled: false },
      alerting: { ...onlyEmail, email: { smarthost: "smtp:25", to: { ...everyone, default: ["oncall"] } } },
    },
    ['alerting.email.to.default[0]: "oncall" is no e-mail address: write an address such as "oncall@example.com"'],
  ],
  [
    "a key that belongs to no such alert",
    { alerting: { rules: { Watchdog: { threshold: 1 } } } },
    ["alerting.rules.Watchdog.threshold: is not a key: known are enabled, for"],
  ],
  ["two letters that changed places", { logs: { prot: 3100 } }, ['logs.prot: is not a key: did you mean "port"?']],
  [
    "a key that is near to none, however many there are",
    { images: { foo: {} }, logs: { format: "json" } },
    [
      "logs.format: is not a key: known are enabled, collector, retention, retentionStreams, volumeSize, replicas, objectStorage, ingestionRateMb, maxStreams, port, alloyPort, promtailPort, sources, limits, collectorLimits",
      `images.foo: is not a key: known are mirror, ${Object.keys(images).join(", ")}`,
    ],
  ],
  [
    "numbers where texts of a form are wanted",
    {
      environment: 5,
      metrics: { retentionSize: 20, limits: { memory: 512 } },
      alerting: { rules: { HighCpuUsage: { for: 5 } }, quietHours: { start: 22, end: "07:00" } },
      images: { prometheus: { tag: 3.1 } },
    },
    [
      'environment: 5 is a number and no text: write it in quotes, such as "5"',
      'metrics.retentionSize: 20 is no size: write a number with a unit, such as "10GB" or "512MB"',
      'metrics.limits.memory: 512 is no quantity: write a number with a unit, such as "512Mi" or "13Gi"',
      'alerting.quietHours.start: 22 is no time of day: write hours and minutes, such as "22:00"',
      'alerting.rules.HighCpuUsage.for: 5 is no duration: write a number with a unit, such as "15s", "5m" or "7d"',
      'images.prometheus.tag: 3.1 is a number and no text: write it in quotes, such as "3.1"',
    ],
  ],
  [
    "numbers and yes or no, where only quotes are missing, and where the text would not do either",
    {
      exporters: { nginx: { targets: [2024, true, -1].map((name) => ({ name, statusUrl: "http://edge/status" })) } },
      images: { prometheus: { tag: 17 } },
    },
    [
      'exporters.nginx.targets[0].name: 2024 is a number and no text: write it in quotes, such as "2024"',
      'exporters.nginx.targets[1].name: true is a boolean and no text: write it in quotes, such as "true"',
      'exporters.nginx.targets[2].name: -1 is no name: write 1 to 40 lower-case letters, digits and "-", such as "primary"',
      'images.prometheus.tag: 17 is a number and no text: write it in quotes, such as "17"',
    ],
  ],
  [
    "what is missing or empty, with what its own kind is written like",
    {
      metrics: { remoteWrite: [{}] },
      alerting: { rules: { HighCpuUsage: { for: null, threshold: null } } },
      logs: { objectStorage: { endpoint: "https://s3.example.com", bucket: null } },
    },
    [
      'metrics.remoteWrite[0].url: is missing: write a whole URL, such as "https://host.example.com"',
      'logs.objectStorage.endpoint: "https://s3.example.com" is no host: write a host without a scheme, such as "s3.eu-central-1.amazonaws.com"',
      'logs.objectStorage.bucket: is empty: write 3 to 63 lower-case letters, digits, "-" and ".", such as "white-room-logs", or remove the key',
      'alerting.rules.HighCpuUsage.for: is empty: write a number with a unit, such as "15s", "5m" or "7d", or remove the key',
      "alerting.rules.HighCpuUsage.threshold: is empty: write a number from 0 to 1 (ratio), or remove the key",
    ],
  ],
];

for (const [what, values, problems, secrets] of refused) {
  test(`refused: ${what}`, () => {
    assert.deepEqual(validate(values, secrets), problems);
  });
}

test("a platform that is missing hides no other problem", () => {
  const { platform: _, ...rest } = dev;
  assert.throws(() => toSettings(config({ ...rest, alerting: { port: 9090 } })), {
    problems: [
      { path: "platform", message: 'is missing: write "docker" or "kubernetes"' },
      { path: "alerting.port", message: "9090 is taken by metrics.port: write another port" },
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
    "pagerdutyCriticalKey: is missing, and alerting.pagerduty needs it: write `pulumi config set --secret pagerdutyCriticalKey --stack dev`",
    "pagerdutyHighKey: is missing, and alerting.pagerduty needs it: write `pulumi config set --secret pagerdutyHighKey --stack dev`",
    "pagerdutySecurityKey: is missing, and alerting.pagerduty needs it: write `pulumi config set --secret pagerdutySecurityKey --stack dev`",
    "slackBotToken: is missing, and alerting.slack needs it: write `pulumi config set --secret slackBotToken --stack dev`",
    "smtpPassword: is missing, and alerting.email.username needs it: write `pulumi config set --secret smtpPassword --stack dev`",
    "heartbeatUrl: is missing, and alerting.heartbeat needs it: write `pulumi config set --secret heartbeatUrl --stack dev`",
    "postgresPassword-primary: is missing, and exporters.postgres.targets needs it: write `pulumi config set --secret postgresPassword-primary --stack dev`",
    "redisPassword-cache: is missing, and exporters.redis.targets needs it: write `pulumi config set --secret redisPassword-cache --stack dev`",
  ]);
});

test("where start.sh keeps its own Pulumi, the commands are of that one", () => {
  const secrets = new Set(["slackBotToken", "slackWebhookUrl"]);
  assert.throws(
    () => toSettings({ ...config({ ...dev, smtpPassword: "x" }), secrets, command: ".pulumi-local/pulumi" }),
    {
      problems: [
        {
          path: "smtpPassword",
          message:
            "is stored in clear: remove the line and write it with `.pulumi-local/pulumi config set --secret smtpPassword --stack dev`",
        },
        {
          path: "slackWebhookUrl",
          message:
            "is set beside slackBotToken, and only one can be used: keep the token, which reaches every channel, and write `.pulumi-local/pulumi config rm slackWebhookUrl --stack dev`",
        },
      ],
    },
  );
});

test("what `pulumi config set --path` writes as a text counts as the number it stands for", () => {
  const { alerting } = toSettings(
    config({ ...dev, alerting: { rules: { HighCpuUsage: { threshold: "0.85", enabled: "true" } } } }),
  );
  assert.equal(alerting.rules.HighCpuUsage.threshold, 0.85);
  assert.deepEqual(validate({ alerting: { rules: { HighCpuUsage: { threshold: "85" } } } }), [
    'alerting.rules.HighCpuUsage.threshold: "85" is out of range: write a number from 0 to 1 (ratio)',
  ]);
});

test("one alert is switched off or retuned from config", () => {
  const rules = { HighCpuUsage: { enabled: false }, HighMemoryUsage: { threshold: 0.8, for: "10m" } };
  const { alerting } = toSettings(config({ ...dev, alerting: { rules } }));
  assert.deepEqual(alerting.rules.HighCpuUsage, { enabled: false, for: "5m", threshold: 0.9, window: "5m" });
  assert.deepEqual(alerting.rules.HighMemoryUsage, { enabled: true, for: "10m", threshold: 0.8 });
});
