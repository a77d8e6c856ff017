import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { load } from "js-yaml";
import { toYaml } from "../../config/file.ts";
import { clusterMetrics, keptMetrics } from "../../config/products/prometheus/cluster-metrics.ts";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";

/*
 * Relabelling by the real Prometheus of labels as a cluster's API would return them: which targets it keeps, how it names
 * them, and which of their series it stores. The tests on a real cluster prove that the API returns such labels.
 */

type Labels = Readonly<Record<string, string>>;

const settings = stack("prod", {
  applications: {
    "audio-engine": { service: "engine" },
    "swift-frontend": { enabled: false },
  },
});

/** Metric relabelling of each job, configured as target relabelling: Prometheus' API explains only the latter. */
const series = {
  "kube-state-metrics": keptMetrics.kubeStateMetrics(settings),
  cadvisor: keptMetrics.cadvisor(settings),
  kubelet: keptMetrics.kubelet(settings),
  apiserver: keptMetrics.apiserver,
};

describe("labels of a cluster, as Prometheus relabels them", needs("prometheus"), () => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-relabel-"));
  let prometheus: Program;

  before(async () => {
    const config = load(renderPrometheus(settings, []).content) as { scrape_configs: object[] };
    const jobs = [
      ...config.scrape_configs,
      ...Object.entries(series).map(([job, relabel_configs]) => ({ job_name: `${job}-series`, relabel_configs })),
    ];
    // Without targets, discovery or TLS: the API needs only the scrape pool.
    const nobody = { kubernetes_sd_configs: undefined, tls_config: undefined, static_configs: [{ targets: [] }] };
    const pools = jobs.map((job) => ({ ...job, ...nobody }));
    const path = join(directory, "prometheus.yml");
    writeFileSync(path, toYaml({ ...config, scrape_configs: pools }));
    const port = await freePort();
    prometheus = await start(
      "prometheus",
      [`--config.file=${path}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`],
      `http://127.0.0.1:${port}`,
      "/-/ready",
    );
    await until("Prometheus has a pool for every job", async () => {
      const answer = await fetch(`${prometheus.url}/api/v1/scrape_pools`);
      const { data } = (await answer.json()) as { data: { scrapePools: string[] } };
      return data.scrapePools.length === pools.length;
    });
  });

  after(async () => {
    await prometheus.stop();
    rmSync(directory, { recursive: true });
  });

  /** Labels after relabelling in a scrape pool, without __meta_ labels; undefined if the target is dropped. */
  async function relabelled(scrapePool: string, labels: Labels): Promise<Labels | undefined> {
    const query = new URLSearchParams({ scrapePool, labels: JSON.stringify(labels) });
    const answer = await fetch(`${prometheus.url}/api/v1/targets/relabel_steps?${query}`);
    assert.equal(answer.status, 200, await answer.clone().text());
    const { data } = (await answer.json()) as { data: { steps: { keep: boolean; output: Labels }[] } };
    const last = data.steps.at(-1);
    if (!last?.keep) return undefined;
    return Object.fromEntries(Object.entries(last.output).filter(([name]) => !name.startsWith("__meta_")));
  }

  const common = { cluster: "white-room", env: "prod" };
  const meta = (labels: Labels) =>
    Object.fromEntries(Object.entries(labels).map(([name, value]) => [`__meta_kubernetes_${name}`, value]));

  const annotatedPod = (labels: Labels = {}) => ({
    __address__: "10.1.0.7:8000",
    ...meta({
      namespace: "white-room",
      pod_name: "juce-backend-7c9",
      pod_ip: "10.1.0.7",
      pod_phase: "Running",
      pod_container_init: "false",
      pod_container_port_name: "http",
      pod_container_port_number: "8000",
      pod_container_port_protocol: "TCP",
      pod_label_app_kubernetes_io_name: "juce-backend",
      pod_annotation_prometheus_io_scrape: "true",
      ...labels,
    }),
  });

  test("a pod or Service of another namespace cannot take the name of an application", async () => {
    assert.deepEqual(settings.kubernetes.scrapeNamespaces, ["white-room"]);
    for (const namespace of ["evil", "white-room-evil", "default"])
      assert.equal(await relabelled("kubernetes-pods", annotatedPod({ namespace })), undefined, namespace);
    const service = meta({
      namespace: "evil",
      service_annotation_prometheus_io_scrape: "true",
      service_label_app_kubernetes_io_name: "juce-backend",
      endpointslice_port: "8000",
    });
    assert.equal(await relabelled("kubernetes-services", { __address__: "10.1.0.7:8000", ...service }), undefined);
  });

  test("an annotated pod is a target of the job that its label names", async () => {
    assert.deepEqual(await relabelled("kubernetes-pods", annotatedPod()), {
      __address__: "10.1.0.7:8000",
      job: "juce-backend",
      service: "juce-backend",
      namespace: "white-room",
      pod: "juce-backend-7c9",
      instance: "white-room/juce-backend-7c9:8000",
      ...common,
    });
  });

  test("port, path and scheme come from its annotations, for IPv6 as well", async () => {
    const told = {
      pod_annotation_prometheus_io_port: "9400",
      pod_annotation_prometheus_io_path: "/stats",
      pod_annotation_prometheus_io_scheme: "https",
    };
    const target = {
      __metrics_path__: "/stats",
      __scheme__: "https",
      job: "juce-backend",
      service: "juce-backend",
      namespace: "white-room",
      pod: "juce-backend-7c9",
      instance: "white-room/juce-backend-7c9:9400",
      ...common,
    };
    assert.deepEqual(await relabelled("kubernetes-pods", annotatedPod(told)), {
      ...target,
      __address__: "10.1.0.7:9400",
    });
    const v6 = { ...annotatedPod({ ...told, pod_ip: "fd00::7" }), __address__: "[fd00::7]:8000" };
    assert.deepEqual(await relabelled("kubernetes-pods", v6), { ...target, __address__: "[fd00::7]:9400" });
  });

  test("every container of a pod that names its port is the same target, which is scraped once", async () => {
    const port = { pod_annotation_prometheus_io_port: "9400" };
    const sidecar = annotatedPod({ ...port, pod_container_port_number: "15090", pod_container_port_name: "proxy" });
    const portless = {
      ...annotatedPod({ ...port, pod_container_port_number: "", pod_container_port_protocol: "" }),
      __address__: "10.1.0.7",
    };
    const first = await relabelled("kubernetes-pods", annotatedPod(port));
    assert.deepEqual(await relabelled("kubernetes-pods", { ...sidecar, __address__: "10.1.0.7:15090" }), first);
    assert.deepEqual(await relabelled("kubernetes-pods", portless), first);
  });

  const noTargets: Readonly<Record<string, Labels>> = {
    "a pod without the annotation": { pod_annotation_prometheus_io_scrape: "" },
    "a pod that waits for its image": { pod_phase: "Pending" },
    "a pod that has ended": { pod_phase: "Succeeded" },
    "a pod that was evicted": { pod_phase: "Failed" },
    "an init container": { pod_container_init: "true" },
    "a UDP port, where no port is named": { pod_container_port_protocol: "UDP" },
    "a container without ports, where none is named": {
      pod_container_port_number: "",
      pod_container_port_protocol: "",
    },
    "an application that is switched off": { pod_label_app_kubernetes_io_name: "swift-frontend" },
  };
  for (const [what, labels] of Object.entries(noTargets)) {
    test(`${what} is not a target`, async () => {
      assert.equal(await relabelled("kubernetes-pods", annotatedPod(labels)), undefined);
    });
  }

  test("the config of an application applies to its discovered pods", async () => {
    const found = await relabelled(
      "kubernetes-pods",
      annotatedPod({ pod_label_app_kubernetes_io_name: "audio-engine" }),
    );
    const { job, service, __scrape_interval__: interval } = found ?? {};
    assert.deepEqual({ job, service, interval }, { job: "audio-engine", service: "engine", interval: "10s" });
  });

  test("a pod without the label belongs to a service called after the job", async () => {
    const found = await relabelled("kubernetes-pods", annotatedPod({ pod_label_app_kubernetes_io_name: "" }));
    assert.equal(found?.["job"], undefined);
    assert.equal(found?.["service"], "kubernetes-pods");
  });

  const behindService = (labels: Labels = {}) => ({
    __address__: "10.1.0.9:8080",
    ...meta({
      namespace: "white-room",
      service_name: "licenses",
      service_label_app_kubernetes_io_name: "license-server",
      service_annotation_prometheus_io_scrape: "true",
      service_annotation_prometheus_io_port: "9400",
      endpointslice_port: "8080",
      endpointslice_port_name: "http",
      endpointslice_endpoint_conditions_ready: "true",
      endpointslice_endpoint_conditions_terminating: "false",
      pod_name: "licenses-0",
      ...labels,
    }),
  });

  test("each pod behind an annotated Service is a target", async () => {
    assert.deepEqual(await relabelled("kubernetes-services", behindService()), {
      __address__: "10.1.0.9:9400",
      job: "license-server",
      service: "license-server",
      namespace: "white-room",
      pod: "licenses-0",
      instance: "white-room/licenses-0:9400",
      ...common,
    });
  });

  test("an endpoint of a Service that is not a pod uses its address", async () => {
    const found = await relabelled("kubernetes-services", behindService({ pod_name: "" }));
    assert.equal(found?.["instance"], undefined);
    assert.equal(found?.["__address__"], "10.1.0.9:9400");
  });

  test("behind a Service, annotated pods, terminating pods and other ports are not targets", async () => {
    for (const labels of [
      { pod_annotation_prometheus_io_scrape: "true" },
      { endpointslice_endpoint_conditions_terminating: "true" },
      { endpointslice_port: "" },
      { service_annotation_prometheus_io_scrape: "" },
    ] as Labels[]) {
      assert.equal(await relabelled("kubernetes-services", behindService(labels)), undefined, JSON.stringify(labels));
    }
  });

  const ownPod = (name: string, port: string, labels: Labels = {}) => ({
    __address__: `10.1.0.3:${port}`,
    ...meta({
      namespace: "monitoring",
      pod_name: `${name}-1`,
      pod_node_name: "node-1",
      pod_phase: "Running",
      pod_container_port_name: "http",
      pod_container_port_number: port,
      pod_label_app_kubernetes_io_name: name,
      ...labels,
    }),
  });

  test("each replica of the stack is a target of its component's job, by its pod's name", async () => {
    for (const [job, workload, port] of [
      ["prometheus", "prometheus", "9090"],
      ["alertmanager", "alertmanager", "9093"],
      ["loki", "loki", "3100"],
      ["grafana", "grafana", "3000"],
      ["collector", "alloy", "12345"],
    ] as const) {
      const instance = `${workload}-1:${port}`;
      const target = { __address__: `10.1.0.3:${port}`, service: "monitoring", instance, ...common };
      assert.deepEqual(await relabelled(job, ownPod(workload, port)), target);
      assert.equal(await relabelled(job, ownPod(workload, port, { pod_container_port_name: "reloader" })), undefined);
      assert.equal(await relabelled(job, ownPod("another", port)), undefined);
    }
  });

  test("a node has the same name in the metrics of every exporter", async () => {
    assert.deepEqual(await relabelled("node", ownPod("node-exporter", "9100")), {
      __address__: "10.1.0.3:9100",
      service: "host",
      instance: "node-1",
      ...common,
    });
    const kubelet = { __address__: "10.0.0.2:10250", instance: "node-1" };
    assert.deepEqual(await relabelled("kubelet", kubelet), { ...kubelet, service: "kubernetes", ...common });
    assert.deepEqual(await relabelled("cadvisor", kubelet), { ...kubelet, service: "cadvisor", ...common });
  });

  test("the API server's targets are the endpoints of its Service", async () => {
    const server = { __address__: "10.0.0.1:6443" };
    const labels = meta({ service_name: "kubernetes", endpointslice_port_name: "https" });
    assert.deepEqual(await relabelled("apiserver", { ...server, ...labels }), {
      ...server,
      service: "kubernetes",
      ...common,
    });
    assert.equal(
      await relabelled("apiserver", {
        ...server,
        ...meta({ service_name: "other", endpointslice_port_name: "https" }),
      }),
      undefined,
    );
  });

  const stored = (job: keyof typeof series, labels: Labels) => relabelled(`${job}-series`, labels);

  test("metrics of a pod or workload belong to its service, and those of the stack to monitoring", async () => {
    const target = { job: "kube-state-metrics", service: "kubernetes" };
    const pod = { ...target, __name__: "kube_pod_labels", namespace: "white-room", pod: "api-7c9" };
    assert.deepEqual(await stored("kube-state-metrics", { ...pod, label_app_kubernetes_io_name: "api" }), {
      ...pod,
      service: "api",
    });
    assert.deepEqual(await stored("kube-state-metrics", pod), pod);
    const own = { ...pod, namespace: "monitoring", label_app_kubernetes_io_name: "prometheus" };
    assert.equal((await stored("kube-state-metrics", own))?.["service"], "monitoring");
    const deployment = {
      ...target,
      __name__: "kube_deployment_spec_replicas",
      namespace: "white-room",
      deployment: "api",
    };
    assert.deepEqual(await stored("kube-state-metrics", deployment), {
      ...deployment,
      service: "api",
      workload: "deployment/api",
    });
    const job = { ...target, __name__: "kube_job_failed", namespace: "white-room", job_name: "backup-29012345" };
    assert.deepEqual(await stored("kube-state-metrics", job), { ...job, service: "backup" });
    assert.equal((await stored("kube-state-metrics", { ...job, job_name: "migrate" }))?.["service"], "migrate");
    const volume = { __name__: "kubelet_volume_stats_used_bytes", service: "kubernetes", namespace: "monitoring" };
    assert.equal((await stored("kubelet", volume))?.["service"], "monitoring");
  });

  test("of cAdvisor's series, only those of containers and the traffic of nodes and pods are stored", async () => {
    const memory = { __name__: "container_memory_working_set_bytes", namespace: "white-room", pod: "api-7c9" };
    const container = { ...memory, container: "api", id: "/kubepods/pod1/5af1", name: "5af1" };
    assert.deepEqual(await stored("cadvisor", container), container);
    for (const other of [
      { ...memory, container: "", id: "/kubepods/pod1", name: "" },
      { ...memory, container: "", id: "/kubepods/pod1/5ae0", name: "5ae0" },
      { __name__: memory.__name__, container: "", id: "/system.slice", name: "" },
    ]) {
      assert.equal(await stored("cadvisor", other), undefined);
    }
    const traffic = {
      ...memory,
      __name__: "container_network_receive_bytes_total",
      container: "",
      id: "/kubepods/pod1",
    };
    assert.deepEqual(await stored("cadvisor", traffic), {
      ...memory,
      __name__: traffic.__name__,
      id: "/kubepods/pod1",
    });
    const node = { __name__: "container_cpu_usage_seconds_total", container: "", id: "/" };
    assert.deepEqual(await stored("cadvisor", node), { __name__: node.__name__, id: "/" });
  });

  test("an unused metric is not stored", async () => {
    const names = {
      "kube-state-metrics": "kubeStateMetrics",
      cadvisor: "cadvisor",
      kubelet: "kubelet",
      apiserver: "apiserver",
    } as const;
    for (const [job, list] of Object.entries(names) as [keyof typeof series, (typeof names)[keyof typeof names]][]) {
      assert.equal(await stored(job, { __name__: `${clusterMetrics[list][0]}_more` }), undefined);
      for (const metric of clusterMetrics[list])
        assert.ok(await stored(job, { __name__: metric, container: "api" }), metric);
    }
  });
});
