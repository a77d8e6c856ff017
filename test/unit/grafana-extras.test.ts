import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { load } from "js-yaml";
import { grafanaEnvironment } from "../../config/products/grafana/environment.ts";
import { renderGrafana } from "../../config/products/grafana/grafana.ts";
import { passwordFile } from "../../config/products/grafana/own-data-sources.ts";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { StackConfig } from "../../config/settings/stack-file.ts";
import { objectsOf, production } from "../components/kubernetes-objects.ts";
import { secretFiles } from "../components/secret-places.ts";
import { canary, registered, stackConfig } from "../components/stack.ts";
import { problemsOf } from "./problems.ts";

/*
 * Grafana is not available here. The names are from its documentation:
 * https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/ (plugins, smtp, users, dashboards)
 * https://grafana.com/docs/grafana/latest/administration/provisioning/ (data sources, folders)
 */

const folder = mkdtempSync(join(tmpdir(), "grafana-extras-"));
after(() => rmSync(folder, { recursive: true }));

const smtp = { smarthost: "mail.example.com:587", from: "monitoring@example.com", username: "monitoring" };

function config(visualization: object, more: Record<string, unknown> = {}): StackConfig {
  const values = { platform: "docker", environment: "test", alerting: { enabled: false }, ...more, visualization };
  return { stack: "test", values, secrets: new Set() };
}

function settings(visualization: object, more?: Record<string, unknown>) {
  return toSettings(config(visualization, more), { requireSecrets: false });
}

function problems(visualization: object, more?: Record<string, unknown>): string[] {
  return problemsOf(() => toSettings(config(visualization, more), { requireSecrets: false, checkFiles: true }));
}

function provisioned(visualization: object, file: string): Record<string, unknown[]> {
  const found = renderGrafana(settings(visualization)).find(({ path }) => path.startsWith(`provisioning/${file}/`));
  return load(found?.content ?? "") as Record<string, unknown[]>;
}

const songs = {
  name: "Songs",
  uid: "songs",
  type: "grafana-postgresql-datasource",
  url: "db.internal:5432",
  username: "reader",
  jsonData: { database: "songs", sslmode: "require", note: "costs $5, ${HOME} and $__file{/etc/passwd}" },
};
const tempo = { name: "Tempo", uid: "tempo", type: "tempo", url: "https://tempo.example.com", username: "ten$ant" };

