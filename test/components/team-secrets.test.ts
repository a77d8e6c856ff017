import assert from "node:assert/strict";
import { test } from "node:test";
import { objectsOf, production, productionOnDocker } from "./kubernetes-objects.ts";
import { secretFiles } from "./secret-places.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const teams = { mobile: { pagerduty: true, webhook: true, msteams: true }, ops: { webhook: true } };
const prod = stackConfig("prod").values as Record<string, Record<string, unknown>>;
const alerting = { ...prod["alerting"], teams };
const keys = ["pagerdutyKey-mobile", "webhookUrl-mobile", "msteamsUrl-mobile", "webhookUrl-ops"];

test("secrets of teams are in files that only Alertmanager reads, on both platforms", async () => {
  const docker = productionOnDocker();
  const onDocker = {
    ...docker,
    values: { ...docker.values, alerting: { ...alerting, replicas: 1 } },
    secrets: new Set([...docker.secrets, ...keys]),
  };
  for (const config of [production({ alerting }), onDocker]) {
    const resources = await registered(config);
    assert.deepEqual(
      secretFiles(resources, "alertmanager", keys),
      keys.map((key) => `alertmanager-secrets ${key} ${canary}-${key}`).sort(),
    );
  }
});

test("on Kubernetes, Alertmanager may reach webhooks and Microsoft Teams in their own ranges", async () => {
  const network = { egress: { webhook: ["192.0.2.0/24"], msteams: ["198.51.100.0/24"] } };
  const rulesOf = async (values: Record<string, unknown>) =>
    JSON.stringify(
      objectsOf(await registered(production(values))).find(
        ({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "alertmanager",
      )?.spec,
    );
  const rules = await rulesOf({ alerting, network });
  assert.ok(rules.includes("192.0.2.0/24") && rules.includes("198.51.100.0/24"), rules);
  assert.ok(!(await rulesOf({ network })).includes("192.0.2.0/24"));
});

test("captured notifications of teams go to the demo's receivers", async () => {
  const resources = await registered(stackConfig("dev", { alerting: { teams } }, ["webhookUrl-mobile"]));
  const carrier = resources.find(
    ({ name, type }) => name.endsWith("alertmanager-secrets") && type.includes("Container"),
  );
  const files = new Map(
    ((carrier?.inputs["uploads"] ?? []) as { file: string; content: string }[]).map(({ file, content }) => [
      file.split("/").at(-1),
      content,
    ]),
  );
  assert.equal(files.get("webhookUrl-mobile"), "http://demo-sinks:8025/webhook/mobile");
  assert.equal(files.get("msteamsUrl-mobile"), "http://demo-sinks:8025/msteams/mobile");
  assert.equal(files.get("pagerdutyKey-mobile"), "demo-pagerduty-mobile-key");
});

test("pagerdutyKey-security takes the place of pagerdutySecurityKey", async () => {
  const config = production();
  const secrets = new Set([...config.secrets].filter((key) => key !== "pagerdutySecurityKey"));
  const objects = objectsOf(await registered({ ...config, secrets: secrets.add("pagerdutyKey-security") }));
  const [held] = objects.flatMap(({ kind, data }) =>
    kind === "Secret" && data?.["pagerdutySecurityKey"] !== undefined ? [data["pagerdutySecurityKey"]] : [],
  );
  assert.equal(Buffer.from(held ?? "", "base64").toString(), `${canary}-pagerdutyKey-security`);
});
