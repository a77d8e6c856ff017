import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { load, loadAll } from "js-yaml";
import { z } from "zod";
import { renderAlertmanager } from "../../config/products/alertmanager/alertmanager.ts";
import { renderBlackbox } from "../../config/products/blackbox/blackbox.ts";
import { renderAlloy } from "../../config/products/collector/alloy.ts";
import { renderPromtail } from "../../config/products/collector/promtail.ts";
import { renderGrafana } from "../../config/products/grafana/grafana.ts";
import { renderLoki } from "../../config/products/loki/loki.ts";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { ConfigError } from "../../config/settings/problems.ts";
import { schema } from "../../config/settings/schema.ts";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings, unwrap } from "../../config/settings/settings.ts";
import { renderCompose } from "../../scripts/render/compose.ts";
import { renderKubernetes } from "../../scripts/render/kubernetes.ts";
import type { Registered } from "../../scripts/render/register.ts";
import { registered } from "../components/stack.ts";

/*
 * Config text is data in every file: either the config is rejected, or the files that programs read parse to exactly that text.
 * How a program then expands the text is known only from its documentation: Prometheus expands $NAME in external labels, Loki
 * ${NAME} in its file, Kubernetes $(NAME) in variables, Compose $NAME, Grafana ${NAME} in its variables.
 */

const activeIn = [
  ["Go templates", "{{ 7 }}", "{{ $labels.job }}", "{{"],
  ["variables", "$labels", `\${HOME}`, "$(HOME)", "$$", "%HOME%", "<own address>"],
  ["Grafana", "$__file{/etc/passwd}", "$__env{HOME}", "[[x]]"],
  ["YAML", "!!js/function x", "x: 7", "- x", "x #7", "*x", "&x", "|", "? x", "~", "no", "2026-11-29", "1e3"],
  ["quotes", 'x"7', "x'7", "x`7", "x\\7", "\\n"],
  ["paths", "../x", "/x/../../7", "/etc/passwd", "~/x"],
  ["HTML", "<b>x</b>", "<script>alert(7)</script>", "&amp;"],
  ["invisible characters", "x\n7", "x\r7", "x\u00007", "\u0007", "\u001b[0m", "\u2028", "\u202e7", "\ufeff"],
] as const;
const specimens = activeIn.flatMap(([, ...texts]) => texts);
/** Some texts are active only after a valid prefix. */
const prefixed = ["", "/", "#", "https://example.com/", "a@example.com ", "x."].flatMap((prefix) =>
  specimens.map((text) => prefix + text),
);

/** Keys of the schema whose values are text, with "*" for any key and "[]" for any element. */
function* textKeys(node: z.ZodType, path: readonly string[] = []): Generator<{ path: string; node: z.ZodType }> {
  const inner = unwrap(node);
  if (inner instanceof z.ZodObject)
    for (const [key, child] of Object.entries(inner.shape as Record<string, z.ZodType>))
      yield* textKeys(child, [...path, key]);
  else if (inner instanceof z.ZodArray) yield* textKeys(inner.element as z.ZodType, [...path, "[]"]);
  else if (inner instanceof z.ZodRecord) {
    yield { path: [...path, "key"].join("."), node: inner.keyType as z.ZodType };
    yield* textKeys(inner.valueType as z.ZodType, [...path, "*"]);
  } else if (inner instanceof z.ZodUnion)
    for (const option of inner.options as readonly z.ZodType[]) yield* textKeys(option, path);
  else if (inner.safeParse("").success || /string|invalid_format|custom/.test(JSON.stringify(issuesOf(inner))))
    yield { path: path.join("."), node };
}

const issuesOf = (node: z.ZodType) => node.safeParse("\u0000").error?.issues ?? [];

