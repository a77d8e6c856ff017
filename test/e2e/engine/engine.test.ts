import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "../../../scripts/lib/run-command.ts";
import { apiVersion, supportsIpv6 } from "../../../scripts/start/docker-host.ts";
import { postAlert } from "../alerting/alertmanager.ts";
import { eventually, marker, RunningStack } from "../running-stack.ts";
import { EngineStack, replaced } from "./engine.ts";

const engine = new EngineStack();
const stack = new RunningStack(engine.name);
/** All names of networks, volumes and containers begin with it, before and after the stack is renamed. */
const prefix = `white-room-${engine.name}`;
const canary = "canary-4e1b9";
const secrets = [
  "pagerdutyCriticalKey",
  "pagerdutyHighKey",
  "pagerdutySecurityKey",
  "slackBotToken",
  "smtpPassword",
  "postgresPassword-demo",
  "redisPassword-demo",
];

before(async () => {
  await engine.create({});
  for (const key of secrets) engine.setSecret(key, `${canary}-${key}`);
});

after(() => engine.operation(["destroy", "--yes", "--skip-preview"]));

/** When the oldest sample in Prometheus was taken, in Unix seconds; undefined while Prometheus has not scraped itself yet. */
async function firstSample(): Promise<number | undefined> {
  const [sample] = await stack.prometheus("prometheus_tsdb_lowest_timestamp_seconds");
  return sample?.value;
}

async function succeeds(...words: string[]): Promise<string> {
  const { code, output } = await engine.operation(words);
  assert.equal(code, 0, output);
  return output;
}

test("up starts every workload, and all become healthy", async () => {
  await succeeds("up", "--yes", "--skip-preview");
  await eventually("every target up", 60, async () => {
    const down = await stack.prometheus("up == 0");
    return down.length === 0 && (await stack.prometheus("up")).length >= 12;
  });
});

for (const words of [
  ["preview", "--expect-no-changes"],
  ["refresh", "--preview-only", "--expect-no-changes"],
  ["up", "--yes", "--expect-no-changes"],
]) {
  test(`no changes: ${words.join(" ")}`, async () => {
    await succeeds(...words);
  });
}

test("a changed threshold replaces only the resources that carry it", async () => {
  const identities = await stack.identities();
  await engine.set("alerting.rules.HighCpuUsage.threshold", "0.87");
  const output = await succeeds("up", "--yes", "--skip-preview");
  assert.deepEqual(replaced(output), ["prometheus-config", "viewer-dashboards"]);
  assert.deepEqual(await stack.identities(), identities);
  await eventually("the new threshold in Prometheus' rules", 45, async () => {
    const answer = await fetch("http://127.0.0.1:9090/api/v1/rules?rule_name[]=HighCpuUsage");
    return JSON.stringify(await answer.json()).includes("0.87");
  });
});

test("a rotated secret replaces only the resource that carries it, and the preview does not show it", async () => {
  const identities = await stack.identities();
  engine.setSecret("slackBotToken", `${canary}-rotated`);
  const preview = await succeeds("preview", "--diff");
  assert.ok(!preview.includes(canary), "the preview shows the secret");
  const output = await succeeds("up", "--yes", "--skip-preview");
  assert.deepEqual(replaced(output), ["alertmanager-secrets"]);
  assert.deepEqual(await stack.identities(), identities);
  assert.match(await stack.execute("alertmanager", ["cat", "/etc/alertmanager/secrets/slackBotToken"]), /rotated/);
});

test("an invalid template fails `up` with Alertmanager's message, and the old one stays in use", async () => {
  const read = () => stack.execute("alertmanager", ["cat", "/etc/alertmanager/config/templates/slack.tmpl"]);
  const [identities, template] = [await stack.identities(), await read()];
  const broken = engine.copyOfProgram();
  appendFileSync(
    join(broken, "config/products/alertmanager/templates/slack.tmpl"),
    '{{ define "white_room.broken" }}{{ if }}',
  );
  const { code, output } = await engine.operation(["up", "--yes", "--skip-preview"], broken);
  assert.notEqual(code, 0, output);
  assert.match(output, /alertmanager rejected its new config/);
  assert.match(output, /slack\.tmpl:\d+: missing value for if/);
  assert.deepEqual(await stack.identities(), identities);
  assert.equal(await read(), template);

  await run("docker", ["restart", stack.container("alertmanager")]);
  await eventually("Alertmanager healthy after a restart", 60, () => stack.isHealthy("alertmanager"));
  assert.equal(await read(), template);
  const alertname = `Template${marker().slice(0, 6)}`;
  await postAlert(alertname);
  await eventually("a Slack message by the old template", 60, async () =>
    (await stack.notifications("slack-api")).find(({ summary }) => summary.startsWith(`[P0 FIRING] ${alertname} on`)),
  );

  await succeeds("up", "--yes", "--skip-preview");
});

