import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "js-yaml";
import { grafanaEnvironment } from "../../config/products/grafana/environment.ts";
import { renderGrafana } from "../../config/products/grafana/grafana.ts";
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
      { uid: "loki", url: "http://web-gateway:3100", editable: false, isDefault: undefined },
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

test("the browser gets a content security policy, and HSTS with https", () => {
  const environment = (visualization: Record<string, unknown> = {}) => grafanaEnvironment(settings({ visualization }));
  const secured = environment({ url: "https://white-room.example/" });
  assert.equal(secured.GF_SECURITY_CONTENT_SECURITY_POLICY, "true");
  assert.equal(secured.GF_SECURITY_STRICT_TRANSPORT_SECURITY, "true");
  assert.equal(secured.GF_SECURITY_STRICT_TRANSPORT_SECURITY_MAX_AGE_SECONDS, "31536000");
  assert.equal(environment().GF_SECURITY_CONTENT_SECURITY_POLICY, "true");
  assert.equal(environment().GF_SECURITY_STRICT_TRANSPORT_SECURITY, undefined);
});

test("another host name is redirected, unless that would break a proxy, a port forward or verify", () => {
  const enforced = (network: Record<string, unknown>, visualization: Record<string, unknown> = {}) => {
    const { GF_SERVER_DOMAIN: domain, GF_SERVER_ENFORCE_DOMAIN: isEnforced } = grafanaEnvironment(
      settings({ network, visualization }),
    );
    return `${domain} ${isEnforced}`;
  };
  assert.equal(enforced({}), "localhost true");
  assert.equal(enforced({ bindAddresses: { grafana: "10.0.0.5" } }), "10.0.0.5 true");
  const everywhere = { bindAddresses: { grafana: "0.0.0.0" } };
  assert.equal(enforced(everywhere), "localhost false");
  assert.equal(enforced({ ...everywhere, publicHost: "g.example.com" }), "g.example.com true");
  assert.equal(enforced({ publicHost: "g.example.com" }), "g.example.com false");
  assert.equal(enforced({}, { url: "https://g.example.com/grafana" }), "g.example.com false");
});

test("the data source proxy connects to the stack's own servers and to listed ones", () => {
  const allowed = (values: Record<string, unknown>) =>
    grafanaEnvironment(settings(values)).GF_SECURITY_DATA_SOURCE_PROXY_WHITELIST;
  assert.equal(allowed({}), "prometheus:9090 web-gateway:3100 alertmanager:9093");
  const values = { logs: { enabled: false }, visualization: { dataSourceHosts: ["tempo.internal:3200"] } };
  assert.equal(allowed(values), "prometheus:9090 alertmanager:9093 tempo.internal:3200");
});

test("every setting that could carry a secret names a file", () => {
  const secret = Object.entries(grafanaEnvironment(settings())).filter(([key]) =>
    /PASSWORD|SECRET_KEY|TOKEN/.test(key),
  );
  assert.deepEqual(Object.fromEntries(secret), {
    GF_SECURITY_ADMIN_PASSWORD: "$__file{/etc/grafana/secrets/admin/grafanaAdminPassword}",
    GF_SECURITY_SECRET_KEY: "$__file{/etc/grafana/secrets/key/grafanaSecretKey}",
    GF_METRICS_BASIC_AUTH_PASSWORD: "$__file{/etc/grafana/secrets/key/grafanaMetricsPassword}",
  });
});
