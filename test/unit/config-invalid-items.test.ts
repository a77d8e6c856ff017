import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

/*
 * An item or entry that the schema rejects must not hide problems of the others or shift their indexes, and problems that only
 * follow from its absence must not be reported.
 */

const off = { enabled: false };
const alerting = { pagerduty: off, slack: off, email: off, heartbeat: off };

function problems(values: Record<string, unknown>, requireSecrets = false): string[] {
  const all = { platform: "docker", environment: "test", alerting, ...values };
  return problemsOf(() => toSettings({ stack: "test", values: all, secrets: new Set() }, { requireSecrets }));
}

const address = 'is not a valid address; use host and port, such as "db.internal:5432"';
const url = 'is not a valid URL; use an absolute URL, such as "https://host.example.com"';
const invalidName = 'is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"';
const duplicate = "is a duplicate; remove or rename it";
const noHost = 'is required; use a name or IP address without scheme and port, such as "db.internal"';

const applications = { "juce-backend": { targets: ["backend:8000"] } };

describe("the other items of a list are checked, with their own indexes", () => {
  test("probes", () => {
    const targets = [
      { name: "pigeon", kind: "pigeon" },
      { name: "router", kind: "icmp", host: "router.internal", timeout: "1m" },
      { name: "no-kind" },
      { name: "dns", kind: "dns", host: "9.9.9.9", team: "nobody" },
      { name: "router", kind: "tcp", host: "router.internal:22" },
    ];
    assert.deepEqual(problems({ probes: { targets } }), [
      'probes.targets[0].kind: "pigeon" is not supported; use "http", "tcp", "tls", "dns", "icmp" or "grpc"',
      'probes.targets[2].kind: is required; use "http", "tcp", "tls", "dns", "icmp" or "grpc"',
      `probes.targets[4]: "router" ${duplicate}`,
      'probes.targets[3].team: team "nobody" is not known; use platform, audio, product, security or database, or add it to alerting.teams',
      'probes.targets[1].timeout: "1m" is longer than probes.interval "30s"; use at most "30s"',
      'probes.targets[3].query: is required by kind: dns; use a name, such as {name: "www.example.com"}',
    ]);
  });

  test("servers and targets, also after those of the demo", () => {
    const config = {
      exporters: {
        postgres: {
          targets: [
            { name: "one" },
            { name: "two", host: "db", publishedPort: 9090 },
            { name: "THREE", host: "db" },
            { name: "two", host: "db", ca: undefined, publishedPort: 9093 },
          ],
        },
        node: { targets: ["a", "b:1", "b:1"] },
      },
      applications: { "juce-backend": { targets: ["a", "b:1", "b:1"] } },
    };
    const expected = [
      `exporters.node.targets[0]: "a" ${address}`,
      `exporters.postgres.targets[0].host: ${noHost}`,
      `exporters.postgres.targets[2].name: "THREE" ${invalidName}`,
      `applications.juce-backend.targets[0]: "a" ${address}`,
      "exporters.postgres.targets[1].publishedPort: 9090 is already used by metrics.port; use another port",
      "exporters.postgres.targets[3].publishedPort: 9093 is already used by alerting.port; use another port",
      `exporters.postgres.targets[3]: "two" ${duplicate}`,
      `exporters.node.targets[2]: "b:1" ${duplicate}`,
      `applications.juce-backend.targets[2]: "b:1" ${duplicate}`,
    ];
    assert.deepEqual(problems(config), expected);
    assert.deepEqual(problems({ ...config, demo: { enabled: true } }), expected);
  });

  test("objectives", () => {
    const slos = [
      { name: "Not a name", service: "juce-backend" },
      { name: "songs", service: "juce-backend", of: "latency", threshold: 0.3 },
      { name: "songs", service: "mixer" },
    ];
    assert.deepEqual(problems({ slos, applications }), [
      `slos[0].name: "Not a name" ${invalidName}`,
      'slos[2].name: "songs" is a duplicate; use another name',
      "slos[1].threshold: 0.3 is not a bucket of whiteroom_http_request_duration_seconds; the nearest is 0.25; the buckets, in seconds, are 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10",
      'slos[2].service: "mixer" is not a known service; use "juce-backend", "swift-frontend" or "audio-engine", or add it to applications',
    ]);
  });

  test("journeys and their steps", () => {
    const step = (name: string, request: object) => ({ name, request });
    const steps = [
      step("a", { url: "nope" }),
      step("b", { url: "https://example.com", body: "x" }),
      step("b", { url: "https://example.com/${token}" }),
    ];
    assert.deepEqual(
      problems({ probes: { journeys: [{ name: "empty" }, { name: "song", every: "1m", timeout: "2m", steps }] } }),
      [
        'probes.journeys[0].steps: is required; use a list, such as [{name: "page", request: {url: "https://host.example.com"}}]',
        `probes.journeys[1].steps[0].request.url: "nope" ${url}`,
        'probes.journeys[1].timeout: "2m" is longer than probes.journeys[1].every "1m"; use at most "1m"',
        "probes.journeys[1].steps[1].request.body: cannot be sent with method: GET; use a method such as POST, or remove body",
        'probes.journeys[1].steps[2].name: "b" is the name of an earlier step; use another name',
        "probes.journeys[1].steps[2].request.url: ${token} is saved by no earlier step; add it to save of an earlier step",
      ],
    );
  });

  test("destinations and data sources, with indexes in messages and missing secrets", () => {
    const remoteWrite = [{ url: "nope" }, { url: "https://a.example.com", auth: "basic" }];
    const remote = [
      { name: "first", url: "nope" },
      { name: "second", url: "https://b.example.com/push", auth: "bearer" },
    ];
    const dataSource = { type: "loki", url: "https://b.example.com" };
    const dataSources = [
      { name: "A", uid: "a", type: "loki" },
      { ...dataSource, name: "B", uid: "b" },
      { ...dataSource, name: "B", uid: "c" },
    ];
    assert.deepEqual(problems({ metrics: { remoteWrite }, logs: { remote }, visualization: { dataSources } }, true), [
      `metrics.remoteWrite[0].url: "nope" ${url}`,
      `logs.remote[0].url: "nope" ${url}`,
      'visualization.dataSources[0].url: is required; use an absolute URL, such as "https://tempo.example.com", or for a database "db.internal:5432"',
      'metrics.remoteWrite[1].name: is required by auth and tls; use a name such as "mimir"',
      "metrics.remoteWrite[1].username: is required by auth: basic; set it to the user name",
      'visualization.dataSources[2].name: "B" is already used by visualization.dataSources[1]; use another one',
      "logsRemoteToken-second: is required by logs.remote[1]; run `pulumi config set --secret logsRemoteToken-second --stack test`",
    ]);
  });

  test("paths of log files", () => {
    const files = {
      one: { service: "one", format: "json", paths: ["one.log", "/var/log/one/*.log"], pattern: "x" },
      two: { service: "two", format: "json", paths: ["two.log", "/var/log/two.log", "/var/log/one/two.log"] },
    };
    const relative = 'is not an absolute path; use a path such as "/var/log/app/*.log"';
    assert.deepEqual(problems({ logs: { sources: { files } } }), [
      `logs.sources.files.one.paths[0]: "one.log" ${relative}`,
      `logs.sources.files.two.paths[0]: "two.log" ${relative}`,
      'logs.sources.files.one.pattern: is used only with format: regex; remove it, or change format "json"',
      'logs.sources.files.two.paths[2]: "/var/log/one/two.log" is also read by logs.sources.files.one ("/var/log/one/*.log"); remove it from one of them',
    ]);
  });

  test("tolerations and pages", () => {
    const kubernetes = {
      tolerations: [{ operator: "Sometimes", key: 5 }, "all", { key: "gpu", operator: "Exists", value: "yes" }],
      pages: { publish: ["grafana", "jaeger", "jaeger"] },
    };
    const found = problems({ platform: "kubernetes", kubernetes });
    assert.deepEqual(found, [
      'kubernetes.tolerations[0].key: 5 is a number, not a string; put it in quotes, such as "5"',
      'kubernetes.tolerations[0].operator: "Sometimes" is not supported; use "Exists" or "Equal"',
      'kubernetes.tolerations[1]: "all" has the wrong type; use a map',
      'kubernetes.pages.publish[0]: "grafana" is not supported; use "prometheus", "alertmanager" or "jaeger"',
      'kubernetes.pages.publish: contains "jaeger" twice; remove one',
      'kubernetes.pages.publish: contains "jaeger", but tracing.enabled is false; remove one of them',
      'kubernetes.pages.auth.annotations: is required, because these pages have no sign-in of their own; add the annotations with which your Ingress controller requires one, such as nginx.ingress.kubernetes.io/auth-url: "https://sign-in.example.com/oauth2/auth"',
      'kubernetes.pages.tlsSecretName: is required, because passwords would otherwise be sent unencrypted; set it to the Secret with a certificate for the hosts of all pages, such as "pages-tls"',
      "kubernetes.tolerations[2].value: is not compared with operator Exists; remove it, or use Equal",
    ]);
  });

  test("an entry with an invalid value is still checked by its name", () => {
    assert.deepEqual(problems({ applications: { node: { targets: ["x"] } } }), [
      `applications.node.targets[0]: "x" ${address}`,
      'applications.node: is the name of a built-in scrape job; use another name, such as "my-node"',
    ]);
  });

  test("numbers and booleans that are stored as text count", () => {
    assert.deepEqual(problems({ alerting: { ...alerting, port: "9090" }, slos: [{ name: "x" }] }), [
      'slos[0].service: is required; use 1 to 40 lower-case letters, digits and "-", such as "primary"',
      "alerting.port: 9090 is already used by metrics.port; use another port",
    ]);
  });
});

