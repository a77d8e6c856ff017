import assert from "node:assert/strict";
import { test } from "node:test";
import { scrapeJobs } from "../../config/products/prometheus/scrape-jobs.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { objectsOf, production } from "./kubernetes-objects.ts";
import { registered } from "./stack.ts";

const config = production({
  exporters: {
    postgres: {
      targets: [
        { name: "primary", host: "primary.white-room" },
        { name: "archive", host: "archive.white-room", port: 6432 },
      ],
    },
    redis: { enabled: false },
    nginx: { targets: [{ name: "edge", statusUrl: "http://edge.white-room:8081/stub_status" }] },
  },
});

interface Found {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly clusterIP?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly selector?: Readonly<Record<string, string>>;
    readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly egress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly hostname?: string; readonly subdomain?: string };
    };
  };
}

const objects = objectsOf(await registered(config)) as unknown as Found[];
const templates = objects.flatMap(({ kind, spec }) =>
  kind === "Deployment" && spec.template?.spec.subdomain !== undefined ? [spec.template] : [],
);
const named = (kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

test("each exporter has the host name that Prometheus scrapes", () => {
  const settings = toSettings(config, { requireSecrets: false });
  const asked = scrapeJobs(settings)
    .filter(({ job }) => ["postgres", "nginx"].includes(job))
    .flatMap(({ targets = [] }) => targets.map(({ address }) => address.replace(/:\d+$/, "")));
  const given = templates.map(({ spec }) => `${spec.hostname}.${spec.subdomain}`);
  assert.deepEqual(given.sort(), asked.sort());
  assert.deepEqual(asked, [
    "nginx-exporter-edge.nginx-exporters",
    "postgres-exporter-archive.postgres-exporters",
    "postgres-exporter-primary.postgres-exporters",
  ]);
});

test("a family's Service and policy select only its pods", () => {
  for (const { metadata, spec } of templates) {
    const service = named("Service", spec.subdomain ?? "");
    assert.equal(service?.spec.clusterIP, "None");
    assert.equal(service.spec.publishNotReadyAddresses, true);
    const selectors = ["postgres-exporters", "nginx-exporters"].flatMap((family) => [
      [family, named("Service", family)?.spec.selector ?? {}] as const,
      [family, named("NetworkPolicy", family)?.spec.podSelector?.matchLabels ?? {}] as const,
    ]);
    assert.equal(selectors.length, 4);
    for (const [family, selector] of selectors) {
      const found = Object.entries(selector).every(([label, value]) => metadata.labels[label] === value);
      assert.equal(found, family === spec.subdomain, `${family} of ${spec.hostname}`);
    }
  }
});

test("a family reaches the union of its members' ports", () => {
  const ports = named("NetworkPolicy", "postgres-exporters")?.spec.egress?.flatMap((rule) =>
    rule.ports.map(({ port }) => port),
  );
  assert.deepEqual(ports, [5432, 6432, 53, 53]);
});

test("another exporter adds only a Deployment with its Secret and a check of Prometheus' config", async () => {
  const exporters = config.values["exporters"] as Record<string, { targets: object[] }>;
  const { postgres } = exporters;
  const targets = [...(postgres?.targets ?? []), { name: "third", host: "third.white-room" }];
  const more = production({ exporters: { ...exporters, postgres: { ...postgres, targets } } });
  const names = (found: readonly Found[]) => found.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const before = new Set(names(objects));
  const after = names(objectsOf(await registered(more)) as unknown as Found[]);
  const added = after.filter((name) => !before.has(name)).map((name) => name.replace(/-[0-9a-f]{10}$/, ""));
  assert.deepEqual(added.sort(), [
    "Deployment postgres-exporter-third",
    "Job prometheus-config-check",
    "Secret postgres-exporter-third-secrets",
  ]);
});
