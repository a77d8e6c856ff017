import assert from "node:assert/strict";
import { test } from "node:test";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { restrictedViolations } from "./pod-security.ts";
import { secretFiles } from "./secret-places.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const url = "https://shop.example:8443/login";
const probes = {
  ownPages: false,
  journeys: [
    {
      name: "shop",
      steps: [
        {
          name: "sign-in",
          request: { method: "POST", url, json: { password: "${secret.password}" } },
          save: { to: { header: "Location" } },
        },
        { name: "follow", request: { url: "${to}" } },
        { name: "plain", request: { url: "http://shop.example/" } },
      ],
    },
  ],
};
const key = "journeySecret-shop-password";
const docker = () => stackConfig("dev", { demo: { enabled: false }, alerting: { enabled: false }, probes }, [key]);

test("secrets of journeys are in files that only their runner reads, on both platforms", async () => {
  for (const config of [production({ probes }), docker()]) {
    const resources = await registered(config);
    assert.deepEqual(secretFiles(resources, "journeys", [key]), [`journeys-secrets ${key} ${canary}-${key}`]);
  }
});

test("the NetworkPolicy lets the runner reach the ports of its URLs, and Prometheus reach the runner", async () => {
  type Rule = { to?: { ipBlock?: { cidr: string } }[]; from?: unknown[]; ports?: { port: number }[] };
  const objects = objectsOf(await registered(production({ probes, network: { egress: { probes: ["10.0.0.0/8"] } } })));
  const policy = objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "journeys");
  assert.ok(policy);
  const { egress, ingress } = policy.spec as unknown as { egress: Rule[]; ingress: Rule[] };
  const outside = egress.filter(({ to }) => to?.some(({ ipBlock }) => ipBlock?.cidr === "10.0.0.0/8"));
  assert.deepEqual(
    outside.map(({ ports }) => ports?.map(({ port }) => port)),
    [[80, 8443]],
  );
  assert.deepEqual(
    ingress.map(({ ports }) => ports?.map(({ port }) => port)),
    [[9118]],
  );
});

test("the runner has no privileges, on both platforms", async () => {
  const pod = pods(objectsOf(await registered(production({ probes })))).get("journeys");
  assert.ok(pod);
  assert.deepEqual(restrictedViolations(pod.spec), []);
  const container = (await registered(docker())).find(
    ({ type, inputs }) => type.includes("Container") && String(inputs["name"]).endsWith("-journeys"),
  );
  assert.deepEqual(container?.inputs["capabilities"], { drops: ["ALL"], adds: [] });
  assert.equal(container?.inputs["readOnly"], true);
  assert.deepEqual(container?.inputs["ports"], []);
});

test("without a journey there is no runner", async () => {
  for (const config of [
    production({}),
    stackConfig("dev", { probes: { ownPages: false } }),
    stackConfig("dev", { probes: { ...probes, enabled: false } }),
  ]) {
    const names = (await registered(config)).map(({ name }) => name).filter((name) => name.includes("journeys"));
    assert.deepEqual(names, []);
  }
});
