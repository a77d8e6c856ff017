import assert from "node:assert/strict";
import { test } from "node:test";
import type { z } from "zod";
import { ConfigError } from "../../config/settings/problems.ts";
import { configKeys, schema } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { keysOf } from "../../scripts/docs/schema-keys.ts";

/* A wrong value of every key for extensions: teams, rules, targets, log files, destinations, sign-in, pages. */

/** Prefixes of these keys. */
const userKeys = [
  ...["metrics.externalUrl", "metrics.remoteWrite", "logs.remote", "logs.loki", "logs.sources.files"],
  ...["alerting.teams", "alerting.extraRules", "alerting.proxyUrl", "alerting.email.hello", "alerting.email.tls"],
  ...["applications", "visualization.oidc", "network.gateway"],
  ...["imagePullSecrets", "nodeSelector", "tolerations", "podLabels", "podAnnotations", "createNamespaces"].map(
    (key) => `kubernetes.${key}`,
  ),
  ...["assignUsers", "serviceAccountAnnotations", "pages"].map((key) => `kubernetes.${key}`),
];

type Wrong = readonly [value: unknown, message: string];

const url: Wrong = [
  "db.internal:80",
  '"db.internal:80" is not a valid URL; use an absolute URL, such as "https://host.example.com"',
];
const withPassword: Wrong = [
  "https://user:secret@host.example.com",
  '"https://***@host.example.com" contains credentials, which would be stored in clear text in the state; use a URL without user and password',
];
const withQuery: Wrong = [
  "https://host.example.com/?a=b",
  '"https://host.example.com/?***" has a query or fragment, to which no path can be appended; use the URL before it',
];
const name: Wrong = [
  "My_Name",
  '"My_Name" is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"',
];
const text: Wrong = ["a\nb", '"a\\nb" contains a control character, such as a line break; remove it'];
const notEmpty: Wrong = ["", '"" is empty; use at least 1 character, or remove the key'];
const quoted: Wrong = [7, '7 is a number, not a string; put it in quotes, such as "7"'];
const list: Wrong = ["a", '"a" has the wrong type; use a list'];
const map: Wrong = ["a", '"a" has the wrong type; use a map'];
const boolean: Wrong = ["yes", '"yes" has the wrong type; use true or false'];
const suchAs = ([value, message]: Wrong, example: string): Wrong => [value, `${message}, such as ${example}`];
/** For keys that take true or false, where users may put the secret itself. */
const notSecret = (secret: string): Wrong[] => {
  const wrongType = `has the wrong type; use true or false, and set the ${secret}`;
  return [
    ["yes", `"yes" ${wrongType}`],
    ["https://hooks.example.com/canary", `"***" ${wrongType}`],
  ];
};
const pem: Wrong = [
  "ca.pem",
  '"ca.pem" is not a certificate; use the text of a PEM file, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----" (in YAML a block that starts with "|")',
];
const regex: Wrong = [
  "(?<=a)b",
  '"(?<=a)b" is not a valid regular expression (error parsing regexp: invalid named capture: `(?<=a)b`); use RE2 syntax: https://github.com/google/re2/wiki/Syntax',
];
const field: Wrong = [
  "my level",
  '"my level" is not a valid field name; use letters, digits and "_ @ / : -", with dots between nested keys, such as "event.created"',
];
const choice = (...options: string[]): Wrong => [
  "other",
  `"other" is not supported; use ${options
    .map((each) => `"${each}"`)
    .join(", ")
    .replace(/, ([^,]*)$/, " or $1")}`,
];
const objectName: Wrong = [
  "Tls_Secret",
  '"Tls_Secret" is not a valid object name; use lower-case letters, digits, "-" and ".", such as "fast-ssd"',
];
const namespace: Wrong = [
  "my.namespace",
  '"my.namespace" is not a valid name; use 1 to 63 lower-case letters, digits and "-", such as "monitoring"',
];
const annotation: Wrong = [
  "a\u0000b",
  '"a\\u0000b" contains invalid Unicode or a control character; use printable text',
];
const labelValue: Wrong = ["a b", '"a b" is not a valid label value; use at most 63 letters, digits, "-", "_" and "."'];
const serverName: Wrong = [
  "https://mail.example.com",
  '"https://mail.example.com" is not a valid host; use a name such as "mail.example.com"',
];

