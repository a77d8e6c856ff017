import assert from "node:assert/strict";
import { test } from "node:test";
import { renderBlackbox } from "../../config/products/blackbox/blackbox.ts";
import { allProbes } from "../../config/products/blackbox/probes.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const docker = { platform: "docker", environment: "test", alerting: { enabled: false } };

const settingsOf = (values: Record<string, unknown>, secrets: readonly string[] = []) =>
  toSettings({ stack: "test", values: { ...docker, ...values }, secrets: new Set(secrets) });

function problems(targets: readonly unknown[], more: Record<string, unknown> = {}): string[] {
  return problemsOf(() => settingsOf({ probes: { targets, ...more } }));
}

const page = { name: "shop", kind: "http", url: "https://shop.example" };
const cel = "use an expression such as \"body.status == 'ok'\"";
const re2 = "use RE2 syntax: https://github.com/google/re2/wiki/Syntax";
const status = "is not an HTTP status; use a number between 100 and 599, or a list such as [200, 204]";

test("all problems with probes are reported together", () => {
  assert.deepEqual(
    problems(
      [
        { name: "page", kind: "http" },
        { name: "port", kind: "tcp", url: "https://shop.example" },
        { name: "cache", kind: "tcp", host: "cache.internal" },
        { name: "gateway", kind: "icmp", host: "10.0.0.1:80" },
        { ...page, every: "5s", timeout: "10s" },
        { ...page, timeout: "20s", slowAfter: "20s" },
        { name: "resolver", kind: "dns", host: "9.9.9.9", expect: { status: 200 }, method: "GET" },
        { ...page, name: "login", auth: "basic" },
        { ...page, name: "plain", url: "http://shop.example", tls: { insecureSkipVerify: true } },
        { ...page, name: "both", expect: { json: "body.ok", body: "ok" } },
      ],
      { interval: "15s" },
    ),
    [
      'probes.targets[5]: "shop" is a duplicate; remove or rename it',
      'probes.targets[0].url: is required by kind: http; use a URL, such as "https://www.example.com"',
      'probes.targets[1].url: "https://shop.example" is not supported by this kind; use host',
      'probes.targets[1].host: is required by kind: tcp; use an address, such as "db.internal:5432"',
      'probes.targets[2].host: "cache.internal" has no port; use host and port, such as "db.internal:5432"',
      'probes.targets[3].host: "10.0.0.1:80" has a port, which kind: icmp does not use; use a host, such as "router.internal"',
      'probes.targets[4].timeout: "10s" is longer than probes.targets[4].every "5s"; use at most "5s"',
      'probes.targets[5].timeout: "20s" is longer than probes.interval "15s"; use at most "15s"',
      'probes.targets[5].slowAfter: "20s" is not shorter than timeout "20s", at which the probe fails; use a shorter duration',
      'probes.targets[6].method: is used only with kind: http; remove it, or change kind "dns"',
      'probes.targets[6].expect.status: is used only with kind: http; remove it, or change kind "dns"',
      'probes.targets[6].query: is required by kind: dns; use a name, such as {name: "www.example.com"}',
      "probes.targets[7].username: is required by auth: basic; set it to the user name",
      "probes.targets[8].tls: has no effect without TLS; use an https URL, kind: tls or useTls: true, or remove tls",
      "probes.targets[9].expect.json: cannot be combined with body or bodyNot, because blackbox_exporter reads the body only once; use two probes",
      "probePassword-login: is required by probes.targets[7]; run `pulumi config set --secret probePassword-login --stack test`",
    ],
  );
});

