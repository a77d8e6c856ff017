import assert from "node:assert/strict";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run, tryRun } from "../../../scripts/lib/run-command.ts";
import { eventually, marker, readJson } from "../running-stack.ts";
import { type Accepted, Outside } from "./outside.ts";
import { apply, configFile, fast, root, secretsFile, stack } from "./sandbox.ts";
import { leaks, secretFiles } from "./secret-places.ts";
import { SignedIn } from "./signed-in.ts";
import {
  canary,
  port,
  rule,
  ruleTest,
  type Secrets,
  secretsOf,
  type UserConfig,
  userConfig,
  users,
} from "./user-config.ts";

/*
 * A stack file that uses every kind of extension at once. Leaves unproved: Grafana's secrets, because the sandbox has no Grafana.
 */

const acceptedOf = (secrets: Secrets): Accepted => ({
  token: secrets["applicationToken-licensing"] ?? "",
  password: secrets["applicationPassword-billing"] ?? "",
  metrics: secrets["remoteWritePassword-archive"] ?? "",
  logs: secrets["logsRemotePassword-central"] ?? "",
});

const outside = new Outside(acceptedOf(secretsOf("first", "")));
const logs = join(outside.folder, "logs");
const rules = join(outside.folder, "rules");
const kept = existsSync(secretsFile) ? readFileSync(secretsFile) : undefined;
const gateway = new SignedIn(port);
let config: UserConfig;
let secrets: Secrets = {};

/** Deploys changes of the config and of the secrets. */
async function deploy(changes: Partial<UserConfig>, changed: Secrets): Promise<string> {
  config = { ...config, ...changes };
  secrets = { ...secrets, ...changed };
  outside.accept(acceptedOf(secrets));
  gateway.login = login("alice");
  writeFileSync(secretsFile, JSON.stringify({ ...readJson(secretsFile), ...secrets }), { mode: 0o600 });
  return apply(userConfig(config), Object.keys(secrets));
}

const login = (user: string) => `${user}:${secrets[`gatewayPassword-${user}`]}`;
const pathOf = (key: string) => new URL(secrets[key] ?? "").pathname;
const targetsUp = async () => (await gateway.prometheus('up{job=~"licensing|billing"} == 1')).length === 2;

/** Receivers that were notified about an alert. */
const notifiedAbout = (alert: string) =>
  [...new Set(outside.notified.filter(({ body }) => body.includes(alert)).map(({ path }) => path))].sort();

async function certificate(name: string, addresses?: readonly string[]): Promise<{ certificate: string; key: string }> {
  const issued = await outside.issue(name, addresses);
  return { certificate: readFileSync(issued.certificate, "utf8"), key: readFileSync(issued.key, "utf8") };
}

before(async () => {
  for (const folder of [logs, rules]) mkdirSync(folder);
  chmodSync(outside.folder, 0o755);
  for (const name of ["licensing", "release"]) writeFileSync(join(logs, `${name}.log`), "");
  writeFileSync(join(rules, "licensing.yml"), rule);
  writeFileSync(join(rules, "licensing.test.yml"), ruleTest);
  await outside.start();
  await apply(fast);
  const scraper = await certificate("scraper");
  const given = { ...secretsOf("first", outside.receivers), "applicationTlsKey-billing": scraper.key };
  await deploy({ outside, logs, rules, clientCertificate: scraper.certificate }, given);
  gateway.ca = await stack.execute("sign-in-gateway", ["cat", "/data/caddy/pki/authorities/local/root.crt"]);
});

after(async () => {
  writeFileSync(secretsFile, kept ?? "{}", { mode: 0o600 });
  await apply(fast);
  await outside.stop();
});

test("check-rules accepts the rules and runs their test", async () => {
  const words = ["scripts/check-rules.ts", rules, "--stack", "sandbox", "--config-file", configFile];
  const { code, output } = await tryRun(process.execPath, words, { cwd: root });
  assert.equal(code, 0, output);
  assert.match(output, /^1 alert, no problems\n/);
  assert.match(output, /SUCCESS/);
});

test("every page answers 401 without a password and 200 with the password of each user", async () => {
  for (const path of ["/", "/prometheus/query", "/alertmanager/", "/loki/ready", "/demo/", "/notifications"]) {
    assert.equal((await gateway.page(path)).status, 401, path);
    assert.equal((await gateway.page(path, "alice:wrong-password")).status, 401, path);
    for (const user of users) assert.equal((await gateway.page(path, login(user))).status, 200, `${user} ${path}`);
  }
});

