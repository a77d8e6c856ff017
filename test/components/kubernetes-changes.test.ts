import assert from "node:assert/strict";
import { test } from "node:test";
import { type Registered, registerResources } from "../../scripts/render/register.ts";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const resources = await registered(production());

/** Workloads whose pods roll when this config takes the place of prod's. */
function rolled(after: readonly Registered[]): string[] {
  const before = pods(objectsOf(resources));
  return [...pods(objectsOf(after))]
    .filter(([name, template]) => JSON.stringify(template) !== JSON.stringify(before.get(name)))
    .map(([name]) => name);
}

const changes: [what: string, values: Record<string, unknown>, rolls: string[]][] = [
  ["an alert's threshold", { alerting: { ...alerting(), rules: { HighCpuUsage: { threshold: 0.5 } } } }, []],
  ["a route's wait", { alerting: { ...alerting(), waits: { high: { repeatInterval: "3h" } } } }, []],
  ["Loki's limit of streams", { logs: { maxStreams: 6000 } }, []],
  ["Loki's retention", { logs: { retention: "14d" } }, ["loki"]],
  ["a log file's place", { logs: { sources: { nginx: { paths: ["/srv/nginx/*.log"] } } } }, ["alloy"]],
  ["a log source, of a folder that is mounted anyway", { logs: { sources: { nginx: { enabled: false } } } }, []],
];

for (const [what, values, rolls] of changes) {
  test(`${what} changes and ${rolls.length === 0 ? "no pod rolls" : `these roll: ${rolls.join(", ")}`}`, async () => {
    const after = await registered(production(values));
    assert.notDeepEqual(after, resources);
    assert.deepEqual(rolled(after), rolls);
  });
}

for (const [key, rolls] of [
  ["smtpPassword", []],
  ["pagerdutyCriticalKey", []],
  ["grafanaAdminPassword", []],
  ["postgresPassword-primary", ["postgres-exporter-primary"]],
] as const) {
  test(`the secret ${key} is rotated and ${rolls.length === 0 ? "no pod rolls" : `${rolls.join()} rolls`}`, async () => {
    const after = await registerResources(production(), (name) => `${canary}-${name}${name === key ? "-new" : ""}`);
    assert.notDeepEqual(after, resources);
    assert.deepEqual(rolled(after), rolls);
  });
}

function alerting(): Record<string, unknown> {
  return stackConfig("prod").values["alerting"] as Record<string, unknown>;
}

/** Names of the Jobs that check files. */
function checkers(found: readonly Registered[]): string[] {
  return objectsOf(found)
    .flatMap(({ kind, metadata }) => (kind === "Job" ? [metadata.name] : []))
    .sort();
}

test("changed limits of a program do not run its checker again", async () => {
  const limits = { memory: "3Gi" };
  const values = { metrics: { replicas: 2, limits }, logs: { collectorLimits: limits }, probes: { limits } };
  const after = await registered(production({ ...values, alerting: { ...alerting(), limits } }));
  assert.deepEqual(rolled(after).sort(), ["alertmanager", "alloy", "blackbox", "prometheus"]);
  assert.deepEqual(checkers(after), checkers(resources));
});

test("changed files get a checker with a new name, and unchanged files keep theirs", async () => {
  const before = checkers(resources);
  const rules = { alerting: { ...alerting(), rules: { HighCpuUsage: { threshold: 0.5 } } } };
  const changed = checkers(await registered(production(rules))).filter((name) => !before.includes(name));
  assert.deepEqual(
    changed.map((name) => name.replace(/[0-9a-f]{10}$/, "")),
    ["prometheus-config-check-"],
  );
});

test("a checker reads exactly the files that its program reads, at the same paths", () => {
  const checkers = objectsOf(resources).filter(({ kind }) => kind === "Job");
  const commands = checkers.map(({ spec }) => spec?.template?.spec.containers[0]?.command.join(" "));
  assert.deepEqual(commands.sort(), [
    "/bin/alloy validate --stability.level=public-preview /etc/alloy/config.alloy",
    "/bin/amtool check-config /etc/alertmanager/config/alertmanager.yml",
    "/bin/blackbox_exporter --config.check --config.file=/etc/blackbox/config/blackbox.yml",
    "/bin/promtool check config /etc/prometheus/prometheus.yml",
  ]);
  const data = (name: string) =>
    objectsOf(resources).find((found) => found.kind === "ConfigMap" && found.metadata.name === name)?.data;
  for (const name of ["alertmanager-config", "alloy-config", "prometheus-config"]) {
    assert.deepEqual(data(`${name}-check`), data(name));
  }
});
