import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { keptMetrics } from "../../config/products/prometheus/cluster-metrics.ts";
import { toYaml } from "../../config/file.ts";
import { stateResources } from "../../config/products/kube-state-metrics/kube-state-metrics.ts";
import type { RelabelConfig } from "../../config/products/prometheus/relabelling.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { clusterProgramPaths } from "../../scripts/offline/cluster-programs.ts";
import { ControlPlane } from "../kubernetes/cluster/control-plane.ts";
import { createObjects } from "../kubernetes/cluster/objects.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";
import { storedSeries } from "./stored-series.ts";

const namespace = "white-room";
const labels = { "app.kubernetes.io/name": "api" };
const template = {
  metadata: { labels },
  spec: {
    containers: [
      {
        name: "api",
        image: "registry.example.com/api:1",
        resources: { requests: { cpu: "100m", memory: "64Mi" } },
      },
    ],
  },
};
const workload = { selector: { matchLabels: labels }, template };

/** One of each kind of object that is watched. */
const objects = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "api", namespace }, spec: { replicas: 2, ...workload } },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "postgres", namespace },
    spec: { serviceName: "postgres", ...workload },
  },
  { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "proxy", namespace }, spec: workload },
  {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "backup-29012345", namespace },
    spec: {
      activeDeadlineSeconds: 1,
      // On no node, for a pod on one would wait for its kubelet to end it.
      template: { spec: { ...template.spec, restartPolicy: "Never", nodeSelector: { nowhere: "true" } } },
    },
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "postgres-data", namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
];

/** A node as its kubelet would report it. */
const room = { cpu: "4", memory: "16Gi", pods: "110", "ephemeral-storage": "100Gi" };
const pressures = ["MemoryPressure", "DiskPressure", "PIDPressure"];
const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1" },
  status: {
    allocatable: room,
    capacity: room,
    conditions: [
      { type: "Ready", status: "True" },
      ...pressures.map((type) => ({ type, status: "False" })),
    ],
  },
};

/** A pod whose container was OOM-killed and waits, as a kubelet would report it. */
const crashed = {
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: "False" }],
    containerStatuses: [
      {
        name: "api",
        image: "registry.example.com/api:1",
        imageID: "",
        ready: false,
        restartCount: 4,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
      },
    ],
  },
};

/**
 * Writes what kube-state-metrics and the API server expose, as Prometheus would store it, to a file each. The API server,
 * its controllers and kube-state-metrics are the real ones; there is no kubelet, and what one would report is written by hand: `node test/recordings/record-cluster.ts`
 */
async function record(): Promise<void> {
  const programs = clusterProgramPaths();
  const plane = await ControlPlane.start({ programs });
  const directory = mkdtempSync(join(tmpdir(), "white-room-record-"));
  try {
    const { kubectl } = plane;
    await createObjects(kubectl, [node, ...objects]);
    const ours = `--namespace=${namespace}`;
    const pods = () => kubectl.list([ours, "pods", "--selector=pod-template-hash"]);
    await until("the Deployment has a pod", async () => (await pods()).length > 0);
    const [pod] = await pods();
    const patch = `--patch=${JSON.stringify(crashed)}`;
    await kubectl.run(["patch", ours, "pod", pod?.metadata.name ?? "", "--subresource=status", patch]);
    await kubectl.run(["wait", ours, "job/backup-29012345", "--for=condition=Failed", "--timeout=120s"]);
    const port = await freePort();
    await plane.processes.start({
      name: "kube-state-metrics",
      command: programs.path("kube-state-metrics"),
      args: [
        `--kubeconfig=${kubectl.kubeconfig}`,
        `--port=${port}`,
        `--telemetry-port=${await freePort()}`,
        "--metric-labels-allowlist=pods=[app.kubernetes.io/name]",
        `--resources=${Object.values(stateResources).flat().join(",")}`,
      ],
      ready: () =>
        fetch(`http://127.0.0.1:${port}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
    });
    const server = await serve(await kubectl.run(["get", "--raw", "/metrics"]));
    const settings = stack("prod");
    const prometheus = await startPrometheus(directory, [
      { job: "kube-state-metrics", port, series: keptMetrics.kubeStateMetrics(settings) },
      { job: "apiserver", port: server.port, series: keptMetrics.apiserver },
    ]);
    try {
      for (const [job, product] of Object.entries(products)) await write(prometheus.url, job, product);
    } finally {
      await prometheus.stop();
      server.close();
    }
  } finally {
    await plane.stop();
    rmSync(directory, { recursive: true });
  }
}

/** A text for Prometheus to scrape, which asks the API server for no certificate of its own. */
async function serve(metrics: string): Promise<{ port: number; close: () => void }> {
  const port = await freePort();
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/plain").end(metrics));
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return { port, close: () => server.close() };
}

interface Scraped {
  readonly job: string;
  readonly port: number;
  readonly series: readonly RelabelConfig[];
}

async function startPrometheus(directory: string, jobs: readonly Scraped[]): Promise<Program> {
  const config = {
    global: { scrape_interval: "1s" },
    scrape_configs: jobs.map(({ job, port, series }) => ({
      job_name: job,
      honor_labels: true,
      static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { service: "kubernetes" } }],
      metric_relabel_configs: series,
    })),
  };
  const path = join(directory, "prometheus.yml");
  writeFileSync(path, toYaml(config));
  const port = await freePort();
  return start(
    "prometheus",
    [`--config.file=${path}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`],
    `http://127.0.0.1:${port}`,
    "/-/ready",
  );
}

const products = {
  "kube-state-metrics": "kube-state-metrics 2.20.0",
  apiserver: "Kubernetes' API server 1.37.2",
} as const;

async function write(prometheus: string, job: string, product: string): Promise<void> {
  let lines: readonly string[] = [];
  await until(`${job} is scraped`, async () => {
    ({ lines } = await storedSeries(prometheus, job));
    return lines.length > 0;
  });
  const header = `# ${product}, of an API server without a kubelet (test/recordings/record-cluster.ts), as stored: without the\n# target's labels, values left out.`;
  const file = fileURLToPath(new URL(`./elsewhere/${job}.prom`, import.meta.url));
  writeFileSync(file, `${[header, ...lines].join("\n")}\n`);
  console.log(`${job}.prom: ${lines.length} series`);
}

await record();
