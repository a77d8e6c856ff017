import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "js-yaml";
import { grafanaEnvironment, renderGrafana } from "../../config/products/grafana/grafana.ts";
import { toSettings } from "../../config/settings/settings.ts";

function settings(values: Record<string, unknown> = {}) {
  const config = { platform: "docker", environment: "test", demo: { enabled: true }, ...values };
  return toSettings({ stack: "test", values: config, secrets: new Set() }, { requireSecrets: false });
}

function datasources(values?: Record<string, unknown>) {
  const file = renderGrafana(settings(values)).find(({ path }) => path === "provisioning/datasources/white-room.yml");
  return (load(file?.content ?? "") as { datasources: Record<string, unknown>[] }).datasources;
}

test("data sources have fixed uids, cannot be edited, and Prometheus is the default one", () => {
  assert.deepEqual(
    datasources().map(({ uid, url, editable, isDefault }) => ({ uid, url, editable, isDefault })),
    [
      { uid: "prometheus", url: "http://prometheus:9090", editable: false, isDefault: true },
      { uid: "loki", url: "http://loki:3100", editable: false, isDefault: undefined },
      { uid: "alertmanager", url: "http://alertmanager:9093", editable: false, isDefault: undefined },
    ],
  );
});

test("a disabled component has no data source, and none refers to it", () => {
  const left = datasources({ logs: { enabled: false }, alerting: { enabled: false } });
  assert.deepEqual(
    left.map(({ uid }) => uid),
    ["prometheus"],
  );
  assert.doesNotMatch(JSON.stringify(left), /loki|alertmanager/);
});

test("Prometheus' smallest step is the scrape interval of the settings", () => {
  const [prometheus] = datasources({ metrics: { scrapeInterval: "30s" } });
  assert.match(JSON.stringify(prometheus), /"timeInterval":"30s"/);
});

test("the variable of the trace link survives Grafana's expansion of provisioning files", () => {
  const loki = JSON.stringify(datasources()[1]);
  assert.match(loki, /var-trace_id=\$\$\{__value\.raw\}/);
});

test("a Grafana behind https under a path marks its cookie secure and serves from that path", () => {
  const environment = grafanaEnvironment(settings({ visualization: { url: "https://white-room.example/grafana/" } }));
  assert.equal(environment.GF_SECURITY_COOKIE_SECURE, "true");
  assert.equal(environment.GF_SERVER_SERVE_FROM_SUB_PATH, "true");
  assert.equal(environment.GF_SERVER_ROOT_URL, "https://white-room.example/grafana/");
});

test("on the published port, it serves http at the root", () => {
  const environment = grafanaEnvironment(settings({ visualization: { port: 3001 } }));
  assert.equal(environment.GF_SECURITY_COOKIE_SECURE, "false");
  assert.equal(environment.GF_SERVER_SERVE_FROM_SUB_PATH, "false");
  assert.equal(environment.GF_SERVER_ROOT_URL, "http://localhost:3001/");
});

test("every setting that could carry a secret names a file", () => {
  const secret = Object.entries(grafanaEnvironment(settings())).filter(([key]) =>
    /PASSWORD|SECRET_KEY|TOKEN/.test(key),
  );
  assert.deepEqual(Object.fromEntries(secret), {
    GF_SECURITY_ADMIN_PASSWORD__FILE: "/etc/grafana/secrets/admin/grafanaAdminPassword",
    GF_SECURITY_SECRET_KEY__FILE: "/etc/grafana/secrets/key/grafanaSecretKey",
  });
});