test("nothing but the gateway is published", async () => {
  const ports = await run("docker", ["ps", "--filter", `name=^${stack.container("")}`, "--format", "{{.Ports}}"]);
  const published = ports.split(/\n|, /).filter((each) => each.includes("->"));
  assert.deepEqual(published, [`127.0.0.1:${port}->8443/tcp`]);
  for (const closed of [9090, 9093, 3100, 3000, 9080, 8009, 8025, 1514])
    assert.equal(await connects(closed), false, `port ${closed}`);
});

test("targets with a bearer token, or a password and a client certificate, are scraped with a private CA", async () => {
  await eventually("both targets up", 60, targetsUp);
});

test("the remote store has the samples of the jobs that its filter keeps, and no others", async () => {
  await eventually("samples in the store", 60, async () => (await outside.stored("license_sessions")).length === 2);
  const series = await outside.stored('group by (job, service, cluster, env) ({__name__=~".+"})');
  assert.deepEqual(
    series.map(({ metric }) => metric).sort((a, b) => (String(a["job"]) < String(b["job"]) ? -1 : 1)),
    ["billing", "licensing"].map((name) => ({ job: name, service: name, cluster: "local", env: "dev" })),
  );
});

test("a line of a log file in logfmt has its labels, and goes to the remote store too", async () => {
  const trace = marker();
  appendFileSync(join(logs, "licensing.log"), `time=${new Date().toISOString()} severity=warn trace=${trace} seat=7\n`);
  const [found] = await eventually("the line in Loki", 60, async () => {
    const lines = await gateway.loki(`{service="licensing", level="warn"} | trace_id="${trace}"`);
    return lines.length > 0 && lines;
  });
  const { service, level, cluster, env } = found?.stream ?? {};
  assert.deepEqual([service, level, cluster, env], ["licensing", "warn", "local", "dev"]);
  assert.match(found?.values[0]?.[1] ?? "", /seat=7/);
  await eventually("lines at the remote store", 30, async () => (outside.accepted.get("/logs") ?? 0) > 0);
});

test("an alert of the user's rules reaches the webhook of its team and nobody else", async () => {
  outside.sessions = 150;
  const webhook = pathOf("webhookUrl-mobile");
  await eventually("the notification", 90, async () => notifiedAbout("LicenseServerFull").includes(webhook));
  const sent = JSON.parse(outside.notified.find(({ path }) => path === webhook)?.body ?? "{}");
  assert.equal(sent.status, "firing");
  assert.deepEqual(sent.alerts[0].labels, {
    ...{ alertname: "LicenseServerFull", severity: "medium", priority: "P2", team: "mobile" },
    ...{ service: "licensing", cluster: "local", env: "dev" },
  });
  assert.equal(sent.alerts[0].annotations.description, "licensing has 150 sessions.");
  assert.ok(sent.externalURL.startsWith(`https://localhost:${port}/alertmanager`), sent.externalURL);
  outside.sessions = 0;
  await eventually("the resolution", 60, async () =>
    outside.notified.some(({ path, body }) => path === webhook && JSON.parse(body).status === "resolved"),
  );
  assert.deepEqual(notifiedAbout("LicenseServerFull"), [webhook]);
});

test("a second deployment changes nothing", async () => {
  const identities = await stack.identities();
  const output = await deploy({}, {});
  assert.doesNotMatch(output, /Reloading|Restarting/);
  assert.deepEqual(await stack.identities(), identities);
});

test("another team and log file are added without a restart", async () => {
  const identities = await stack.identities();
  const output = await deploy({ more: true }, {});
  for (const program of ["alertmanager", "promtail"]) assert.match(output, new RegExp(`Reloading ${program}`));
  const word = marker();
  appendFileSync(join(logs, "release.log"), `ERROR ${word}\n`);
  await eventually("the line in Loki", 60, async () => {
    const lines = await gateway.loki(`{service="release", level="error"} |= "${word}"`);
    return lines.length > 0;
  });
  await notifies({ release: [pathOf("webhookUrl-release"), "/pagerduty"] });
  assert.deepEqual(await stack.identities(), identities);
});