describe("visualization.dataSources", () => {
  test("are provisioned after the stack's own, with `$` escaped and passwords read from files", () => {
    const { datasources = [] } = provisioned({ dataSources: [songs, tempo] }, "datasources");
    assert.deepEqual(datasources.slice(-2), [
      {
        name: "Songs",
        uid: "songs",
        type: "grafana-postgresql-datasource",
        access: "proxy",
        url: "db.internal:5432",
        editable: false,
        user: "reader",
        jsonData: {
          database: "songs",
          sslmode: "require",
          note: "costs $$5, $${HOME} and $$__file{/etc/passwd}",
        },
        secureJsonData: { password: "$__file{/etc/grafana/secrets/data-sources/dataSourcePassword-songs}" },
      },
      {
        name: "Tempo",
        uid: "tempo",
        type: "tempo",
        access: "proxy",
        url: "https://tempo.example.com",
        editable: false,
        basicAuth: true,
        basicAuthUser: "ten$$ant",
        jsonData: {},
        secureJsonData: { basicAuthPassword: "$__file{/etc/grafana/secrets/data-sources/dataSourcePassword-tempo}" },
      },
    ]);
  });

  test("`$` in a password survives Grafana's expansion of variables in it", () => {
    const { WHITE_ROOM_DOLLAR } = grafanaEnvironment(settings({ dataSources: [songs] }));
    const expanded = passwordFile("a$b${HOME}$$").replaceAll("${WHITE_ROOM_DOLLAR}", WHITE_ROOM_DOLLAR ?? "");
    assert.equal(expanded, "a$b${HOME}$$");
    assert.doesNotMatch(passwordFile("a$b${HOME}$$"), /\$(?!\{WHITE_ROOM_DOLLAR\})/);
    assert.equal(grafanaEnvironment(settings({})).WHITE_ROOM_DOLLAR, undefined);
  });

  test("the data source proxy may connect to them", () => {
    const { GF_SECURITY_DATA_SOURCE_PROXY_WHITELIST: hosts = "" } = grafanaEnvironment(
      settings({ dataSources: [tempo] }),
    );
    assert.ok(hosts.split(" ").includes("tempo.example.com:443"), hosts);
  });

  test("their passwords are required, and only in a file that Grafana reads, on both platforms", async () => {
    const keys = ["dataSourcePassword-songs", "dataSourcePassword-tempo"];
    const missing = missingSecretNeeds(settings({ dataSources: [songs, tempo] }), new Set());
    assert.deepEqual(
      missing.map(({ key, because }) => `${key} ${because}`),
      keys.map((key, index) => `${key} visualization.dataSources[${index}].username`),
    );
    const visualization = { dataSources: [songs, tempo] };
    for (const stack of [stackConfig("dev", { visualization }, keys), production({ visualization })]) {
      const files = secretFiles(await registered(stack), "grafana", keys);
      assert.deepEqual(
        files.map((line) => line.replace(/^\S*(?=grafana-)/, "")),
        keys.map((key) => `grafana-datasources ${key} ${canary}-${key}`),
      );
    }
  });

  test("on Kubernetes, Grafana may connect to them, to their ranges if these are known", async () => {
    const network = { egress: { dataSources: ["10.1.0.0/16"] } };
    const objects = objectsOf(
      await registered(production({ network, visualization: { dataSources: [songs, tempo] } })),
    );
    const policy = objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "grafana");
    const { egress = [] } = (policy?.spec ?? {}) as { egress?: { to?: unknown }[] };
    assert.deepEqual(
      egress.filter(({ to }) => JSON.stringify(to)?.includes("10.1.0.0/16")),
      [
        {
          to: [{ ipBlock: { cidr: "10.1.0.0/16" } }],
          ports: [5432, 443].map((port) => ({ port, protocol: "TCP" })),
        },
      ],
    );
  });

  test("invalid data sources are reported together", () => {
    const dataSources = [
      { ...songs, url: "https://db.internal" },
      { ...tempo, uid: "songs", url: "tempo:3200", type: "Tempo!" },
      { name: "Loki", uid: "prometheus", type: "loki", url: "https://user:secret@loki.example.com" },
    ];
    assert.deepEqual(problems({ dataSources: dataSources.slice(0, 1) }), [
      'visualization.dataSources[0].url: "https://db.internal" is not host and port, which type grafana-postgresql-datasource requires; use an address such as "db.internal:5432"',
    ]);
    assert.deepEqual(problems({ dataSources: dataSources.slice(1) }), [
      'visualization.dataSources[0].type: "Tempo!" is not a valid plugin ID; use the ID from its page in the catalog, such as "grafana-clock-panel"',
      'visualization.dataSources[1].url: "https://***@loki.example.com" contains credentials, which would be stored in clear text in the state; use a URL without user and password',
    ]);
    const clashes = [tempo, { ...tempo, url: "tempo:3200" }, { ...tempo, name: "Loki", uid: "prometheus" }];
    assert.deepEqual(problems({ dataSources: clashes }), [
      'visualization.dataSources[1].uid: "tempo" is already used by visualization.dataSources[0]; use another one',
      'visualization.dataSources[1].name: "Tempo" is already used by visualization.dataSources[0]; use another one',
      'visualization.dataSources[1].url: "tempo:3200" is not a URL, which type tempo requires; use a URL such as "https://tempo:3200"',
      'visualization.dataSources[2].uid: "prometheus" is already used by the stack; use another one',
      'visualization.dataSources[2].name: "Loki" is already used by the stack; use another one',
    ]);
  });
});

