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