const rejected: [target: Record<string, unknown>, ...problems: string[]][] = [
  [
    { ...page, url: "shop.example" },
    'probes.targets[0].url: "shop.example" is not a valid URL; use an absolute URL, such as "https://host.example.com"',
  ],
  [
    { ...page, url: "ftp://shop.example" },
    'probes.targets[0].url: "ftp://shop.example" is not a valid URL; use an absolute URL, such as "https://host.example.com"',
  ],
  [
    { ...page, url: "https://me:secret@shop.example" },
    'probes.targets[0].url: "https://***@shop.example" contains credentials, which would be stored in clear text in the state; use a URL without user and password',
  ],
  [
    { ...page, url: "https://shop.example/?api_key=7f3a" },
    'probes.targets[0].url: contains a secret in the parameter "api_key", which would be stored in clear text in the state; use auth or secretHeader',
  ],
  [
    { name: "db", kind: "tcp", host: "tcp://db.internal:5432" },
    'probes.targets[0].host: "tcp://db.internal:5432" is a URL, not an address; use host and port, such as "db.internal:5432", or kind: http with url',
  ],
  [{ ...page, expect: { status: 42 } }, "probes.targets[0].expect.status: 42 is too small; use at least 100"],
  [
    { ...page, expect: { status: [200, 600] } },
    "probes.targets[0].expect.status[1]: 600 is too large; use at most 599",
  ],
  [{ ...page, expect: { status: "2xx" } }, `probes.targets[0].expect.status: "2xx" ${status}`],
  [
    { ...page, expect: { body: "(?=ok)" } },
    `probes.targets[0].expect.body: "(?=ok)" is not a valid regular expression (error parsing regexp: invalid or unsupported Perl syntax: \`(?=\`); ${re2}`,
  ],
  [
    { ...page, expect: { headers: { Server: "[" } } },
    `probes.targets[0].expect.headers.Server: "[" is not a valid regular expression (error parsing regexp: missing closing ]: \`[\`); ${re2}`,
  ],
  [
    { ...page, expect: { json: "body.status == " } },
    `probes.targets[0].expect.json: "body.status == " is not a valid CEL expression (Unexpected token: EOF); ${cel}`,
  ],
  [
    { ...page, expect: { json: "status == 'ok'" } },
    `probes.targets[0].expect.json: "status == 'ok'" is not a valid CEL expression (Unknown variable: status); ${cel}`,
  ],
  [
    { ...page, expect: { json: "body.items.size()" } },
    `probes.targets[0].expect.json: "body.items.size()" is of type int, not bool; ${cel}`,
  ],
  [
    { ...page, kind: "ftp" },
    'probes.targets[0].kind: "ftp" is not supported; use "http", "tcp", "tls", "dns", "icmp" or "grpc"',
  ],
];

test("addresses, statuses, regular expressions and CEL expressions that blackbox_exporter rejects are reported", () => {
  for (const [target, ...expected] of rejected) assert.deepEqual(problems([target]), expected);
});

test("a secret in clear text in a header is rejected, and the message does not repeat it", () => {
  const secrets: [name: string, value: string][] = [
    ["Authorization", "Bearer canary-1"],
    ["Proxy-Authorization", "canary-1"],
    ["Cookie", "session=canary-1"],
    ["X-Api-Key", "canary-1"],
    ["apikey", "canary-1"],
    ["X-Auth-Token", "canary-1"],
    ["PRIVATE-TOKEN", "canary-1"],
    ["X-Amz-Security-Token", "canary-1"],
    ["X-Client-Secret", "canary-1"],
    ["X-Anything", "Bearer canary-1"],
    ["X-Other", "ghp_canary1canary1"],
  ];
  for (const [header, value] of secrets) {
    const instead =
      header === "Authorization"
        ? "auth: basic or auth: bearer with its secret"
        : `secretHeader: ${header} with the secret probeHeader-<name>`;
    assert.deepEqual(problems([{ ...page, headers: { [header]: value } }]), [
      `probes.targets[0].headers.${header}: would store a secret in clear text in the state; remove it, and use ${instead}`,
    ]);
  }
});

test("ordinary headers and addresses are accepted", () => {
  const targets = [
    {
      ...page,
      headers: {
        Accept: "application/json",
        "User-Agent": "probe",
        Host: "shop.example",
        "X-Keyboard": "a",
        Origin: "b",
      },
    },
    { name: "v6", kind: "tcp", host: "[2001:db8::5]:5432" },
    { name: "v6-dns", kind: "dns", host: "2001:db8::53", query: { name: "shop.example." } },
    { name: "ping", kind: "icmp", host: "2001:db8::5" },
    { name: "fast", kind: "tls", host: "shop.example", every: "1s" },
    {
      ...page,
      name: "moved",
      url: "http://shop.example/?page=2",
      followRedirects: false,
      expect: { status: [301, 308] },
    },
  ];
  assert.deepEqual(problems(targets), []);
});