const tls = (path: string, client = false): Record<string, readonly Wrong[]> => ({
  [path]: [map],
  [`${path}.ca`]: [pem],
  [`${path}.serverName`]: [serverName],
  [`${path}.insecureSkipVerify`]: [boolean],
  ...(client && { [`${path}.certificate`]: [pem] }),
});

const connection = (path: string): Record<string, readonly Wrong[]> => ({
  [`${path}.auth`]: [choice("none", "basic", "bearer")],
  [`${path}.username`]: [text, notEmpty, quoted],
  ...tls(`${path}.tls`, true),
});

const destination = (path: string): Record<string, readonly Wrong[]> => ({
  [path]: [list],
  [`${path}[].url`]: [url, withPassword],
  [`${path}[].name`]: [name],
  ...connection(`${path}[]`),
  [`${path}[].headers`]: [map],
  [`${path}[].headers.<name>`]: [text, quoted],
  [`${path}[].proxyUrl`]: [url, withPassword],
  [`${path}[].filters`]: [list],
  [`${path}[].filters[].action`]: [choice("keep", "drop")],
  [`${path}[].filters[].labels`]: [
    suchAs(map, '{service: "postgres|redis"}'),
    [{}, '{} is empty; use at least one label, such as {service: "postgres|redis"}'],
  ],
  [`${path}[].filters[].labels.<name>`]: [regex, quoted],
});