describe("problems that only follow from a rejected value are not reported", () => {
  const objective = { name: "a", service: "juce-backend", of: "latency", threshold: 0.5 };

  test("a name of a rejected item is known", () => {
    const config = {
      alerting: { ...alerting, teams: { mixing: 5 } },
      applications: { ...applications, mixer: 5 },
      probes: {
        targets: [{ name: "shop", service: "front", kind: "pigeon" }],
        journeys: [
          {
            name: "song",
            steps: [
              { name: "a", request: { url: "nope" }, save: { token: { json: "$.token" } } },
              { name: "b", request: { url: "https://example.com/${token}" } },
            ],
          },
        ],
      },
      slos: [
        { ...objective, team: "mixing" },
        { ...objective, name: "b", service: "mixer" },
        { name: "c", service: "front", of: "probe", probe: "shop" },
        { name: "d", service: "front", of: "probe" },
      ],
    };
    assert.deepEqual(problems(config), [
      "alerting.teams.mixing: 5 has the wrong type; use a map",
      "applications.mixer: 5 has the wrong type; use a map",
      'probes.targets[0].kind: "pigeon" is not supported; use "http", "tcp", "tls", "dns", "icmp" or "grpc"',
      `probes.journeys[0].steps[0].request.url: "nope" ${url}`,
    ]);
  });

  test("a list whose only item is rejected is not empty", () => {
    const config = {
      logs: { loki: off, remote: [{ name: "a", url: "nope" }] },
      network: { gateway: { enabled: true, users: ["a b"] } },
    };
    assert.deepEqual(problems(config), [
      `logs.remote[0].url: "nope" ${url}`,
      `network.gateway.users[0]: "a b" ${invalidName}`,
    ]);
  });

  test("nothing is compared with the default of a rejected key", () => {
    const config = {
      metrics: { port: 99_999, scrapeInterval: "30", scrapeTimeout: "20s" },
      alerting: { ...alerting, port: 9090, pagerduty: { enabled: "no" } },
      applications: { "audio-engine": { scrapeInterval: "20s" } },
      probes: { targets: [{ name: "a", kind: "http", url: "https://example.com", auth: "digest", username: "u" }] },
    };
    assert.deepEqual(problems(config, true), [
      'metrics.scrapeInterval: "30" is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
      "metrics.port: 99999 is too large; use at most 65535",
      'alerting.pagerduty.enabled: "no" has the wrong type; use true or false',
      'probes.targets[0].auth: "digest" is not supported; use "none", "basic" or "bearer"',
    ]);
  });
});