test("the state, container descriptions and logs contain no secret", async () => {
  const containers = (await run("docker", ["ps", "--all", "--quiet", "--filter", `name=${stack.container("")}`]))
    .split("\n")
    .filter(Boolean);
  assert.ok(containers.length > 20, `${containers.length} containers`);
  const places = { state: await engine.export(), inspect: await run("docker", ["inspect", ...containers]) };
  const logs = await Promise.all(
    containers.map(async (id) => [`log of ${id}`, await run("sh", ["-c", `docker logs ${id} 2>&1`])] as const),
  );
  const leaks = [...Object.entries(places), ...logs]
    .filter(([, text]) => text.includes(canary))
    .map(([place]) => place);
  assert.deepEqual(leaks, []);
});

test("a renamed stack gets new containers and keeps its data", async () => {
  const before = await firstSample();
  await engine.rename("e2e-renamed");
  await succeeds("up", "--yes", "--skip-preview");
  const containers = (await run("docker", ["ps", "--all", "--format", "{{.Names}}", "--filter", `name=${prefix}`]))
    .split("\n")
    .filter(Boolean);
  assert.ok(containers.length > 20, `${containers.length} containers`);
  const renamed = new RunningStack(engine.name).container("");
  assert.deepEqual(
    containers.filter((name) => !name.startsWith(renamed)),
    [],
  );
  await eventually("Prometheus scrapes itself again", 45, async () => (await firstSample()) !== undefined);
  assert.equal(await firstSample(), before);
  await succeeds("preview", "--expect-no-changes");
});

test("docker.ipv6 gives the network IPv6: Prometheus scrapes a server without IPv4, and keeps its data", async (context) => {
  const version = (await apiVersion()) ?? "";
  if (!supportsIpv6(version)) return context.skip(`requires Docker Engine 27 (API 1.46), this one has API ${version}`);
  const before = await firstSample();
  engine.change({ docker: { ipv6: true } });
  await succeeds("up", "--yes", "--skip-preview");
  const networks = await run("docker", ["network", "ls", "--quiet", "--filter", `name=${prefix}`]);
  const format = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";
  const gateways = await run("docker", ["network", "inspect", "--format", format, networks.trim()]);
  const gateway = gateways.split(" ").find(isIPv6) ?? "";
  assert.notEqual(gateway, "", gateways);
  const headers = { "content-type": "text/plain; version=0.0.4" };
  const server = createServer((_, response) => response.writeHead(200, headers).end("only_ipv6 1\n")).listen(
    0,
    gateway,
  );
  await once(server, "listening");
  try {
    const address = `[${gateway}]:${(server.address() as AddressInfo).port}`;
    engine.change({ applications: { "only-ipv6": { targets: [address] } } });
    await succeeds("up", "--yes", "--skip-preview");
    await eventually("a sample over IPv6", 60, async () => (await stack.prometheus("only_ipv6")).length > 0);
  } finally {
    server.close();
  }
  const after = await firstSample();
  // If `before` is from a scrape soon after the first start, older samples may have been stored since.
  assert.ok(before && after && after <= before, `oldest sample: before ${before}, after ${after}`);
});

test("destroy removes everything except the protected data volumes", async () => {
  await succeeds("destroy", "--yes", "--skip-preview");
  const filter = ["--filter", `name=${prefix}`];
  assert.equal(await run("docker", ["ps", "--all", "--quiet", ...filter]), "");
  assert.equal(await run("docker", ["network", "ls", "--quiet", ...filter]), "");
  const volumes = (await run("docker", ["volume", "ls", "--format", "{{.Name}}", ...filter]))
    .split("\n")
    .filter(Boolean)
    .sort();
  const kept = ["alertmanager-data", "loki-data", "prometheus-data", "promtail-positions"].map((name) =>
    stack.container(name),
  );
  assert.deepEqual(volumes, kept);
  await run("docker", ["volume", "rm", ...volumes]);
});
