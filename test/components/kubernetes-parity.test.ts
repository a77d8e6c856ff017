import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes } from "../../config/settings/units.ts";
import { renderCompose, type TreeFile } from "../../scripts/render/compose.ts";
import { renderKubernetes } from "../../scripts/render/kubernetes.ts";
import type { Registered } from "../../scripts/render/register.ts";
import { objectsOf, pods, production, productionOnDocker } from "./kubernetes-objects.ts";
import { registered } from "./stack.ts";

const docker = await registered(productionOnDocker());
const kubernetes = await registered(production());

test("both platforms have the same files, except for the discovery of replicas and containers", () => {
  const contents = (files: readonly TreeFile[]) =>
    Object.fromEntries(
      files
        .filter(
          ({ path }) => !["compose.yaml", "prometheus/cluster/token"].includes(path) && !path.startsWith("kubernetes/"),
        )
        .map(({ path, content }) => [
          path,
          path.includes("/dashboards/white-room-") ? withoutCluster(content) : content,
        ]),
    );
  const onDocker = contents(renderCompose(docker, "prod"));
  const onKubernetes = contents(renderKubernetes(kubernetes));
  const ofCluster = [
    "grafana/dashboards/white-room-kubernetes.json",
    "prometheus/rules/kubernetes.yml",
    "prometheus/rules/recording-planned.yml",
    "prometheus/rules/recording-volumes.yml",
  ];
  const ofDocker = ["prometheus/rules/docker.yml", "socket-proxy/haproxy.cfg"];
  const common = Object.keys(onDocker).filter((path) => !ofDocker.includes(path));
  assert.deepEqual(Object.keys(onKubernetes).sort(), [...common, ...ofCluster].sort());
  const different = common.filter((path) => onKubernetes[path] !== onDocker[path]);
  assert.deepEqual(different.sort(), [
    "alloy/config.alloy",
    // Tiles of the kubelets and the API server.
    "grafana/dashboards/white-room-home.json",
    "grafana/dashboards/white-room-system-health.json",
    "loki/loki.yml",
    "prometheus/prometheus.yml",
    // Only a cluster reports which workloads are down on purpose.
    "prometheus/rules/infrastructure.yml",
    // In front of all pages, or only of Loki.
    "web-gateway/haproxy.cfg",
  ]);
});

/** Removes the link to the Kubernetes dashboard, which does not exist on Docker. */
function withoutCluster(dashboard: string): string {
  const { links, ...rest } = JSON.parse(dashboard) as { links: { url: string }[] };
  const others = links.filter(({ url }) => !url.startsWith("/d/white-room-kubernetes?"));
  return JSON.stringify({ ...rest, links: others });
}

test("both platforms run the same programs from the same images within the same memory", () => {
  const containers = docker.flatMap(({ type, inputs }) =>
    type === "docker:index/container:Container" && !JSON.stringify(inputs["labels"]).includes("white-room.carrier")
      ? [[workloadOf(inputs), { image: inputs["image"], memory: Number(inputs["memory"]) * 1024 ** 2 }] as const]
      : [],
  );
  const running = [...pods(objectsOf(kubernetes)).values()].flatMap(({ spec }) =>
    spec.containers.map(
      ({ name, image, resources }) => [name, { image, memory: bytes(resources.limits.memory) }] as const,
    ),
  );
  assert.ok(running.length > 0);
  // The kubelet includes cAdvisor, nodes have no Docker API, and sidecars on Kubernetes replace the carriers on Docker.
  const only = {
    docker: ["cadvisor", "socket-proxy"],
    kubernetes: ["kube-state-metrics", "config-reloader", "apply-admin"],
  };
  assert.deepEqual(
    Object.fromEntries(running.filter(([name]) => !only.kubernetes.includes(name))),
    Object.fromEntries(containers.filter(([name]) => !only.docker.includes(name))),
  );
});

function workloadOf(inputs: Registered["inputs"]): string {
  const labels = inputs["labels"] as { label: string; value: string }[];
  return labels.find(({ label }) => label === "white-room.workload")?.value ?? "";
}