/** Characters that no file format, template or shell gives a meaning inside a word. */
const harmless = /^(?!.*\.\.)[\w./:@?&=,' #-]*$/;

/** Keys that accept some of the texts above. The next test follows them into the files. */
const freeText = [
  ...["clientId", "name", "rolePath", "scopes.[]"].map((key) => `visualization.oidc.${key}`),
  ...["datacenter", "keyspace", "username"].map((key) => `tracing.store.${key}`),
  "alerting.email.username",
  ...["labels.*", "params.*", "params.*.[]", "params.key", "username"].map((key) => `applications.*.${key}`),
  "exporters.postgres.targets.[].database",
  "exporters.postgres.targets.[].user",
  "exporters.redis.targets.[].user",
  ...["annotations", "auth.annotations"].map((key) => `kubernetes.pages.${key}.*`),
  "kubernetes.podAnnotations.*",
  "kubernetes.serviceAccountAnnotations.*",
  "metrics.externalLabels.*",
  ...["headers.*", "headers.key", "username"].flatMap((key) => [
    `logs.remote.[].${key}`,
    `metrics.remoteWrite.[].${key}`,
  ]),
  "visualization.adminUser",
  "visualization.database.name",
  "visualization.database.user",
  "visualization.ingress.annotations.*",
  // In Grafana's provisioning, where "$" is escaped; keys are not expanded.
  ...["jsonData.*", "jsonData.key", "name", "username"].map((key) => `visualization.dataSources.[].${key}`),
  // Folders on the machine that deploys; no rendered file names them.
  "alerting.extraRules",
  "visualization.extraDashboards",
  // In blackbox.yml, whose values have no templates.
  ...["exchange.[].send", "expect.headers.key", "headers.*", "headers.key", "secretHeader", "username"].map(
    (key) => `probes.targets.[].${key}`,
  ),
  // In journeys.json, likewise.
  ...[
    ...["expect.headers.key", "request.form.*", "request.form.key", "request.headers.*", "request.headers.key"],
    ...["request.json.*", "request.json.key", "save.*.cookie", "save.*.header"],
  ].map((key) => `probes.journeys.[].steps.[].${key}`),
];
/** Keys that accept only characters valid in URLs. */
const urls = [
  ...["apiUrl", "authUrl", "issuer", "tokenUrl"].map((key) => `visualization.oidc.${key}`),
  "tracing.store.servers.[]",
  "tracing.url",
  ...["externalUrl", "pagerduty.url", "proxyUrl", "runbookUrl", "slack.apiUrl"].map((key) => `alerting.${key}`),
  "metrics.externalUrl",
  "applications.*.metricsPath",
  "exporters.nginx.targets.[].statusUrl",
  ...["proxyUrl", "url"].flatMap((key) => [`logs.remote.[].${key}`, `metrics.remoteWrite.[].${key}`]),
  ...["proxyUrl", "url"].map((key) => `probes.targets.[].${key}`),
  "probes.journeys.[].steps.[].request.url",
  "visualization.dataSources.[].url",
  "visualization.plugins.[].url",
  "visualization.url",
];
/** File names with any characters but those of globs and quotes. */
const logPaths = ["files.*", "juceBackend", "nginx", "nginxErrors", "postgres", "swiftFrontend"].map(
  (source) => `logs.sources.${source}.paths.[]`,
);
/** Names in messages, which may contain dots and slashes. */
const messageNames = ["hosts", "services"].map((key) => `logs.sources.syslog.${key}.[]`);

test("every key but those for free text, URLs, log files and names in messages rejects active text", () => {
  const keys = [...textKeys(schema)];
  assert.ok(keys.length > 100, `${keys.length} keys`);
  const accepting = keys.filter(({ node }) =>
    prefixed.some((text) => !harmless.test(text) && node.safeParse(text).success),
  );
  assert.deepEqual(
    [...new Set(accepting.map(({ path }) => path))].sort(),
    [...freeText, ...urls, ...logPaths, ...messageNames].sort(),
  );
});

const anyText = fc
  .array(fc.constantFrom(...specimens, "x", " ", "7"), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(""));
const line = anyText.filter((text) => !/\p{Cc}/u.test(text));
/** Grafana has no way to escape these. */
const grafanaLine = line.filter((text) => !/\$(?:__\w+)?\{/.test(text));
/** postgres_exporter splits at spaces. */
const word = line.filter((text) => !text.includes(" "));

const url = fc
  .array(fc.constantFrom("$labels", "$(HOME)", "$$", "[[x]]", "*x", "~", "&amp;", "x"), { minLength: 1, maxLength: 3 })
  .map((parts) => `https://example.com/${parts.join("/")}`);
const logPath = fc
  .array(fc.constantFrom("!!js", "<b>x", "~", "x 7"), { minLength: 1, maxLength: 3 })
  .map((parts) => `/var/log/${parts.join("/")}/x.log`);

const texts = fc.record({
  alertsUrl: url,
  writeUrl: url,
  logPath,
  // "<own address>" is the default placeholder for a replica's address in Loki's file.
  label: fc.oneof({ weight: 3, arbitrary: line }, { weight: 1, arbitrary: fc.constant("x <own address>") }),
  writer: line,
  scraper: line,
  prober: line,
  probeUrl: url,
  mailer: line,
  postgresUser: word,
  postgresDatabase: word,
  redisUser: line,
  dataSource: line,
  admin: grafanaLine,
  grafanaDatabase: grafanaLine,
  grafanaOwner: grafanaLine,
  // Annotations with snippets for ingress controllers have several lines.
  annotation: anyText.filter((text) => !/[^\P{Cc}\n]/u.test(text)),
});
type Texts = typeof texts extends fc.Arbitrary<infer T> ? T : never;

function configOf(platform: "docker" | "kubernetes", it: Texts) {
  const onKubernetes = platform === "kubernetes";
  const values = {
    platform,
    environment: "test",
    metrics: {
      externalLabels: { site: it.label },
      remoteWrite: [
        {
          ...{ name: "long", url: it.writeUrl, auth: "basic", username: it.writer },
          headers: { "X-Scope-OrgID": it.label },
        },
      ],
    },
    alerting: {
      externalUrl: it.alertsUrl,
      email: {
        smarthost: "smtp.example.com:587",
        from: "a@example.com",
        to: { default: ["b@example.com"] },
        username: it.mailer,
      },
    },
    exporters: {
      postgres: { targets: [{ name: "a", host: "db.internal", user: it.postgresUser, database: it.postgresDatabase }] },
      redis: { targets: [{ name: "a", host: "redis.internal", user: it.redisUser }] },
    },
    applications: {
      "license-server": {
        ...{ targets: ["licenses.internal:9400"], auth: "basic", username: it.scraper },
        ...{ labels: { site: it.label }, params: { "match[]": [it.label] } },
      },
    },
    probes: {
      targets: [
        { name: "page", kind: "http", url: it.probeUrl, auth: "basic", username: it.prober },
        { name: "mail", kind: "tcp", host: "mail.example.com:25", exchange: [{ send: it.mailer }] },
      ],
    },
    visualization: {
      adminUser: it.admin,
      dataSources: [
        {
          ...{ name: it.dataSource, uid: "central", type: "tempo", url: it.writeUrl, username: it.dataSource },
          jsonData: { note: it.dataSource },
        },
      ],
      ...(onKubernetes && {
        url: "https://grafana.example.com",
        database: { host: "db.internal", name: it.grafanaDatabase, user: it.grafanaOwner },
        ingress: { enabled: true, tlsSecretName: "tls", annotations: { "example.com/note": it.annotation } },
      }),
    },
    logs: {
      sources: { juceBackend: { paths: [it.logPath] } },
      remote: [
        {
          ...{ name: "central", url: it.writeUrl, auth: "basic", username: it.writer },
          headers: { "X-Scope-OrgID": it.label },
        },
      ],
      ...(onKubernetes && {
        replicas: 3,
        objectStorage: { endpoint: "s3.example.com", region: "eu", bucket: "logs" },
      }),
    },
    ...(onKubernetes && {
      kubernetes: { storageClass: "fast", podAnnotations: { "example.com/note": it.annotation } },
    }),
  };
  const stack = { stack: "test", values, secrets: new Set<string>() };
  const settings = toSettings(stack, { requireSecrets: false });
  const secrets = new Set(missingSecretNeeds(settings, stack.secrets).map(({ key }) => key));
  return { settings, config: { ...stack, secrets } };
}

// biome-ignore lint/suspicious/noExplicitAny: parsed files
const parse = (content: string | undefined): any => load(content ?? "");

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Expands text as Loki does: `$$` is a dollar sign, and a backslash is written twice. */
const expandedByLoki = (content: string) =>
  content.replaceAll(/\\\\|\$\$|\$\{(\w+)\}/g, (found, name) =>
    name === undefined ? found.slice(1) : `value-of-${name}`,
  );

/** Expands provisioned text as Grafana does: `$$` is a dollar sign, and any other starts a variable. */
const expandedByGrafana = (content: string) => {
  assert.ok(!content.replaceAll("$$", "").includes("$"), content);
  return content.replaceAll("$$", "$");
};

for (const platform of ["docker", "kubernetes"] as const) {
  test(`free text reaches the programs unchanged, ${platform}`, async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (it) => {
        const { settings, config } = configOf(platform, it);
        const prometheus = parse(renderPrometheus(settings, []).content);
        // Prometheus reads $$ as $.
        assert.equal(prometheus.global.external_labels.site.replaceAll("$$", "$"), it.label);
        assert.ok(!/\$/.test(prometheus.global.external_labels.site.replaceAll("$$", "")));
        assert.equal(prometheus.remote_write[0].basic_auth.username, it.writer);
        assert.equal(prometheus.remote_write[0].url, it.writeUrl);
        const job = prometheus.scrape_configs.find(
          ({ job_name: name }: { job_name: string }) => name === "license-server",
        );
        assert.equal(job.basic_auth.username, it.scraper);
        assert.equal(job.static_configs[0].labels.site, it.label);
        assert.deepEqual(job.params, { "match[]": [it.label] });
        assert.deepEqual(prometheus.remote_write[0].headers, { "X-Scope-OrgID": it.label });
        const [alertmanager] = renderAlertmanager(settings, { slackCredential: "bot" });
        assert.equal(parse(alertmanager?.content).global.smtp_auth_username, it.mailer);
        const { modules } = parse(renderBlackbox(settings)[0]?.content);
        assert.equal(modules.page.http.basic_auth.username, it.prober);
        assert.equal(modules.mail.tcp.query_response[0].send, it.mailer);
        assert.ok(hasText(prometheus, it.probeUrl), it.probeUrl);
        const [loki] = renderLoki(settings);
        const content = loki?.content ?? "";
        const read = parse(settings.logs.replicas > 1 ? expandedByLoki(content) : content);
        assert.equal(read.ruler.external_labels.site, it.label);

        const promtail = parse(renderPromtail(settings)[0]?.content);
        assert.ok(hasText(promtail, it.logPath), it.logPath);
        const [, central] = promtail.clients;
        assert.equal(central.basic_auth.username, it.writer);
        assert.deepEqual(central.headers, { "X-Scope-OrgID": it.label });
        // Alloy's strings are those of Go, and so is JSON's syntax for these characters. Raw strings need no escapes.
        const alloy = renderAlloy(settings)[0]?.content ?? "";
        for (const text of [it.logPath, it.writer, it.label])
          assert.ok(
            [JSON.stringify(text), `\`${text}\``].some((literal) => alloy.includes(literal)),
            text,
          );

        const { datasources } = parse(renderGrafana(settings)[0]?.content);
        const { name, url, basicAuthUser, jsonData } = datasources.at(-1);
        assert.deepEqual([name, basicAuthUser, jsonData.note, url].map(expandedByGrafana), [
          it.dataSource,
          it.dataSource,
          it.dataSource,
          it.writeUrl,
        ]);

        const resources = await registered(config);
        const variables = platform === "docker" ? composeVariables(resources) : podVariables(resources);
        const commands = platform === "docker" ? composeCommands(resources) : podCommands(resources);
        assert.ok(commands.includes(`--web.external-url=${it.alertsUrl}`), commands.join("\n"));
        assert.equal(variables.get("DATA_SOURCE_USER"), it.postgresUser);
        const uri = variables.get("DATA_SOURCE_URI") ?? "";
        assert.equal(
          decodeURIComponent(/^db\.internal:5432\/([^?/]*)\?sslmode=\w+$/.exec(uri)?.[1] ?? uri),
          it.postgresDatabase,
        );
        assert.equal(variables.get("REDIS_USER"), it.redisUser);
        assert.equal(variables.get("GF_SECURITY_ADMIN_USER"), it.admin);
        if (platform === "docker") return;
        assert.equal(variables.get("GF_DATABASE_NAME"), it.grafanaDatabase);
        assert.equal(variables.get("GF_DATABASE_USER"), it.grafanaOwner);
        const ingress = renderKubernetes(resources)
          .filter(({ path }) => path.startsWith("kubernetes/"))
          .flatMap(({ content }) => loadAll(content) as Manifest[])
          .find(({ kind }) => kind === "Ingress");
        assert.equal(ingress?.metadata.annotations?.["example.com/note"], it.annotation);
      }),
      { numRuns: 15, seed: 20_261_129, endOnFailure: true },
    );
  });
}

