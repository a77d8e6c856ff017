import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../../../scripts/lib/run-command.ts";
import { eventually, marker, type RunningStack } from "../running-stack.ts";
import { type Accepted, Outside } from "./outside.ts";
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

const acceptedOf = (secrets: Secrets): Accepted => ({
  token: secrets["applicationToken-licensing"] ?? "",
  password: secrets["applicationPassword-billing"] ?? "",
  metrics: secrets["remoteWritePassword-archive"] ?? "",
  logs: secrets["logsRemotePassword-central"] ?? "",
});

/** Deploys a config with these secrets, of which `changed` are new. Returns what was printed. */
type Deploy = (values: Record<string, unknown>, secrets: Secrets, changed: Secrets) => Promise<string>;

/** A stack that uses every kind of extension at once, the servers it talks to, and what its user expects of it. */
export class UserStack {
  readonly outside = new Outside(acceptedOf(secretsOf("first", "")));
  readonly gateway = new SignedIn(port);
  readonly logs = join(this.outside.folder, "logs");
  readonly rules = join(this.outside.folder, "rules");
  secrets: Secrets = {};
  readonly #stack: RunningStack;
  readonly #deploy: Deploy;
  #config: UserConfig | undefined;

  constructor(stack: RunningStack, deploy: Deploy) {
    this.#stack = stack;
    this.#deploy = deploy;
  }

  /** Starts the servers, and deploys the stack. */
  async start(): Promise<void> {
    const { outside, logs, rules } = this;
    for (const folder of [logs, rules]) mkdirSync(folder);
    chmodSync(outside.folder, 0o755);
    for (const name of ["licensing", "release"]) writeFileSync(join(logs, `${name}.log`), "");
    writeFileSync(join(rules, "licensing.yml"), rule);
    writeFileSync(join(rules, "licensing.test.yml"), ruleTest);
    await outside.start();
    const scraper = await this.certificate("scraper");
    this.#config = { outside, logs, rules, clientCertificate: scraper.certificate };
    await this.deploy({}, { ...secretsOf("first", outside.receivers), "applicationTlsKey-billing": scraper.key });
    const authority = ["cat", "/data/caddy/pki/authorities/local/root.crt"];
    this.gateway.ca = await this.#stack.execute("sign-in-gateway", authority);
  }

