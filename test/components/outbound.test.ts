import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { Authority } from "../kubernetes/cluster/certificates.ts";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { secretFiles } from "./secret-places.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const folder = mkdtempSync(join(tmpdir(), "white-room-outbound-"));
after(() => rmSync(folder, { recursive: true }));
const ca = readFileSync((await Authority.create(folder)).certificate, "utf8");
const prod = stackConfig("prod").values as Record<string, Record<string, unknown>>;

const dev = { demo: { enabled: false }, alerting: { enabled: false } };
const applications = {
  basic: { targets: ["a:1"], scheme: "https", auth: "basic", username: "u", tls: { ca } },
  bearer: { targets: ["b:1"], auth: "bearer" },
  mutual: { targets: ["c:1"], scheme: "https", tls: { certificate: ca } },
};
const remoteWrite = [{ name: "store", url: "https://store.example.com/write", auth: "bearer", tls: { ca } }];
const keys = [
  ...["applicationPassword-basic", "applicationToken-bearer", "applicationTlsKey-mutual"],
  "remoteWriteToken-store",
];

test("secrets of connections are in files that only Prometheus reads, on both platforms", async () => {
  const values = { applications, metrics: { ...prod["metrics"], remoteWrite } };
  for (const config of [
    production(values),
    stackConfig("dev", { ...dev, ...values, metrics: { remoteWrite } }, keys),
  ]) {
    const resources = await registered(config);
    assert.deepEqual(
      secretFiles(resources, "prometheus", keys),
      keys.map((key) => `prometheus-secrets ${key} ${canary}-${key}`).sort(),
    );
  }
});

test("the checker of Prometheus' config has the secrets at the paths it reads", async () => {
  const cluster = objectsOf(await registered(production({ applications })));
  const job = cluster.find(
    ({ kind, metadata }) => kind === "Job" && metadata.name.startsWith("prometheus-config-check"),
  );
  const { containers, volumes = [] } = job?.spec?.template?.spec ?? { containers: [] };
  assert.deepEqual(
    (containers[0] as unknown as { volumeMounts: { mountPath: string }[] }).volumeMounts.map(
      ({ mountPath }) => mountPath,
    ),
    ["/etc/prometheus", "/etc/secrets/prometheus/secrets"],
  );
  assert.deepEqual(
    volumes.flatMap(({ secret }) => (secret as { secretName?: string } | undefined)?.secretName ?? []),
    ["prometheus-secrets"],
  );
  const docker = await registered(stackConfig("dev", { ...dev, applications }, keys));
  const gate = docker.find(({ name, type }) => name.endsWith("prometheus-config") && type.includes("Container"));
  assert.deepEqual(
    ((gate?.inputs["volumes"] ?? []) as { containerPath: string }[]).map(({ containerPath }) => containerPath),
    ["/white-room/files", "/white-room/secrets/prometheus/secrets"],
  );
});

test("PostgreSQL and Redis are verified with their own authorities", async () => {
  const exporters = {
    postgres: { targets: [{ name: "db", host: "db.internal", sslMode: "verify-full", ca }] },
    redis: { targets: [{ name: "cache", host: "cache.internal", tls: true, ca }] },
  };
  const secrets = ["postgresPassword-db", "redisPassword-cache"];
  const resources = await registered(stackConfig("dev", { ...dev, exporters }, secrets));
  const environment = resources.flatMap(({ inputs }) => (inputs["envs"] ?? []) as string[]);
  assert.ok(
    environment.includes(
      "DATA_SOURCE_URI=db.internal:5432/postgres?sslmode=verify-full&sslrootcert=/etc/exporter/tls/ca.pem",
    ),
  );
  assert.ok(environment.includes("REDIS_EXPORTER_TLS_CA_CERT_FILE=/etc/exporter/tls/ca.pem"));
  const uploads = resources.flatMap(({ inputs }) => (inputs["uploads"] ?? []) as { file: string; content: string }[]);
  assert.equal(
    uploads.filter(({ file, content }) => file.endsWith("/ca.pem") && content.includes(ca.trim())).length,
    2,
  );
});

const objectStorage = { endpoint: "s3.example.com", bucket: "white-room-logs" };
const annotation = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/loki" };