interface Service {
  readonly environment?: readonly string[];
  readonly command?: readonly string[];
}

/** Reads a word as Compose does, which replaces `$NAME` and reads `$$` as a dollar sign. */
function composeWord(word: string): string {
  assert.ok(!word.replaceAll("$$", "").includes("$"), word);
  return word.replaceAll("$$", "$");
}

function composeServices(resources: readonly Registered[]): Service[] {
  const file = renderCompose(resources, "test").find(({ path }) => path === "compose.yaml");
  return Object.values(parse(file?.content).services) as Service[];
}

function composeVariables(resources: readonly Registered[]): Map<string, string> {
  const variables = composeServices(resources).flatMap(({ environment = [] }) => environment.map(composeWord));
  return new Map(variables.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
}

function composeCommands(resources: readonly Registered[]): string[] {
  return composeServices(resources).flatMap(({ command = [] }) => command.map(composeWord));
}

/** Reads a word as the kubelet does, which replaces `$(NAME)` and reads `$$` as a dollar sign. */
function podWord(word: string): string {
  assert.ok(!word.replaceAll("$$", "").includes("$("), word);
  return word.replaceAll("$$", "$");
}

function podVariables(resources: readonly Registered[]): Map<string, string> {
  const variables = valuesOf(resources, "env") as { name: string; value?: string }[][];
  return new Map(variables.flat().map(({ name, value = "" }) => [name, podWord(value)]));
}

function podCommands(resources: readonly Registered[]): string[] {
  const commands = valuesOf(resources, "command") as string[][];
  return commands
    .flat()
    .filter((word) => word.startsWith("--web."))
    .map(podWord);
}

/** All values of a key, at any depth of the resources. */
function valuesOf(value: unknown, wanted: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === wanted ? [inner] : valuesOf(inner, wanted)));
}

function hasText(value: unknown, text: string): boolean {
  if (typeof value !== "object" || value === null) return value === text;
  return Object.values(value).some((inner) => hasText(inner, text));
}

test("text that Grafana would replace is rejected with its key", () => {
  for (const text of [`\${HOME}`, "x$__file{/etc/passwd}", "$__env{HOME}"])
    assert.throws(
      () =>
        toSettings({
          stack: "test",
          values: { platform: "docker", visualization: { adminUser: text } },
          secrets: new Set(),
        }),
      (error: ConfigError) =>
        error instanceof ConfigError && error.problems.some(({ path }) => path === "visualization.adminUser"),
    );
});
