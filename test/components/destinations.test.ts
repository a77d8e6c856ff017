import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { renderAlloy } from "../../config/products/collector/alloy.ts";
import { promtailConfig } from "../../config/products/collector/promtail.ts";
import { renderGrafana } from "../../config/products/grafana/grafana.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { renderDashboards } from "../../dashboards/index.ts";
import { Authority } from "../kubernetes/cluster/certificates.ts";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { secretFiles } from "./secret-places.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const folder = mkdtempSync(join(tmpdir(), "white-room-destinations-"));
after(() => rmSync(folder, { recursive: true }));
const ca = readFileSync((await Authority.create(folder)).certificate, "utf8");

const url = "https://logs.example.com:8443/loki/api/v1/push";
const remote = [
  { name: "cloud", url, auth: "basic", username: "1234", tls: { ca } },
  { name: "central", url: "http://central.internal:3100/loki/api/v1/push", auth: "bearer" },
  { name: "mutual", url, tls: { certificate: ca } },
];
const keys = ["logsRemotePassword-cloud", "logsRemoteTlsKey-mutual", "logsRemoteToken-central"];
const prod = stackConfig("prod").values as Record<string, Record<string, unknown>>;
const dev = { demo: { enabled: false }, alerting: { enabled: false } };

for (const collector of ["alloy", "promtail"] as const) {
  describe(`logs.remote with ${collector}`, () => {
    const logs = { ...prod["logs"], collector, remote };

    test("secrets are in files that only the collector reads, on both platforms", async () => {
      const docker = stackConfig("dev", { ...dev, logs: { collector, remote } }, keys);
      // On Docker, both collectors have the same resource names, so that one replaces the other.
      for (const [config, owner] of [
        [production({ logs }), collector],
        [docker, "collector"],
      ] as const) {
        assert.deepEqual(
          secretFiles(await registered(config), owner, keys),
          keys.map((key) => `${owner}-secrets ${key} ${canary}-${key}`),
        );
      }
    });

    test("NetworkPolicies let the collector reach the endpoints, and only there if their ranges are known", async () => {
      const egress = async (network: Record<string, unknown>) => {
        const objects = objectsOf(await registered(production({ logs, network })));
        const policy = objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === collector);
        type Rule = { to?: { ipBlock?: { cidr: string } }[]; ports: { port: number }[] };
        return ((policy?.spec as unknown as { egress: Rule[] } | undefined)?.egress ?? [])
          .map(({ to, ports }) => [
            to?.[0]?.ipBlock?.cidr ?? (to ? "pods" : "anyone"),
            ...ports.map((each) => each.port),
          ])
          .filter(([, port]) => port === 3100 || port === 8443);
      };
      const loki = ["pods", 3100];
      assert.deepEqual(await egress({}), [loki, ["anyone", 8443], ["anyone", 3100]]);
      assert.deepEqual(await egress({ egress: { logsRemote: ["10.1.0.0/16"] } }), [
        loki,
        ["10.1.0.0/16", 8443],
        ["10.1.0.0/16", 3100],
      ]);
    });

    test("certificates are next to the config", async () => {
      const resources = await registered(stackConfig("dev", { ...dev, logs: { collector, remote } }, keys));
      const files = resources.flatMap(({ inputs }) => (inputs["uploads"] ?? []) as { file: string; content: string }[]);
      assert.deepEqual(
        files.filter(({ content }) => content.includes(ca.trim())).map(({ file }) => file.split("/").at(-1)),
        ["logsRemote-cloud-ca.pem", "logsRemote-mutual-certificate.pem"],
      );
    });
  });
}

function settingsOf(logs: Record<string, unknown>) {
  const values = { platform: "docker", environment: "test", alerting: { email: { enabled: false } }, logs };
  return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
}