test("logs on object storage with a role need no keys, and a private CA is trusted", async () => {
  for (const [kubernetes, more] of [
    [{ ...prod["kubernetes"], serviceAccountAnnotations: annotation }, {}],
    [prod["kubernetes"], { auth: "role" }],
  ] as const) {
    const logs = { ...prod["logs"], objectStorage: { ...objectStorage, tls: { ca }, ...more } };
    const config = production({ kubernetes, logs });
    assert.deepEqual(
      [...config.secrets].filter((key) => key.startsWith("s3")),
      [],
    );
    const objects = objectsOf(await registered(config));
    const pod = pods(objects).get("loki")?.spec;
    assert.equal(pod?.serviceAccountName, "loki");
    assert.equal(pod?.automountServiceAccountToken, false);
    assert.doesNotMatch(JSON.stringify(pod), /AWS_SHARED_CREDENTIALS_FILE/);
    const account = objects.find(({ kind, metadata }) => kind === "ServiceAccount" && metadata.name === "loki");
    assert.deepEqual(account?.metadata.annotations, "auth" in more ? undefined : annotation);
    assert.ok(!objects.some(({ kind, metadata }) => kind === "ClusterRole" && metadata.name.endsWith("-loki")));
    const data = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "loki-config")?.data;
    assert.equal(data?.["storage-ca.pem"], ca);
    assert.match(data?.["loki.yml"] ?? "", /\n +http:\n +tls_ca_path: \/etc\/loki\/config\/storage-ca\.pem\n/);
  }
});

test("incomplete connections are reported with what to write", () => {
  const problemsOf = (values: Record<string, unknown>, platform: "dev" | "prod" = "dev") => {
    try {
      toSettings(stackConfig(platform, values), { requireSecrets: true });
      return [];
    } catch (error) {
      const lines = (error as Error).message.split("\n").filter((line) => line.startsWith("  "));
      return lines.map((line) => line.trim().replace(/; run `.*/, ""));
    }
  };
  assert.deepEqual(
    problemsOf({
      ...dev,
      applications: {
        a: { auth: "basic" },
        b: { username: "u" },
        c: { tls: { serverName: "c" } },
        d: { tls: { ca: "x" } },
      },
      metrics: { remoteWrite: [{ url: "https://store.example.com", auth: "bearer" }] },
    }).filter((line) => !line.startsWith("applicationPassword")),
    [
      'applications.d.tls.ca: "x" is not a certificate; use the text of a PEM file, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----" (in YAML a block that starts with "|")',
      "applications.a.username: is required by auth: basic; set it to the user name",
      "applications.b.username: is used only with auth: basic; set auth: basic, or remove username",
      "applications.c.tls: has no effect on http; use https, or remove tls",
      'metrics.remoteWrite[0].name: is required by auth and tls; use a name such as "mimir"',
    ],
  );
  const exporters = {
    postgres: { targets: [{ name: "db", host: "db", ca }] },
    redis: { targets: [{ name: "cache", host: "cache", ca, authenticated: false }] },
  };
  assert.deepEqual(
    problemsOf({ ...dev, exporters }).filter((line) => line.startsWith("exporters.") && !line.includes("Password")),
    [
      'exporters.postgres.targets[0].sslMode: "require" does not verify the server with ca; use "verify-full", or remove ca',
      "exporters.redis.targets[0].tls: false does not use ca; use true, or remove ca",
    ],
  );
  const kubernetes = { ...prod["kubernetes"], serviceAccountAnnotations: annotation };
  assert.deepEqual(
    problemsOf({ kubernetes, logs: { enabled: false } }, "prod").filter((line) => line.startsWith("kubernetes.")),
    [
      "kubernetes.serviceAccountAnnotations: has no effect without object storage; remove it, or set logs.objectStorage or metrics.longTerm.objectStorage",
    ],
  );
});

test("Slack channels may be IDs or have names in any language", () => {
  const channels = (alerts: string) => ({ alerting: { slack: { channels: { alerts } }, email: { enabled: false } } });
  const parse = (alerts: string) => toSettings(stackConfig("dev", channels(alerts)), { requireSecrets: false });
  for (const name of ["C024BE91L", "G01AB2CD3EF", "#équipe-alertes", "#アラート", "#тревоги_2"]) {
    assert.equal(parse(name).alerting.slack.channels.alerts, name);
  }
  for (const name of ["alerts", "#Équipe", "#two words", "c024be91l", "#"]) {
    assert.throws(() => parse(name), /is not a valid Slack channel/);
  }
});