const pages = "kubernetes.pages";
const wrongValues: Readonly<Record<string, readonly Wrong[]>> = {
  "metrics.externalUrl": [url, withPassword, withQuery],
  ...destination("metrics.remoteWrite"),
  "metrics.remoteWrite[].exemplars": [boolean],
  ...destination("logs.remote"),
  "logs.loki.enabled": [boolean],

  "logs.sources.files": [map],
  "logs.sources.files.<name>.service": [name],
  "logs.sources.files.<name>.paths": [
    suchAs(list, '["/var/log/app/*.log"]'),
    [[], "[] is too short; use at least 1 item"],
  ],
  "logs.sources.files.<name>.paths[]": [
    ["app.log", '"app.log" is not an absolute path; use a path such as "/var/log/app/*.log"'],
    ["/var//app.log", '"/var//app.log" contains "//"; use a single "/"'],
    ["/var/log/", '"/var/log/" is a directory; use a pattern for its files, such as "/var/log/app/*.log"'],
    ["/var/\ud800.log", '"/var/\\ud800.log" contains invalid Unicode; use a path without it'],
  ],
  "logs.sources.files.<name>.format": [choice("json", "logfmt", "regex", "plain")],
  "logs.sources.files.<name>.pattern": [regex, ["", '"" is empty; use a regular expression, or remove the key']],
  "logs.sources.files.<name>.time": [map],
  "logs.sources.files.<name>.time.field": [field],
  "logs.sources.files.<name>.time.format": [
    [
      "YYYY-MM-DD",
      '"YYYY-MM-DD" has no time of day; use Go\'s reference time in the notation of the log, such as "2006-01-02 15:04:05", or a name such as "RFC3339"',
    ],
  ],
  "logs.sources.files.<name>.time.timezone": [
    ["CEST", '"CEST" is not a valid time zone; use an IANA name, such as "Europe/Berlin"'],
  ],
  "logs.sources.files.<name>.level": [field],
  "logs.sources.files.<name>.message": [field],
  "logs.sources.files.<name>.traceId": [field],
  "logs.sources.files.<name>.firstLine": [regex, [[], "[] is not a regular expression; use RE2 syntax"]],

  "alerting.proxyUrl": [url, withPassword],
  "alerting.email.hello": [["my host", '"my host" is not a valid host; use a name such as "monitoring.example.com"']],
  ...tls("alerting.email.tls"),
  "alerting.teams": [map],
  "alerting.teams.<name>.slackChannel": [
    [
      "mobile",
      '"mobile" is not a valid Slack channel; use "#" followed by the channel name, such as "#alerts", or a channel ID, such as "C024BE91L"',
    ],
  ],
  "alerting.teams.<name>.email": [list],
  "alerting.teams.<name>.email[]": [
    ["mobile", '"mobile" is not a valid e-mail address; use an address such as "oncall@example.com"'],
  ],
  "alerting.teams.<name>.pagerduty": notSecret("key as the secret pagerdutyKey-<team>"),
  "alerting.teams.<name>.webhook": notSecret("URL as the secret webhookUrl-<team>"),
  "alerting.teams.<name>.msteams": notSecret("URL as the secret msteamsUrl-<team>"),
  "alerting.extraRules": [notEmpty, quoted],

  applications: [map],
  "applications.<name>.enabled": [boolean],
  "applications.<name>.targets": [list],
  "applications.<name>.targets[]": [
    ["app", '"app" is not a valid address; use host and port, such as "db.internal:5432"'],
    ["app:70000", '"app:70000" has an invalid port; use 1 to 65535'],
  ],
  "applications.<name>.metricsPath": [
    ["metrics", '"metrics" is not a valid path; use a path without query that starts with "/", such as "/metrics"'],
  ],
  "applications.<name>.scheme": [choice("http", "https")],
  "applications.<name>.service": [name],
  "applications.<name>.scrapeInterval": [
    ["15", '"15" is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"'],
    ["1h", '"1h" is too long; use at most "5m"'],
  ],
  ...connection("applications.<name>"),
  "applications.<name>.labels": [map],
  "applications.<name>.labels.<name>": [text, quoted],
  "applications.<name>.params": [map],
  "applications.<name>.params.<name>": [[7, '7 is not a valid parameter; use a string, or a list such as ["a", "b"]']],
  "applications.<name>.discovery": [map],
  "applications.<name>.discovery.files": [list],
  "applications.<name>.discovery.files[]": [
    ["targets.yml", '"targets.yml" is not an absolute path; use a path such as "/srv/targets/*.yml"'],
  ],
  "applications.<name>.discovery.srv": [list],
  "applications.<name>.discovery.srv[]": [
    ["metrics", '"metrics" is not a valid DNS name; use a name such as "_metrics._tcp.example.com"'],
  ],

  "visualization.oidc": [map],
  "visualization.oidc.name": [text, notEmpty],
  "visualization.oidc.clientId": [
    text,
    ["${SECRET}", '"${SECRET}" contains "${" or "$__…{", which Grafana replaces with variables or files; remove it'],
  ],
  "visualization.oidc.issuer": [url, withPassword, withQuery],
  "visualization.oidc.authUrl": [url, withPassword],
  "visualization.oidc.tokenUrl": [url, withPassword],
  "visualization.oidc.apiUrl": [url, withPassword],
  "visualization.oidc.scopes": [list, [[], "[] is too short; use at least 1 item"]],
  "visualization.oidc.scopes[]": [["a b", '"a b" is not a valid scope; use a scope such as "openid"']],
  "visualization.oidc.rolePath": [text, notEmpty],
  "visualization.oidc.allowedDomains": [list],
  "visualization.oidc.allowedDomains[]": [
    ["@example.com", '"@example.com" is not a valid domain; use a domain such as "example.com"'],
  ],
  "visualization.oidc.autoLogin": [boolean],

  "network.gateway.enabled": [boolean],
  "network.gateway.host": [
    [
      "https://example.com",
      '"https://example.com" is not a valid host; use a name or IP address without scheme, port and brackets, such as "monitoring.example.com"',
    ],
  ],
  "network.gateway.port": [
    [0, "0 is too small; use at least 1"],
    [65_536, "65536 is too large; use at most 65535"],
  ],
  "network.gateway.tls": [choice("internal", "acme", "files")],
  "network.gateway.certificate": [pem],
  "network.gateway.users": [list],
  "network.gateway.users[]": [name],
  "network.gateway.grafanaSignIn": [choice("gateway", "own")],

  "kubernetes.imagePullSecrets": [list],
  "kubernetes.imagePullSecrets[]": [objectName],
  "kubernetes.nodeSelector": [map],
  "kubernetes.nodeSelector.<name>": [labelValue, quoted],
  "kubernetes.tolerations": [list],
  "kubernetes.tolerations[].key": [
    ["a b", '"a b" is not a valid key; use a name with an optional prefix, such as "topology.kubernetes.io/zone"'],
  ],
  "kubernetes.tolerations[].operator": [choice("Exists", "Equal")],
  "kubernetes.tolerations[].value": [labelValue],
  "kubernetes.tolerations[].effect": [choice("NoSchedule", "PreferNoSchedule", "NoExecute")],
  "kubernetes.tolerations[].tolerationSeconds": [[-1, "-1 is too small; use at least 0"]],
  "kubernetes.createNamespaces": [boolean],
  "kubernetes.assignUsers": [boolean],
  "kubernetes.podLabels": [map],
  "kubernetes.podLabels.<name>": [labelValue, quoted],
  "kubernetes.podAnnotations": [map],
  "kubernetes.podAnnotations.<name>": [annotation, quoted],
  "kubernetes.serviceAccountAnnotations": [map],
  "kubernetes.serviceAccountAnnotations.<name>": [annotation, quoted],

  [pages]: [map],
  [`${pages}.publish`]: [list],
  [`${pages}.publish[]`]: [choice("prometheus", "alertmanager", "jaeger")],
  [`${pages}.kind`]: [choice("ingress", "gateway")],
  [`${pages}.className`]: [objectName],
  [`${pages}.tlsSecretName`]: [objectName],
  [`${pages}.gateway`]: [map],
  [`${pages}.gateway.name`]: [objectName],
  [`${pages}.gateway.namespace`]: [namespace],
  [`${pages}.gateway.sectionName`]: [objectName],
  ...Object.fromEntries(
    ["annotations", "auth.annotations"].flatMap((key) => [
      [
        `${pages}.${key}`,
        [map, [{ a: "b".repeat(128 * 1024) }, '{"a":"***"} is too large; use at most 128 KiB of annotations']],
      ],
      [`${pages}.${key}.<name>`, [annotation, quoted]],
    ]),
  ),
  [`${pages}.auth.filters`]: [list],
  [`${pages}.auth.filters[].group`]: [
    ["traefik.io/v1", '"traefik.io/v1" is not a valid API group; use a group such as "traefik.io"'],
  ],
  [`${pages}.auth.filters[].kind`]: [
    ["middleware", '"middleware" is not a valid kind; use a kind such as "Middleware"'],
  ],
  [`${pages}.auth.filters[].name`]: [objectName],
  [`${pages}.controllerNamespace`]: [namespace],
  [`${pages}.controllerRanges`]: [list],
  [`${pages}.controllerRanges[]`]: [
    [
      "10.0.0.7",
      '"10.0.0.7" is not a valid CIDR range; use a range such as "10.0.0.0/8", or "10.0.0.7/32" for a single address',
    ],
  ],
};

