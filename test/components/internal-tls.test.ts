import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Registered } from "../../scripts/render/register.ts";
import { InternalTls, partNames } from "../validate/internal-tls.ts";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { canary, registered, stackConfig } from "./stack.ts";

interface Container {
  readonly name: string;
  readonly command: string[];
  readonly startupProbe?: object;
  readonly readinessProbe?: Readonly<Record<string, unknown>>;
  readonly volumeMounts: { name: string; mountPath: string }[];
}

const journeys = {
  journeys: [{ name: "shop", steps: [{ name: "open", request: { url: "https://shop.example" } }] }],
};
/** Parts of every stack: long-term.test.ts has those of Thanos. */
const usualParts = partNames.filter((name) => name !== "thanos");

describe("network.tls", () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-internal-tls-"));
  let network: { tls: object };
  let docker: Registered[];
  let kubernetes: Registered[];

  before(async () => {
    network = { tls: (await InternalTls.create(folder)).settings() };
    docker = await registered(stackConfig("dev", { network, probes: journeys }, ["internalTlsKey"]));
    kubernetes = await registered(production({ network, probes: journeys }));
  });
  after(() => rmSync(folder, { recursive: true }));

  const services = () =>
    docker.filter(({ type, inputs }) => type === "docker:index/container:Container" && inputs["start"] !== false);
  const uploadsOf = (name: string) => {
    const carrier = docker.find((each) => each.name === name && each.type.includes("Container"));
    return (carrier?.inputs["uploads"] ?? []) as { file: string; content: string }[];
  };
  const containers = () =>
    new Map(
      [...pods(objectsOf(kubernetes))].flatMap(([name, { spec }]) =>
        (spec as unknown as { containers: Container[] }).containers
          .filter((container) => !container.name.startsWith("apply-"))
          .map((container): [string, Container] => [`${name} ${container.name}`, container]),
      ),
    );

  test("the same config registers the same bytes, so that a second preview is empty", async () => {
    assert.deepEqual(await registered(stackConfig("dev", { network, probes: journeys }, ["internalTlsKey"])), docker);
    assert.deepEqual(await registered(production({ network, probes: journeys })), kubernetes);
  });

  test("without it, nothing is registered for TLS", async () => {
    // The journey runner contains these file names even without TLS.
    const withoutJourneys = stackConfig("dev", { probes: { ownPages: false } });
    for (const resources of [await registered(withoutJourneys), await registered(production())]) {
      const text = JSON.stringify(resources);
      for (const trace of ["internal-tls", "web.config", "tls.crt", "https://prometheus", "https://loki:"])
        assert.ok(!text.includes(trace), trace);
    }
  });

  test("the key is only in secret files, also for Grafana, which refers to it", () => {
    for (const resources of [docker, kubernetes]) {
      const key = `${canary}-internalTlsKey`;
      const holders = resources.filter(({ inputs }) => {
        const { data = {}, ...rest } = inputs as { data?: Record<string, string> };
        const decoded = Object.values(data).map((value) => Buffer.from(value, "base64").toString());
        return JSON.stringify([rest, decoded]).includes(key);
      });
      assert.ok(holders.length > 0);
      for (const { name, secret, inputs } of holders) {
        assert.ok(name.endsWith("internal-tls") && secret, name);
        const { uploads: _, data: __, ...rest } = inputs;
        assert.ok(!JSON.stringify(rest).includes(canary), name);
      }
    }
    const sources = uploadsOf("grafana-provisioning").find(({ file }) => file.includes("datasources"))?.content ?? "";
    assert.equal(sources.match(/url: https:/g)?.length, 4);
    assert.equal(sources.match(/\$__file\{\/etc\/secrets\/grafana\/internal-tls\/tls\.key\}/g)?.length, 4);
    assert.doesNotMatch(sources, /BEGIN/);
  });

  test("every component that serves TLS has its certificate, and is scraped over it, on both platforms", () => {
    const mounted = [...containers()].flatMap(([name, { volumeMounts }]) =>
      volumeMounts.some(({ mountPath }) => mountPath.endsWith("/internal-tls")) ? [name.split(" ")[1] ?? ""] : [],
    );
    const kinds = (names: readonly string[]) =>
      [...new Set(names.map((name) => name.replace(/(-exporter)-.*$/, "$1")))].sort();
    // Tracing is off in stack prod.
    const inCluster = [...usualParts.filter((name) => name !== "jaeger"), "alloy", "grafana", "web-gateway"];
    assert.deepEqual(kinds(mounted), inCluster.sort());
    const onDocker = services()
      .filter(({ inputs }) => !("attach" in inputs) && JSON.stringify(inputs["volumes"]).includes("/internal-tls"))
      .map(({ name }) => (name === "collector" ? "alloy" : name));
    const onlyInClusters = ["kube-state-metrics"];
    assert.deepEqual(
      kinds(onDocker),
      [...usualParts, "alloy", "grafana", "web-gateway"].filter((name) => !onlyInClusters.includes(name)).sort(),
    );
    const jobs = (text: string) =>
      text
        .split("- job_name: ")
        .slice(1)
        .filter((job) => /server_name: (?!kubernetes)/.test(job) && job.includes("scheme: https"))
        .map((job) => job.split("\n")[0])
        .sort();
    const prometheus = uploadsOf("prometheus-config").find(({ file }) => file.endsWith("prometheus.yml"));
    const scraped = [
      "alertmanager",
      "blackbox",
      "journey",
      "loki",
      "nginx",
      "node",
      "postgres",
      "probe",
      "prometheus",
      "redis",
    ];
    assert.deepEqual(jobs(prometheus?.content ?? ""), scraped);
    const config = objectsOf(kubernetes).find(({ metadata }) => metadata.name === "prometheus-config");
    assert.deepEqual(jobs(config?.data?.["prometheus.yml"] ?? ""), [...scraped, "kube-state-metrics"].sort());
    assert.match(config?.data?.["prometheus.yml"] ?? "", /alertmanagers:\n\s+- scheme: https\n\s+tls_config:/);
  });

  test("no kubelet requests a page of a port that requires a certificate", () => {
    const probes = [...containers()].flatMap(([name, { readinessProbe, volumeMounts }]) =>
      readinessProbe && volumeMounts.some(({ mountPath }) => mountPath.endsWith("/internal-tls"))
        ? [[name.split(" ")[1]?.replace(/(-exporter)-.*$/, "$1") ?? "", readinessProbe] as const]
        : [],
    );
    const kind = Object.fromEntries(
      probes.map(([name, probe]) => [name, ["httpGet", "exec", "tcpSocket"].find((each) => each in probe)]),
    );
    assert.deepEqual(kind, {
      alertmanager: "exec",
      alloy: "httpGet",
      blackbox: "tcpSocket",
      grafana: "httpGet",
      journeys: "tcpSocket",
      "kube-state-metrics": "tcpSocket",
      loki: "httpGet",
      "nginx-exporter": "tcpSocket",
      "node-exporter": "tcpSocket",
      "postgres-exporter": "tcpSocket",
      prometheus: "exec",
      "redis-exporter": "tcpSocket",
      // Probes the metrics port, which stays on HTTP.
      "web-gateway": "httpGet",
    });
    const loki = probes.find(([name]) => name === "loki")?.[1];
    assert.deepEqual(loki?.["httpGet"], { path: "/ready", port: 3101 });
  });

  test("on Docker, only those without a suitable program have no health check", () => {
    const without = services().filter(({ inputs }) => inputs["entrypoints"] && !("attach" in inputs));
    const names = without.filter(({ inputs }) => inputs["healthcheck"] === undefined).map(({ name }) => name);
    assert.deepEqual(names, ["nginx-exporter-demo"]);
  });

  test("replicas of Alertmanager gossip over TLS, and no sidecar sends a reload request", () => {
    const text = JSON.stringify([...containers()].filter(([name]) => name.startsWith("alertmanager")));
    assert.match(text, /--cluster\.tls-config=\/etc\/secrets\/alertmanager\/internal-tls\/gossip\.yml/);
    assert.doesNotMatch(text, /reload-url/);
  });

  test("published URLs and links have the scheme of their component", () => {
    const prometheus = services().find(({ name }) => name === "prometheus");
    assert.ok(JSON.stringify(prometheus?.inputs["command"]).includes("--web.external-url=https://localhost:9090"));
  });
});