describe("visualization.plugins", () => {
  const plugins = [
    { id: "grafana-clock-panel", version: "2.1.9" },
    { id: "acme-app", version: "1.0.0", url: "https://files.example.com/acme-app.zip" },
  ];

  test("are installed in exactly these versions, and nothing else is", () => {
    const environment = grafanaEnvironment(settings({ plugins }));
    assert.equal(
      environment["GF_PLUGINS_PREINSTALL"],
      "grafana-clock-panel@2.1.9,acme-app@1.0.0@https://files.example.com/acme-app.zip",
    );
    assert.equal(environment["GF_PLUGINS_PREINSTALL_AUTO_UPDATE"], "false");
    assert.equal(environment["GF_PLUGINS_PREINSTALL_DISABLED"], undefined);
    assert.equal(
      environment["GF_PLUGINS_DISABLE_PLUGINS"],
      "grafana-advisor-app,grafana-exploretraces-app,grafana-lokiexplore-app,grafana-metricsdrilldown-app,grafana-pyroscope-app",
    );
  });

  test("without them, Grafana installs nothing", () => {
    const environment = grafanaEnvironment(settings({}));
    assert.equal(environment["GF_PLUGINS_PREINSTALL_DISABLED"], "true");
    assert.equal(environment["GF_PLUGINS_PREINSTALL"], undefined);
  });

  test("versions must be exact, and plugins differ", () => {
    assert.deepEqual(problems({ plugins: [{ id: "grafana-clock-panel", version: "latest" }] }), [
      'visualization.plugins[0].version: "latest" is not a version; use an exact version, such as "2.1.9"',
    ]);
    assert.deepEqual(problems({ plugins: [plugins[0], plugins[0]] }), [
      'visualization.plugins[1].id: "grafana-clock-panel" is listed twice; remove one of them',
    ]);
  });
});

describe("visualization.email", () => {
  test("sends through the mail server of alerting.email, with the password in a file", () => {
    const environment = grafanaEnvironment(
      settings(
        { email: { enabled: true } },
        { alerting: { enabled: false, email: { ...smtp, hello: "m.example.com" } } },
      ),
    );
    const mail = Object.entries(environment).filter(([key]) => key.startsWith("GF_SMTP_"));
    assert.deepEqual(Object.fromEntries(mail), {
      GF_SMTP_ENABLED: "true",
      GF_SMTP_HOST: "mail.example.com:587",
      GF_SMTP_FROM_ADDRESS: "monitoring@example.com",
      GF_SMTP_FROM_NAME: "Grafana",
      GF_SMTP_STARTTLS_POLICY: "MandatoryStartTLS",
      GF_SMTP_EHLO_IDENTITY: "m.example.com",
      GF_SMTP_USER: "monitoring",
      GF_SMTP_PASSWORD: "$__file{/etc/grafana/secrets/smtp/smtpPassword}",
    });
  });

  test("needs a mail server, and its password even without alerting", () => {
    assert.deepEqual(problems({ email: { enabled: true } }), [
      'visualization.email.enabled: requires alerting.email.smarthost; set it to the mail server, such as "smtp.example.com:587"',
    ]);
    const needs = missingSecretNeeds(
      settings({ email: { enabled: true } }, { alerting: { enabled: false, email: smtp } }),
      new Set(),
    );
    assert.deepEqual(needs, [{ key: "smtpPassword", because: "visualization.email" }]);
  });

  test("the password is only in files of Grafana and Alertmanager", async () => {
    const values = {
      alerting: { email: { ...smtp, to: { default: ["oncall@example.com"] } } },
      visualization: { email: { enabled: true } },
    };
    const resources = await registered(production(values));
    assert.deepEqual(
      secretFiles(resources, "alertmanager", ["smtpPassword"]).map((line) => line.replace(/^\S*(?=grafana-)/, "")),
      ["alertmanager-secrets", "grafana-smtp"].map((set) => `${set} smtpPassword ${canary}-smtpPassword`),
    );
  });
});