test("every secret is rotated without a restart", async () => {
  const identities = await stack.identities();
  const scraper = await certificate("scraper-2");
  const earlier = users.map(login);
  const accepted = outside.accepted.get("/logs") ?? 0;
  await deploy(
    { clientCertificate: scraper.certificate },
    { ...secretsOf("second", outside.receivers), "applicationTlsKey-billing": scraper.key },
  );

  await eventually("the gateway accepts the new passwords", 60, async () => {
    const { status } = await gateway.page("/", login("bob"));
    return status === 200;
  });
  for (const refused of earlier) assert.equal((await gateway.page("/", refused)).status, 401);
  await eventually("both targets up", 60, targetsUp);
  const since = Math.ceil(Date.now() / 1000) + 1;
  await eventually("new samples in the store", 60, async () => {
    const found = await outside.stored("timestamp(license_sessions)");
    return found.length === 2 && found.every(({ value }) => Number(value[1]) > since);
  });
  appendFileSync(join(logs, "licensing.log"), "severity=info msg=rotated\n");
  await eventually("lines at the remote store", 60, async () => (outside.accepted.get("/logs") ?? 0) > accepted);
  const keys = await notifies({
    mobile: [pathOf("webhookUrl-mobile"), "/pagerduty"],
    studio: [pathOf("webhookUrl-studio"), pathOf("msteamsUrl-studio"), "/pagerduty"],
  });
  assert.deepEqual(keys, [secrets["pagerdutyKey-mobile"], secrets["pagerdutyCriticalKey"]].sort());
  assert.deepEqual(await stack.identities(), identities);
});

/** Posts a P0 alert of each team, and expects it at exactly these receivers. Returns the keys that PagerDuty got. */
async function notifies(teams: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const name = `Posted${marker().slice(0, 6)}`;
  const alerts = Object.keys(teams).map((team) => ({
    labels: { alertname: `${name}-${team}`, severity: "critical", priority: "P0", team, service: "app" },
    annotations: { summary: "s", description: "d" },
  }));
  const posted = await gateway.page("/alertmanager/api/v2/alerts", gateway.login, JSON.stringify(alerts));
  assert.equal(posted.status, 200, posted.text);
  for (const [team, paths] of Object.entries(teams)) {
    const notified = () => notifiedAbout(`${name}-${team}`);
    await eventually(`notifications of ${team}`, 60, async () => notified().length >= paths.length);
    assert.deepEqual(notified(), [...paths].sort());
  }
  const keys = outside.notified
    .filter(({ path, body }) => path === "/pagerduty" && body.includes(name))
    .map(({ body }) => JSON.parse(body).routing_key as string);
  return [...new Set(keys)].sort();
}

test("the gateway switches to the user's certificate, and to a renewed one with its key, without a restart", async () => {
  const identities = await stack.identities();
  const { ca } = gateway;
  for (const name of ["own", "renewed"]) {
    const { certificate: pem, key } = await certificate(name, ["localhost"]);
    await deploy({ gateway: { tls: "files", certificate: pem } }, { gatewayTlsKey: key });
    gateway.ca = ca + outside.ca;
    await eventually(`the certificate ${name}`, 60, async () => {
      const { status, subject } = await gateway.page("/", gateway.login);
      return status === 200 && subject === name;
    });
  }
  assert.deepEqual(await stack.identities(), identities);
});

test("secrets are only in their files", async () => {
  const texts = [
    canary,
    ...Object.entries(secrets).flatMap(([key, value]) => (/TlsKey/.test(key) ? [value.trim()] : [])),
  ];
  assert.deepEqual(secretFiles(texts), {
    alertmanager: [
      ...["heartbeatUrl", "msteamsUrl-studio", "pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutyKey-mobile"],
      ...["pagerdutySecurityKey", "webhookUrl-mobile", "webhookUrl-release", "webhookUrl-studio"],
    ],
    prometheus: [
      ...["applicationPassword-billing", "applicationTlsKey-billing", "applicationToken-licensing"],
      "remoteWritePassword-archive",
    ],
    promtail: ["logsRemotePassword-central"],
    // Of its passwords, it has only hashes.
    "sign-in-gateway": ["<certificate>.key"],
  });
  const pages = ["/prometheus/api/v1/status/config", "/prometheus/api/v1/targets", "/prometheus/api/v1/rules"];
  const shown = [...pages, "/alertmanager/api/v2/status"].map(
    async (path) => [path, await gateway.text(path)] as const,
  );
  assert.deepEqual(await leaks(texts, await Promise.all(shown)), []);
  // Last, because Loki logs the text of queries.
  assert.deepEqual(await gateway.loki(`{service=~".+"} |= "${canary}"`), []);
});

function connects(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(at, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("close", () => socket.destroy());
  });
}