test("the timeout defaults to 10 s and never exceeds the interval; the service to the name", () => {
  const targets = [
    { ...page, every: "5s" },
    { ...page, name: "slow", service: "juce-backend", team: "audio" },
  ];
  const shown = allProbes(settingsOf({ probes: { targets, interval: "1m" } })).map(
    ({ name, service, team, every, timeout }) => [name, service, team, every, timeout].join(" "),
  );
  assert.deepEqual(shown, ["shop shop platform 5s 5s", "slow juce-backend audio 1m 10s"]);
});

test("a stack probes its own pages, unless a target of that name replaces them or they are switched off", () => {
  const names = (values: Record<string, unknown>) =>
    allProbes(settingsOf(values)).map(({ name, address }) => `${name} ${address}`);
  const visualization = { url: "https://example.com/grafana/" };
  assert.deepEqual(names({}), []);
  assert.deepEqual(names({ visualization }), ["grafana https://example.com/grafana/api/health"]);
  assert.deepEqual(names({ visualization, demo: { enabled: true } }), [
    "grafana https://example.com/grafana/api/health",
    "demo https://demo-nginx:8443/",
    "demo-dns demo-simulator:8053",
  ]);
  const own = { ...page, name: "grafana" };
  assert.deepEqual(names({ visualization, probes: { targets: [own] } }), ["grafana https://shop.example"]);
  assert.deepEqual(names({ visualization, probes: { ownPages: false } }), []);
  assert.deepEqual(names({ visualization, probes: { enabled: false, targets: [page] } }), []);
});

test("published pages are probed where users reach them, and the gateway must ask for a password", () => {
  const key = (user: string) => `gatewayPassword-${user}`;
  const probed = (network: Record<string, unknown>, visualization: Record<string, unknown> = { enabled: true }) =>
    allProbes(settingsOf({ network, visualization }, [key("alice")])).map(
      ({ name, kind, address, expect }) => `${name} ${kind} ${address} ${expect?.status ?? ""}`,
    );
  const host = "monitoring.example.com";
  const bindAddresses = { grafana: "0.0.0.0" };
  assert.deepEqual(probed({}), []);
  assert.deepEqual(probed({ bindAddresses }), []);
  assert.deepEqual(probed({ bindAddresses, publicHost: host }), [`grafana http http://${host}:3000/api/health `]);
  assert.deepEqual(probed({ bindAddresses: { grafana: "10.0.0.5" } }), [
    "grafana http http://10.0.0.5:3000/api/health ",
  ]);

  const gateway = { enabled: true, users: ["alice"], host, tls: "acme" };
  const open = { gateway: "0.0.0.0" };
  assert.deepEqual(probed({ gateway: { ...gateway, tls: "internal" } }), []);
  assert.deepEqual(probed({ gateway, bindAddresses: open }), [`gateway http https://${host}/prometheus/ 401`]);
  assert.deepEqual(probed({ gateway: { ...gateway, grafanaSignIn: "own" }, bindAddresses: open }), [
    `gateway http https://${host}/prometheus/ 401`,
    `grafana http https://${host}/api/health `,
  ]);
  assert.deepEqual(probed({ gateway: { ...gateway, tls: "internal", port: 8443 }, bindAddresses: open }), [
    `gateway tcp ${host}:8443 `,
  ]);
});

test("IPv4 comes first and IPv6 is the fallback; a version that is asked for has none", () => {
  const targets = [page, { ...page, name: "four", ipVersion: "ip4" }, { ...page, name: "six", ipVersion: "ip6" }];
  const [file] = renderBlackbox(settingsOf({ probes: { targets } }));
  const versions = [...(file?.content ?? "").matchAll(/preferred_ip_protocol: (\S+)\s+ip_protocol_fallback: (\S+)/g)];
  assert.deepEqual(
    versions.map(([, version, fallback]) => `${version} ${fallback}`),
    ["ip4 true", "ip4 false", "ip6 false"],
  );
});