  /** Deploys changes of the config and of the secrets. */
  async deploy(changes: Partial<UserConfig>, changed: Secrets): Promise<string> {
    if (this.#config === undefined) throw new Error("not started");
    this.#config = { ...this.#config, ...changes };
    this.secrets = { ...this.secrets, ...changed };
    this.outside.accept(acceptedOf(this.secrets));
    this.gateway.login = this.login("alice");
    return this.#deploy(userConfig(this.#config), this.secrets, changed);
  }

  login(user: string): string {
    return `${user}:${this.secrets[`gatewayPassword-${user}`]}`;
  }

  async certificate(name: string, addresses?: readonly string[]): Promise<{ certificate: string; key: string }> {
    const issued = await this.outside.issue(name, addresses);
    return { certificate: readFileSync(issued.certificate, "utf8"), key: readFileSync(issued.key, "utf8") };
  }

  /** Part of every secret: the canary, or one line of a certificate's key, because JSON escapes line breaks. */
  get secretTexts(): string[] {
    const keys = Object.entries(this.secrets).filter(([key]) => key.includes("TlsKey"));
    return [canary, ...keys.map(([, value]) => value.split("\n")[2] ?? "")];
  }

  async pagesNeedPassword(): Promise<void> {
    for (const path of ["/", "/prometheus/query", "/alertmanager/", "/loki/ready", "/demo/", "/notifications"]) {
      assert.equal((await this.gateway.page(path)).status, 401, path);
      assert.equal((await this.gateway.page(path, "alice:wrong-password")).status, 401, path);
      for (const user of users)
        assert.equal((await this.gateway.page(path, this.login(user))).status, 200, `${user} ${path}`);
    }
  }

  async onlyGatewayIsPublished(): Promise<void> {
    const name = `name=^${this.#stack.container("")}`;
    const ports = await run("docker", ["ps", "--filter", name, "--format", "{{.Ports}}"]);
    const published = ports.split(/\n|, /).filter((each) => each.includes("->"));
    assert.deepEqual(published, [`127.0.0.1:${port}->8443/tcp`]);
    for (const closed of [9090, 9093, 3100, 3000, 9080, 8009, 8025, 1514])
      assert.equal(await connects(closed), false, `port ${closed}`);
  }

  async targetsAreUp(): Promise<void> {
    const up = () => this.gateway.prometheus('up{job=~"licensing|billing"} == 1');
    await eventually("both targets up", 60, async () => (await up()).length === 2);
  }

  async storeHasSamples(): Promise<void> {
    const stored = (query: string) => this.outside.stored(query);
    await eventually("samples in the store", 60, async () => (await stored("license_sessions")).length === 2);
    const series = await stored('group by (job, service, cluster, env) ({__name__=~".+"})');
    assert.deepEqual(
      series.map(({ metric }) => metric).sort((a, b) => (String(a["job"]) < String(b["job"]) ? -1 : 1)),
      ["billing", "licensing"].map((name) => ({ job: name, service: name, cluster: "local", env: "dev" })),
    );
  }

  /** Waits for samples that the store gets from now on. */
  async storeGetsSamples(): Promise<void> {
    const since = Math.ceil(Date.now() / 1000) + 1;
    await eventually("new samples in the store", 60, async () => {
      const found = await this.outside.stored("timestamp(license_sessions)");
      return found.length === 2 && found.every(({ value }) => Number(value[1]) > since);
    });
  }

  async lineHasLabels(): Promise<void> {
    const trace = marker();
    const line = `time=${new Date().toISOString()} severity=warn trace=${trace} seat=7\n`;
    appendFileSync(join(this.logs, "licensing.log"), line);
    const [found] = await eventually("the line in Loki", 60, async () => {
      const lines = await this.gateway.loki(`{service="licensing", level="warn"} | trace_id="${trace}"`);
      return lines.length > 0 && lines;
    });
    const { service, level, cluster, env } = found?.stream ?? {};
    assert.deepEqual([service, level, cluster, env], ["licensing", "warn", "local", "dev"]);
    assert.match(found?.values[0]?.[1] ?? "", /seat=7/);
    await eventually("lines at the remote store", 30, async () => (this.outside.accepted.get("/logs") ?? 0) > 0);
  }

  /** An alert of the user's rules reaches the webhook of its team, and nobody else. */
  async alertReachesItsTeam(): Promise<void> {
    const { outside } = this;
    outside.sessions = 150;
    const webhook = this.pathOf("webhookUrl-mobile");
    const received = () => outside.notified.filter(({ path }) => path === webhook).map(({ body }) => JSON.parse(body));
    await eventually("the notification", 90, async () => this.#notifiedAbout("LicenseServerFull").includes(webhook));
    const [sent] = received();
    assert.equal(sent.status, "firing");
    assert.deepEqual(sent.alerts[0].labels, {
      ...{ alertname: "LicenseServerFull", severity: "medium", priority: "P2", team: "mobile" },
      ...{ service: "licensing", cluster: "local", env: "dev" },
    });
    assert.equal(sent.alerts[0].annotations.description, "licensing has 150 sessions.");
    assert.ok(sent.externalURL.startsWith(`https://localhost:${port}/alertmanager`), sent.externalURL);
    outside.sessions = 0;
    await eventually("the resolution", 60, async () => received().some(({ status }) => status === "resolved"));
    assert.deepEqual(this.#notifiedAbout("LicenseServerFull"), [webhook]);
  }

  /** Posts a P0 alert of each team, and expects it at exactly these receivers. Returns the keys that PagerDuty got. */
  async notifies(teams: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
    const name = `Posted${marker().slice(0, 6)}`;
    const alerts = Object.keys(teams).map((team) => ({
      labels: { alertname: `${name}-${team}`, severity: "critical", priority: "P0", team, service: "app" },
      annotations: { summary: "s", description: "d" },
    }));
    const { gateway } = this;
    const posted = await gateway.page("/alertmanager/api/v2/alerts", gateway.login, JSON.stringify(alerts));
    assert.equal(posted.status, 200, posted.text);
    for (const [team, paths] of Object.entries(teams)) {
      const notified = () => this.#notifiedAbout(`${name}-${team}`);
      await eventually(`notifications of ${team}`, 60, async () => notified().length >= paths.length);
      assert.deepEqual(notified(), [...paths].sort());
    }
    const keys = this.outside.notified
      .filter(({ path, body }) => path === "/pagerduty" && body.includes(name))
      .map(({ body }) => JSON.parse(body).routing_key as string);
    return [...new Set(keys)].sort();
  }

  /** Adds a team and a log file. Returns what the deployment printed. */
  async addTeamAndLogFile(): Promise<string> {
    const output = await this.deploy({ more: true }, {});
    const word = marker();
    appendFileSync(join(this.logs, "release.log"), `ERROR ${word}\n`);
    await eventually("the line in Loki", 60, async () => {
      const lines = await this.gateway.loki(`{service="release", level="error"} |= "${word}"`);
      return lines.length > 0;
    });
    await this.notifies({ release: [this.pathOf("webhookUrl-release"), "/pagerduty"] });
    return output;
  }

  /** Changes every secret, and expects the new ones in use. Returns what the deployment printed. */
  async rotateSecrets(): Promise<string> {
    const { outside, gateway } = this;
    const scraper = await this.certificate("scraper-2");
    const earlier = users.map((user) => this.login(user));
    const accepted = outside.accepted.get("/logs") ?? 0;
    const rotated = { ...secretsOf("second", outside.receivers), "applicationTlsKey-billing": scraper.key };
    const output = await this.deploy({ clientCertificate: scraper.certificate }, rotated);

    await eventually("the gateway accepts the new passwords", 60, async () => {
      const { status } = await gateway.page("/", this.login("bob"));
      return status === 200;
    });
    for (const refused of earlier) assert.equal((await gateway.page("/", refused)).status, 401);
    await this.targetsAreUp();
    await this.storeGetsSamples();
    appendFileSync(join(this.logs, "licensing.log"), "severity=info msg=rotated\n");
    await eventually("lines at the remote store", 60, async () => (outside.accepted.get("/logs") ?? 0) > accepted);
    const keys = await this.notifies({
      mobile: [this.pathOf("webhookUrl-mobile"), "/pagerduty"],
      studio: [this.pathOf("webhookUrl-studio"), this.pathOf("msteamsUrl-studio"), "/pagerduty"],
    });
    assert.deepEqual(keys, [this.secrets["pagerdutyKey-mobile"], this.secrets["pagerdutyCriticalKey"]].sort());
    return output;
  }

  /** Switches the gateway to the user's certificate, then to a renewed one with its key. Returns the output of each. */
  async changeGatewayCertificate(): Promise<string[]> {
    const { gateway, outside } = this;
    const { ca } = gateway;
    const outputs: string[] = [];
    for (const name of ["own", "renewed"]) {
      const { certificate, key } = await this.certificate(name, ["localhost"]);
      outputs.push(await this.deploy({ gateway: { tls: "files", certificate } }, { gatewayTlsKey: key }));
      gateway.ca = ca + outside.ca;
      await eventually(`the certificate ${name}`, 60, async () => {
        const { status, subject } = await gateway.page("/", gateway.login);
        return status === 200 && subject === name;
      });
    }
    return outputs;
  }

  /** Pages that show what programs read. */
  shownConfigs(): Promise<(readonly [path: string, text: string])[]> {
    const pages = ["/prometheus/api/v1/status/config", "/prometheus/api/v1/targets", "/prometheus/api/v1/rules"];
    return Promise.all(
      [...pages, "/alertmanager/api/v2/status"].map(async (path) => [path, await this.gateway.text(path)] as const),
    );
  }

  pathOf(key: string): string {
    return new URL(this.secrets[key] ?? "").pathname;
  }

  /** Receivers that were notified about an alert. */
  #notifiedAbout(alert: string): string[] {
    const { notified } = this.outside;
    return [...new Set(notified.filter(({ body }) => body.includes(alert)).map(({ path }) => path))].sort();
  }
}

function connects(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(at, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("close", () => socket.destroy());
  });
}

/** Tests of what every deployment of the stack must do, with the sandbox's deployer or the real engine. */
export function testExtensions(user: UserStack): void {
  test("every page answers 401 without a password and 200 with the password of each user", () =>
    user.pagesNeedPassword());
  test("nothing but the gateway is published", () => user.onlyGatewayIsPublished());
  test("targets with a bearer token, or a password and a client certificate, are scraped with a private CA", () =>
    user.targetsAreUp());
  test("the remote store has the samples of the jobs that its filter keeps, and no others", () =>
    user.storeHasSamples());
  test("a line of a log file in logfmt has its labels, and goes to the remote store too", () => user.lineHasLabels());
  test("an alert of the user's rules reaches the webhook of its team and nobody else", () =>
    user.alertReachesItsTeam());
}