describe("visualization.extraDashboards", () => {
  const own = join(folder, "own");
  mkdirSync(join(own, "Team audio"), { recursive: true });
  writeFileSync(join(own, "top.json"), '{"uid": "top", "title": "Top"}');
  writeFileSync(join(own, "Team audio", "mix.json"), '{"uid": "mix", "title": "Mix"}');

  test("subdirectories become folders of Grafana", () => {
    const { providers = [] } = provisioned({ extraDashboards: own }, "dashboards");
    assert.deepEqual(
      (providers as Record<string, unknown>[]).map(({ name, folder, folderUid, options }) => [
        name,
        folder,
        folderUid,
        options,
      ]),
      [
        ["white-room", "White Room", "white-room", { path: "/etc/grafana/dashboards" }],
        ["team-audio", "Team audio", "team-audio", { path: "/etc/grafana/folders/team-audio" }],
      ],
    );
  });

  test("each folder is mounted with its own files", async () => {
    const objects = objectsOf(await registered(production({ visualization: { extraDashboards: own } })));
    const names = (name: string) =>
      Object.keys(objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name)?.data ?? {});
    assert.deepEqual(names("grafana-dashboards-team-audio"), ["mix.json"]);
    assert.ok(names("grafana-dashboards").includes("top.json") && !names("grafana-dashboards").includes("mix.json"));
  });

  test("invalid folders are reported together", () => {
    const wrong = join(folder, "wrong");
    mkdirSync(join(wrong, "Team audio", "nested"), { recursive: true });
    mkdirSync(join(wrong, "empty"));
    mkdirSync(join(wrong, "cost $HOME"));
    mkdirSync(join(wrong, "White-Room"));
    const at = "visualization.extraDashboards: ";
    assert.deepEqual(problems({ extraDashboards: wrong }), [
      `${at}${wrong}/Team audio contains the directory nested, but folders cannot be nested; move its files`,
      `${at}${wrong}/White-Room gets the uid "white-room", which is already used by the built-in dashboards; rename it`,
      `${at}${wrong}/cost $HOME is not a valid folder name; use at most 40 characters, with letters from "a" to "z" or digits, such as "Team audio"`,
      `${at}${wrong}/empty contains no .json files; add one, or remove it`,
    ]);
  });

  test("any dashboard can be the home dashboard", () => {
    const home = (homeDashboard: string) =>
      grafanaEnvironment(settings({ extraDashboards: own, homeDashboard }))[
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
      ];
    assert.equal(home("mix"), "/etc/grafana/folders/team-audio/mix.json");
    assert.equal(home("top"), "/etc/grafana/dashboards/top.json");
    assert.equal(home("white-room-logs"), "/etc/grafana/dashboards/white-room-logs.json");
    assert.deepEqual(problems({ homeDashboard: "mine" }), [
      'visualization.homeDashboard: "mine" is not the uid of a dashboard; use a uid such as "white-room-system-health", or that of a file in visualization.extraDashboards',
    ]);
  });

  test("a home dashboard of a disabled component is reported together with all other problems", () => {
    const uids = '"white-room-home", "white-room-system-health", "white-room-alerts" or "white-room-monitoring"';
    const alerting = {
      port: 9090,
      pagerduty: { enabled: false },
      slack: { enabled: false },
      email: { enabled: false },
      heartbeat: { enabled: false },
    };
    assert.deepEqual(
      problems(
        { homeDashboard: "white-room-logs", plugins: [{ id: "grafana-piechart-panel", version: "2" }] },
        { logs: { enabled: false }, alerting },
      ),
      [
        'visualization.plugins[0].version: "2" is not a version; use an exact version, such as "2.1.9"',
        "alerting.port: 9090 is already used by metrics.port; use another port",
        `visualization.homeDashboard: "white-room-logs" is not deployed, because it would have no data with this config; enable what it shows, or use ${uids}`,
      ],
    );
  });
});

test("visualization.theme sets the default theme", () => {
  assert.equal(grafanaEnvironment(settings({ theme: "light" }))["GF_USERS_DEFAULT_THEME"], "light");
  assert.equal(grafanaEnvironment(settings({}))["GF_USERS_DEFAULT_THEME"], undefined);
});