describe("independent problems are reported, even if", () => {
  const wrongType = "has the wrong type; use true or false";

  test("the rejected value is in a section that the fix names", () => {
    const slos = [{ name: "a", service: "juce-backend", team: "nobody" }];
    assert.deepEqual(problems({ alerting: { ...alerting, enabled: "maybe" }, applications, slos }), [
      `alerting.enabled: "maybe" ${wrongType}`,
      'slos[0].team: team "nobody" is not known; use platform, audio, product, security or database, or add it to alerting.teams',
    ]);
    const sources = { containers: { enabled: true }, pods: { enabled: "maybe" } };
    assert.deepEqual(problems({ platform: "kubernetes", logs: { sources } }), [
      `logs.sources.pods.enabled: "maybe" ${wrongType}`,
      "logs.sources.containers.enabled: true is supported only with platform: docker; remove it and use logs.sources.pods, which collects the same output",
    ]);
  });

  test("a key of another map has the same name", () => {
    const gateway = { enabled: true, host: "localhost", users: ["alice"], tls: "acme" };
    assert.deepEqual(
      problems({ network: { tls: { enabled: "maybe" }, bindAddresses: { gateway: "0.0.0.0" }, gateway } }),
      [
        `network.tls.enabled: "maybe" ${wrongType}`,
        'network.gateway.host: "localhost" is not a public host name, for which ACME could issue a certificate; use a name such as "monitoring.example.com", or tls: internal',
      ],
    );
    const filters = [{ group: "traefik.io", kind: "Middleware", name: "sign-in" }];
    const pages = { publish: ["jaeger"], kind: "gateway", auth: { filters } };
    const tracing = { enabled: true, url: "https://traces.example.com" };
    assert.deepEqual(problems({ platform: "kubernetes", tracing, kubernetes: { namespace: 5, pages } }), [
      'kubernetes.namespace: 5 is a number, not a string; put it in quotes, such as "5"',
      "kubernetes.pages.gateway: is required by kind: gateway; set it to an existing Gateway with an HTTPS listener, such as {name: shared, namespace: gateways}",
    ]);
  });

  test("the fix suggests the name of a removed entry", () => {
    const slos = [{ name: "a", service: "mixer" }];
    assert.deepEqual(problems({ applications: { "audio-engine": 5 }, slos }), [
      "applications.audio-engine: 5 has the wrong type; use a map",
      'slos[0].service: "mixer" is not a known service; use "juce-backend", "swift-frontend" or "audio-engine", or add it to applications',
    ]);
  });

  test("the message quotes text that looks like the rejected key", () => {
    const file = { format: "json", paths: ["/srv/metrics.port"] };
    const files = { one: { ...file, service: "one" }, two: { ...file, service: "two" } };
    assert.deepEqual(problems({ metrics: { port: "x" }, logs: { sources: { files } } }), [
      'metrics.port: "x" has the wrong type; use a number',
      'logs.sources.files.two.paths[0]: "/srv/metrics.port" is also read by logs.sources.files.one ("/srv/metrics.port"); remove it from one of them',
    ]);
  });

  test("the fix names a rejected map with the same purpose", () => {
    const sources = { containers: { enabled: true }, pods: 5 };
    assert.deepEqual(problems({ platform: "kubernetes", logs: { sources } }), [
      "logs.sources.pods: 5 has the wrong type; use a map",
      "logs.sources.containers.enabled: true is supported only with platform: docker; remove it and use logs.sources.pods, which collects the same output",
    ]);
    const network = { bindAddress: "10.0.0.5", bindAddresses: "10.0.0.6", allowUnauthenticated: ["exporters"] };
    const all = "prometheus, alertmanager, loki, collector, syslog, blackbox";
    assert.deepEqual(problems({ network }), [
      'network.bindAddresses: "10.0.0.6" has the wrong type; use a map',
      `network.bindAddress: "10.0.0.5" publishes ${all} without a sign-in, bypassing the host's firewall; use "127.0.0.1" here and network.bindAddresses for individual components, such as grafana: "10.0.0.5", or set network.allowUnauthenticated: [exporters, ${all}] if only trusted machines can reach this address`,
    ]);
  });

  test("the section of a required key has an invalid `enabled`", () => {
    const values = { alerting: { email: { enabled: "maybe" } }, visualization: { email: { enabled: true } } };
    assert.deepEqual(problems(values), [
      `alerting.email.enabled: "maybe" ${wrongType}`,
      'visualization.email.enabled: requires alerting.email.smarthost; set it to the mail server, such as "smtp.example.com:587"',
    ]);
  });
});

describe("problems are not reported whose fix", () => {
  test("sets the rejected key, whose value may already be that fix", () => {
    assert.deepEqual(problems({ network: { bindAddress: "10.0.0.5", allowUnauthenticated: "all" } }), [
      'network.allowUnauthenticated: "all" has the wrong type; use a list',
    ]);
    const email = { enabled: false, smarthost: 25 };
    assert.deepEqual(problems({ alerting: { ...alerting, email }, visualization: { email: { enabled: true } } }), [
      'alerting.email.smarthost: 25 is not a valid address; use host and port, such as "db.internal:5432"',
    ]);
  });

  test("adds to the rejected map", () => {
    const slos = [{ name: "a", service: "juce-backend", team: "mixing" }];
    assert.deepEqual(problems({ alerting: { ...alerting, teams: ["mixing"] }, applications, slos }), [
      'alerting.teams: ["mixing"] has the wrong type; use a map',
    ]);
  });
});