test("there is a wrong value for each of these keys, and for their items", () => {
  const rows = configKeys
    .flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key))
    .filter(({ path }) => userKeys.some((key) => path.startsWith(key)) && !/limits$/.test(path));
  const wanted = rows.flatMap(({ path, type }) => {
    const [, kind, items] = /^(list|map) of (.*)$/.exec(type) ?? [];
    return kind === undefined || items === "objects"
      ? [path]
      : [path, kind === "list" ? `${path}[]` : `${path}.<name>`];
  });
  assert.deepEqual(Object.keys(wrongValues).sort(), wanted.sort());
});

/** The messages about a key of a stack with this value and those next to it. */
function messages(path: string, value: unknown, beside?: object): string[] {
  const [top = "", ...inner] = path.replaceAll("<name>", "mine").replaceAll("[]", ".[]").split(".");
  const nested = inner.reduceRight<unknown>(
    (held, key, index) => (key === "[]" ? [held] : { ...(index === inner.length - 1 && beside), [key]: held }),
    value,
  );
  const platform = top === "kubernetes" ? "kubernetes" : "docker";
  try {
    toSettings({ stack: "test", values: { platform, environment: "test", [top]: nested }, secrets: new Set() });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    const shown = path.replaceAll("<name>", "mine").replaceAll("[]", "[0]");
    return error.problems.filter((problem) => problem.path === shown).map(({ message }) => message);
  }
}

for (const [path, wrong] of Object.entries(wrongValues)) {
  test(`${path}: each wrong value has its message`, () => {
    for (const [value, message] of wrong) assert.deepEqual(messages(path, value), [message]);
  });
}

test("a wrong value next to valid ones has its message, too", () => {
  const toleration = { key: "dedicated", operator: "Exists", tolerationSeconds: 300 };
  assert.deepEqual(messages("kubernetes.tolerations[].tolerationSeconds", 300, toleration), [
    'requires effect: "NoExecute"; set it, or remove this key',
  ]);
});