test("Alloy sends all lines to Loki, and to other endpoints what passes their filters, without waiting for them", () => {
  const filters = [{ action: "drop", labels: { level: "debug", service: "nginx|api" } }];
  const headers = { "X-Scope-OrgID": "white-room" };
  const [cloud] = remote;
  const [config] = renderAlloy(settingsOf({ remote: [{ ...cloud, headers, filters, proxyUrl: "http://proxy:3128" }] }));
  const forwarded = new Set(config?.content.match(/forward_to = \[loki\.(?:write|relabel).*/g));
  assert.deepEqual(
    [...forwarded],
    [
      "forward_to = [loki.write.loki.receiver, loki.relabel.remote_cloud.receiver]",
      "forward_to = [loki.write.remote_cloud.receiver]",
    ],
  );
  assert.equal(
    config?.content.slice(config.content.indexOf('loki.relabel "remote_cloud"')),
    `loki.relabel "remote_cloud" {
	forward_to = [loki.write.remote_cloud.receiver]

	rule {
		source_labels = ["level", "service"]
		regex         = "(?:debug);(?:nginx|api)"
		action        = "drop"
	}
}

loki.write "remote_cloud" {
	external_labels = {
		cluster = "white-room",
		env     = "test",
	}

	endpoint {
		url     = "https://logs.example.com:8443/loki/api/v1/push"
		headers = {
			"X-Scope-OrgID" = "white-room",
		}
		proxy_url           = "http://proxy:3128"
		min_backoff_period  = "500ms"
		max_backoff_period  = "2s"
		max_backoff_retries = 4
		remote_timeout      = "5s"

		basic_auth {
			username      = "1234"
			password_file = "/etc/secrets/alloy/secrets/logsRemotePassword-cloud"
		}

		tls_config {
			ca_file = "/etc/alloy/logsRemote-cloud-ca.pem"
		}
	}
}
`,
  );
});

test("the only destination holds up the sources while it is down, so that no lines are lost", () => {
  const alone = { loki: { enabled: false }, remote: remote.slice(0, 1) };
  const [config] = renderAlloy(settingsOf(alone));
  assert.doesNotMatch(config?.content ?? "", /remote_timeout|loki\.write "loki"/);
  const { clients } = promtailConfig(settingsOf({ ...alone, collector: "promtail" }));
  assert.deepEqual(clients, [
    {
      url,
      basic_auth: { username: "1234", password_file: "/etc/secrets/promtail/secrets/logsRemotePassword-cloud" },
      tls_config: { ca_file: "/etc/promtail/logsRemote-cloud-ca.pem" },
      external_labels: { cluster: "white-room", env: "test" },
      backoff_config: { min_period: "500ms", max_period: "30s", max_retries: 100 },
    },
  ]);
});

describe("logs.loki.enabled: false", () => {
  const logs = { loki: { enabled: false }, remote };

  test("there is no Loki, and nothing that needs it, on either platform", async () => {
    const docker = await registered(stackConfig("dev", { ...dev, logs }, keys));
    const containers = docker.filter(({ type }) => type.includes("Container")).map(({ name }) => name);
    assert.ok(containers.some((name) => name.endsWith("collector")));
    assert.deepEqual(
      containers.filter((name) => name.includes("loki")),
      [],
    );
    const objects = objectsOf(await registered(production({ logs })));
    assert.ok(pods(objects).has("alloy"));
    assert.deepEqual(
      objects.filter(({ metadata }) => /^loki/.test(metadata.name)).map(({ kind, metadata }) => kind + metadata.name),
      [],
    );
  });

  test("Grafana has no data source and no panel for it, only those of the collector", () => {
    const settings = settingsOf(logs);
    const [sources] = renderGrafana(settings);
    assert.doesNotMatch(sources?.content ?? "", /loki/i);
    const dashboards = renderDashboards(settings);
    assert.ok(!dashboards.some(({ path }) => path === "white-room-logs.json"));
    for (const { path, content } of dashboards)
      assert.doesNotMatch(content, /"uid": "\$loki"|job=\\"loki\\"|loki_discarded|white-room-logs/, path);
    const monitoring = dashboards.find(({ path }) => path === "white-room-monitoring.json")?.content ?? "";
    assert.match(monitoring, /"title": "Lines sent"/);
    assert.match(monitoring, /Log lines per second sent from the collector to logs\.remote\./);
  });
});
