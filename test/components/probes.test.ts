import assert from "node:assert/strict";
import { test } from "node:test";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { restrictedViolations } from "./pod-security.ts";
import { secretFiles } from "./secret-places.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const targets = [
  { name: "shop", kind: "http", url: "https://shop.example", auth: "basic", username: "prober" },
  { name: "api", kind: "http", url: "https://api.example:8443", auth: "bearer", followRedirects: false },
  { name: "search", kind: "http", url: "http://search.example", secretHeader: "X-Api-Key" },
  { name: "db", kind: "tcp", host: "db.internal:5432" },
  { name: "resolver", kind: "dns", host: "9.9.9.9", query: { name: "shop.example" } },
];
const keys = ["probeHeader-search", "probePassword-shop", "probeToken-api"];
const ping = { name: "router", kind: "icmp", host: "10.0.0.1" };

const docker = (probes: Record<string, unknown>) =>
  stackConfig("dev", { demo: { enabled: false }, probes }, [
    ...["pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutySecurityKey", "slackBotToken", "heartbeatUrl"],
    ...keys,
  ]);
const dev = { alerting: { enabled: false } };

test("secrets of probes are in files that only blackbox_exporter reads, on both platforms", async () => {
  for (const config of [
    production({ probes: { targets } }),
    { ...docker({ targets }), values: { ...docker({ targets }).values, ...dev } },
  ]) {
    const resources = await registered(config);
    assert.deepEqual(
      secretFiles(resources, "blackbox", keys),
      keys.map((key) => `blackbox-secrets ${key} ${canary}-${key}`).sort(),
    );
  }
});

/** Egress rules of blackbox, in words. */
async function egress(values: Record<string, unknown>): Promise<string[]> {
  type Rule = { to?: { ipBlock?: { cidr: string } }[]; ports?: { port: number; protocol: string }[] };
  const objects = objectsOf(await registered(production(values)));
  const policy = objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "blackbox");
  const rules = (policy?.spec as unknown as { egress: Rule[] } | undefined)?.egress ?? [];
  return rules
    .filter(
      ({ to }) =>
        to === undefined || to.some(({ ipBlock }) => ipBlock !== undefined && !ipBlock.cidr.startsWith("169.254.")),
    )
    .map(({ to, ports }) => {
      const where = to?.map(({ ipBlock }) => ipBlock?.cidr).join() ?? "anywhere";
      return `${where} ${ports?.map(({ port, protocol }) => `${port}/${protocol}`).join() ?? "everything"}`;
    });
}

test("NetworkPolicies let blackbox_exporter reach what it probes, and nothing else", async () => {
  const own = { visualization: {} };
  assert.deepEqual(await egress({ ...own, probes: { targets } }), [
    "anywhere 80/TCP,443/TCP,5432/TCP,8443/TCP",
    "anywhere 53/UDP",
  ]);
  const network = { egress: { probes: ["10.0.0.0/8"] } };
  assert.deepEqual(await egress({ ...own, network, probes: { targets: [targets[3], ping] } }), [
    "10.0.0.0/8 5432/TCP",
    "10.0.0.0/8 everything",
  ]);
});

test("a probe of kind icmp lets unprivileged processes ping, on both platforms, and adds no capability", async () => {
  const privileges = async (added: readonly unknown[]) => {
    const probes = { targets: [targets[3], ...added] };
    const pod = pods(objectsOf(await registered(production({ probes })))).get("blackbox");
    assert.ok(pod);
    assert.deepEqual(restrictedViolations(pod.spec), []);
    const config = { ...docker(probes), values: { ...docker(probes).values, ...dev } };
    const container = (await registered(config)).find(
      ({ type, inputs }) => type.includes("Container") && String(inputs["name"]).endsWith("-blackbox"),
    );
    assert.deepEqual(container?.inputs["capabilities"], { drops: ["ALL"], adds: [] });
    return [pod.spec.securityContext?.sysctls, container?.inputs["sysctls"]];
  };
  assert.deepEqual(await privileges([]), [undefined, undefined]);
  const [name, value] = ["net.ipv4.ping_group_range", "0 2147483647"];
  assert.deepEqual(await privileges([ping]), [[{ name, value }], { [name]: value }]);
});

test("without a probe there is no blackbox_exporter", async () => {
  const names = async (config: Parameters<typeof registered>[0]) =>
    (await registered(config)).map(({ name }) => name).filter((name) => name.includes("blackbox"));
  assert.deepEqual(await names(production({ probes: { ownPages: false } })), []);
  assert.deepEqual(await names(stackConfig("dev", { probes: { enabled: false } })), []);
  assert.notDeepEqual(await names(stackConfig("dev")), []);
});
