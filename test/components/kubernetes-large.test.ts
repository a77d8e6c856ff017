import assert from "node:assert/strict";
import { test } from "node:test";
import { type KubernetesObject, objectsOf, production } from "./kubernetes-objects.ts";
import { restrictedViolations } from "./pod-security.ts";
import { canary, registered } from "./stack.ts";

const url = "https://grafana.white-room.example";

/** Everything replicated, with the user's own object storage and database. */
const large = production({
  kubernetes: { storageClass: "fast", priorityClassName: "important", clusterDomain: "studio.example" },
  logs: { replicas: 3, objectStorage: { endpoint: "s3.example.com", bucket: "logs" } },
  visualization: {
    url,
    replicas: 2,
    database: { host: "postgres.internal" },
    ingress: { enabled: true, className: "nginx", tlsSecretName: "grafana-tls" },
  },
});
const resources = await registered(large);
const objects = objectsOf(resources);

function one(kind: string, name: string, found: readonly KubernetesObject[] = objects) {
  const object = found.find(({ kind: own, metadata }) => own === kind && metadata.name === name);
  assert.ok(object, `${kind} ${name}`);
  return object;
}

test("Loki replicas have claims of the configured class and read their address from a variable", () => {
  const claims = objects.filter(({ kind, metadata }) => kind === "PersistentVolumeClaim" && /loki/.test(metadata.name));
  assert.deepEqual(
    claims.map(({ metadata, spec }) => [metadata.name, spec?.storageClassName]),
    [0, 1, 2].map((ordinal) => [`data-loki-${ordinal}`, "fast"]),
  );
  const [loki] = one("StatefulSet", "loki").spec?.template?.spec.containers ?? [];
  assert.ok(loki?.command.includes("-config.expand-env=true"));
  assert.deepEqual(loki?.env, [
    { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    { name: "AWS_SHARED_CREDENTIALS_FILE", value: "/etc/loki/secrets/credentials" },
  ]);
  assert.match(one("ConfigMap", "loki-config").data?.["loki.yml"] ?? "", /^ {2}instance_addr: \$\{POD_IP\}$/m);
});

test("Grafana replicas with a database have no volume, and no variable contains their password", () => {
  const { replicas, template } = one("Deployment", "grafana").spec ?? {};
  assert.equal(replicas, 2);
  const kinds = (template?.spec.volumes ?? []).flatMap((volume) => Object.keys(volume).filter((key) => key !== "name"));
  assert.deepEqual([...new Set(kinds)].sort(), ["configMap", "emptyDir", "secret"]);
  const env = Object.fromEntries(
    ((template?.spec.containers[0]?.env ?? []) as { name: string; value: string }[]).map(({ name, value }) => [
      name,
      value,
    ]),
  );
  // Escaped for Kubernetes, which turns "$$" into "$".
  assert.equal(env["GF_DATABASE_PASSWORD"], "$$__file{/etc/grafana/secrets/database/grafanaDatabasePassword}");
  assert.equal(env["GF_DATABASE_HOST"], "postgres.internal:5432");
});

test("replicated components have a disruption budget, single ones do not", () => {
  const budgets = objects.filter(({ kind }) => kind === "PodDisruptionBudget").map(({ metadata }) => metadata.name);
  assert.deepEqual(budgets.sort(), ["alertmanager", "grafana", "loki", "prometheus"]);
});

test("a configured PriorityClass replaces the stack's", () => {
  assert.deepEqual(
    objects.filter(({ kind }) => kind === "PriorityClass"),
    [],
  );
  const pods = objects.flatMap(({ spec }) => (spec?.template === undefined ? [] : [spec.template.spec]));
  assert.deepEqual([...new Set(pods.map(({ priorityClassName }) => priorityClassName))], ["important"]);
});

test("pods stay restricted, and secrets are only in Secrets", () => {
  for (const { metadata, spec } of objects) {
    if (spec?.template === undefined || metadata.namespace !== "monitoring") continue;
    assert.deepEqual(restrictedViolations(spec.template.spec), [], metadata.name);
  }
  const leaks = resources.filter(
    ({ type, inputs }) => type !== "kubernetes:core/v1:Secret" && JSON.stringify(inputs).includes(canary),
  );
  assert.deepEqual(leaks, []);
  const credentials = one("Secret", "loki-secrets").data?.["credentials"] ?? "";
  assert.equal(
    Buffer.from(credentials, "base64").toString(),
    `[default]\naws_access_key_id = \`${canary}-s3AccessKey\`\naws_secret_access_key = \`${canary}-s3SecretKey\`\n`,
  );
});

test("names across namespaces use the configured cluster domain", () => {
  const aliases = objects.flatMap(({ spec }) => spec?.externalName ?? []);
  assert.deepEqual(aliases, ["loki.monitoring.svc.studio.example"]);
});

test("an Ingress routes the host of visualization.url to Grafana over TLS", () => {
  const backend = { service: { name: "grafana", port: { number: 3000 } } };
  assert.deepEqual(one("Ingress", "grafana").spec, {
    ingressClassName: "nginx",
    tls: [{ hosts: ["grafana.white-room.example"], secretName: "grafana-tls" }],
    rules: [{ host: "grafana.white-room.example", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
  });
});

async function routed(ingress: Record<string, unknown>): Promise<KubernetesObject[]> {
  const config = production({ visualization: { url, ingress: { enabled: true, kind: "gateway", ...ingress } } });
  return objectsOf(await registered(config));
}

const rules = [{ backendRefs: [{ name: "grafana", port: 3000 }] }];

test("the stack's Gateway terminates TLS for the host and accepts only its route", async () => {
  const found = await routed({ className: "public", tlsSecretName: "grafana-tls" });
  assert.deepEqual(one("Gateway", "grafana", found).spec, {
    gatewayClassName: "public",
    listeners: [
      {
        name: "https",
        hostname: "grafana.white-room.example",
        port: 443,
        protocol: "HTTPS",
        tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: "grafana-tls" }] },
        allowedRoutes: { namespaces: { from: "Same" } },
      },
    ],
  });
  assert.deepEqual(one("HTTPRoute", "grafana", found).spec, {
    parentRefs: [{ name: "grafana", sectionName: "https" }],
    hostnames: ["grafana.white-room.example"],
    rules,
  });
});

test("an existing Gateway gets a route, and no second Gateway is created", async () => {
  const gateway = { name: "public", namespace: "gateways", sectionName: "tls" };
  const found = await routed({ gateway });
  assert.deepEqual(
    found.filter(({ kind }) => kind === "Gateway"),
    [],
  );
  assert.deepEqual(one("HTTPRoute", "grafana", found).spec, {
    parentRefs: [gateway],
    hostnames: ["grafana.white-room.example"],
    rules,
  });
});
