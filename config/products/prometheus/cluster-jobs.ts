import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { allProbes } from "../blackbox/probes.ts";
import { blackbox } from "../blackbox/product.ts";
import { chosenCollector } from "../collector/chosen.ts";
import { collectsEvents } from "../events-collector/events.ts";
import { eventsCollector } from "../events-collector/product.ts";
import { grafana } from "../grafana/product.ts";
import { deployedHostExporters, hostExporters } from "../host-exporters.ts";
import { spanMetricLabels } from "../jaeger/metrics.ts";
import { jaeger } from "../jaeger/product.ts";
import { allJourneys } from "../journeys/journeys.ts";
import { journeyRunner } from "../journeys/product.ts";
import { kubeStateMetrics } from "../kube-state-metrics/product.ts";
import { hasLoki, loki } from "../loki/product.ts";
import type { HostExporter, Product } from "../product.ts";
import { longTermOf } from "../thanos/long-term.ts";
import { thanosCompactor, thanosQuery, thanosQueryFrontend, thanosSidecar, thanosStore } from "../thanos/product.ts";
import { storeShards } from "../thanos/store-shards.ts";
import { keptMetrics } from "./cluster-metrics.ts";
import { connectionTo, grafanaMetrics } from "./connections.ts";
import { hostExporterJob } from "./host-exporter-job.ts";
import { prometheus } from "./product.ts";
import { copy, drop, keep, type RelabelConfig } from "./relabelling.ts";
import type { ScrapeJob } from "./scrape-jobs.ts";

/** Directory of the service account's CA certificate. */
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The service account token, in the config directory: promtool checks that the file exists, so a rendered config can be
 * validated on any machine.
 */
export const tokenFile = "cluster/token";

/** Content of that file wherever the cluster does not mount a token over it. */
export const tokenPlaceholder = "Of the account that Prometheus runs as.\n";

/** Kubernetes service discovery. Jobs with identical discovery configs share a watch. */
/** Service discovery of a job, with Prometheus' field names. */
export interface Discovery {
  readonly file_sd_configs?: readonly { readonly files: readonly string[] }[];
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly type: "SRV" }[];
  readonly kubernetes_sd_configs?: readonly {
    readonly role: "pod" | "node" | "endpointslice";
    readonly namespaces?: { readonly names: readonly string[] };
    readonly selectors?: readonly { readonly role: "pod"; readonly label: string }[];
  }[];
  /** Relabelling rules that select and label targets. */
  readonly relabel_configs?: readonly RelabelConfig[];
}

const plain = { metricsPath: "/metrics", scheme: "http", targets: [] } as const;

/** Components of the stack, with each replica as a target; a Service would return only one of them. */
export function ownPods(settings: Settings): ScrapeJob[] {
  const { alerting, visualization, logs, tracing, exporters, kubernetes } = settings;
  const jobFor = (product: Product, namespace = kubernetes.namespace): ScrapeJob => ({
    job: product.job ?? product.workload,
    service: "monitoring",
    ...plain,
    ...connectionTo(settings, product),
    discovery: podsOf(product.workload, namespace, "$1:$2"),
  });
  const jobs = [jobFor(prometheus)];
  const longTerm = longTermOf(settings);
  if (longTerm !== undefined) {
    const sidecars = podsOf(prometheus.workload, kubernetes.namespace, "$1:$2", { port: "thanos-http" });
    const stores = storeShards(longTerm).map(({ workload }) => workload);
    jobs.push(
      { ...jobFor(thanosSidecar), discovery: sidecars },
      ...[thanosQuery, thanosQueryFrontend, thanosCompactor].map((product) => jobFor(product)),
      { ...jobFor(thanosStore), discovery: podsOf(stores.join("|"), kubernetes.namespace, "$1:$2") },
    );
  }
  if (alerting.enabled) jobs.push(jobFor(alertmanager));
  if (visualization.enabled) jobs.push({ ...jobFor(grafana), ...grafanaMetrics(settings) });
  if (hasLoki(settings)) jobs.push(jobFor(loki));
  if (logs.enabled) jobs.push({ ...jobFor(chosenCollector(settings), kubernetes.agentsNamespace), honorLabels: true });
  // Its counters of events have their own label service.
  if (collectsEvents(settings)) jobs.push({ ...jobFor(eventsCollector), honorLabels: true });
  if (allProbes(settings).length > 0) jobs.push(jobFor(blackbox));
  if (allJourneys(settings).length > 0) jobs.push({ ...jobFor(journeyRunner), honorLabels: true });
  if (tracing.enabled) {
    const discovery = podsOf(jaeger.workload, kubernetes.namespace, "$1:$2", { port: "metrics|span-metrics" });
    // Its metrics have servers of their own, without TLS.
    jobs.push({ ...plain, job: jaeger.job, service: "monitoring", discovery, metricRelabel: spanMetricLabels });
  }
  if (exporters.kubeStateMetrics.enabled) {
    // Its series describe other pods, with their labels.
    const states = {
      service: "kubernetes",
      honorLabels: true,
      metricRelabel: keptMetrics.kubeStateMetrics(settings),
    } as const;
    jobs.push({ ...jobFor(kubeStateMetrics), ...states });
  }
  return jobs;
}

/**
 * Pods of a workload of the stack, or of several (a regular expression). `instance` is made of the pod's name, or another
 * fact, and port.
 */
function podsOf(
  workload: string,
  namespace: string,
  instance: string,
  { named = "pod_name", port = "http" } = {},
): Discovery {
  return {
    kubernetes_sd_configs: [
      {
        role: "pod",
        namespaces: { names: [namespace] },
        selectors: [{ role: "pod", label: "app.kubernetes.io/part-of=white-room-monitoring" }],
      },
    ],
    relabel_configs: [
      keep({
        __meta_kubernetes_pod_label_app_kubernetes_io_name: workload,
        __meta_kubernetes_pod_container_port_name: port,
        // Pending and completed pods would be reported as down.
        __meta_kubernetes_pod_phase: "Running",
      }),
      {
        source_labels: [`__meta_kubernetes_${named}`, "__meta_kubernetes_pod_container_port_number"],
        regex: "(.+);(.+)",
        target_label: "instance",
        replacement: instance,
      },
    ],
  };
}

/** Node and control plane jobs: node_exporter, kubelet, its cAdvisor, API server. */
export function clusterJobs(settings: Settings): ScrapeJob[] {
  const { exporters, kubernetes } = settings;
  const asTheCluster = { authorization: { credentials_file: tokenFile } };
  const kubelet = {
    ...plain,
    scheme: "https",
    discovery: { kubernetes_sd_configs: [{ role: "node" }], relabel_configs: [] },
    http: {
      ...asTheCluster,
      tls_config: kubernetes.kubelet.insecureSkipVerify
        ? { insecure_skip_verify: true }
        : { ca_file: `${serviceAccount}/ca.crt` },
    },
  } as const;
  return [
    ...deployedHostExporters(settings).map((name) => {
      const { workload, placement }: HostExporter = hostExporters[name];
      const discovery =
        placement === "every-node"
          ? // Same as for the kubelet, so that each node has a single name.
            podsOf(workload, kubernetes.agentsNamespace, "$1", { named: "pod_node_name" })
          : podsOf(workload, kubernetes.namespace, "$1:$2");
      return { ...plain, ...hostExporterJob(settings, name), discovery };
    }),
    ...(exporters.cadvisor.enabled
      ? [
          {
            ...kubelet,
            job: "cadvisor",
            service: "cadvisor",
            metricsPath: "/metrics/cadvisor",
            // With its own timestamps, a removed container would stay in sums for five minutes.
            honorTimestamps: false,
            metricRelabel: keptMetrics.cadvisor(settings),
          } as const,
        ]
      : []),
    { ...kubelet, job: "kubelet", service: "kubernetes", metricRelabel: keptMetrics.kubelet(settings) },
    {
      ...plain,
      job: "apiserver",
      service: "kubernetes",
      scheme: "https",
      discovery: {
        kubernetes_sd_configs: [{ role: "endpointslice", namespaces: { names: ["default"] } }],
        relabel_configs: [
          keep({ __meta_kubernetes_service_name: "kubernetes", __meta_kubernetes_endpointslice_port_name: "https" }),
        ],
      },
      http: {
        ...asTheCluster,
        // The certificate may not contain the address of each server.
        tls_config: { ca_file: `${serviceAccount}/ca.crt`, server_name: "kubernetes.default.svc" },
      },
      metricRelabel: keptMetrics.apiserver,
    },
  ];
}

/** Jobs whose targets are annotated. */
export const annotatedJobs = ["kubernetes-pods", "kubernetes-services"] as const;

const annotation = (kind: "pod" | "service", name: string) =>
  `__meta_kubernetes_${kind}_annotation_prometheus_io_${name}`;

/**
 * Pods and Service endpoints with the annotation prometheus.io/scrape: "true". If both the pod and its Service have it, the
 * pod's annotation is used.
 */
export function annotated(settings: Settings): ScrapeJob[] {
  const [pods, services] = annotatedJobs;
  const { scrapeNamespaces } = settings.kubernetes;
  // Otherwise a pod of any namespace could take the name of an application, and hide its absence.
  const trusted = scrapeNamespaces ? [keep({ __meta_kubernetes_namespace: scrapeNamespaces.join("|") })] : [];
  return [
    {
      ...plain,
      job: pods,
      service: pods,
      discovery: {
        kubernetes_sd_configs: [{ role: "pod" }],
        relabel_configs: [
          ...trusted,
          keep({
            [annotation("pod", "scrape")]: "true",
            __meta_kubernetes_pod_phase: "Running",
            __meta_kubernetes_pod_container_init: "false",
          }),
          // Without a port annotation, all container ports; with one, duplicates are merged into a single target.
          {
            source_labels: [annotation("pod", "port"), "__meta_kubernetes_pod_container_port_protocol"],
            regex: String.raw`\d+;.*|;TCP`,
            action: "keep",
          },
          {
            source_labels: ["__meta_kubernetes_pod_ip", annotation("pod", "port")],
            regex: String.raw`([\d.]+);(\d+)`,
            target_label: "__address__",
            replacement: "$1:$2",
          },
          {
            source_labels: ["__meta_kubernetes_pod_ip", annotation("pod", "port")],
            regex: String.raw`(.*:.*);(\d+)`,
            target_label: "__address__",
            replacement: "[$1]:$2",
          },
          ...calledAs("pod", settings),
        ],
      },
    },
    {
      ...plain,
      job: services,
      service: services,
      discovery: {
        kubernetes_sd_configs: [{ role: "endpointslice" }],
        relabel_configs: [
          ...trusted,
          // Also discovers pod ports that are not part of the Service; they have no endpoint port.
          keep({ [annotation("service", "scrape")]: "true", __meta_kubernetes_endpointslice_port: String.raw`\d+` }),
          drop({ [annotation("pod", "scrape")]: "true" }),
          drop({ __meta_kubernetes_endpointslice_endpoint_conditions_terminating: "true" }),
          {
            source_labels: ["__address__", annotation("service", "port")],
            regex: String.raw`(.+):\d+;(\d+)`,
            target_label: "__address__",
            replacement: "$1:$2",
          },
          ...calledAs("service", settings),
        ],
      },
    },
  ];
}

/** Path, scheme and labels from the annotations of a pod or Service. */
function calledAs(kind: "pod" | "service", { applications }: Settings): RelabelConfig[] {
  const name = `__meta_kubernetes_${kind}_label_app_kubernetes_io_name`;
  const perJob = Object.entries(applications).flatMap(
    ([job, { enabled, service, scrapeInterval }]): RelabelConfig[] => {
      if (!enabled) return [drop({ [name]: job })];
      const only = (label: string, value: string | undefined) =>
        value === undefined ? [] : [{ source_labels: [name], regex: job, target_label: label, replacement: value }];
      return [...only("service", service), ...only("__scrape_interval__", scrapeInterval)];
    },
  );
  return [
    copy(annotation(kind, "path"), "__metrics_path__"),
    copy(annotation(kind, "scheme"), "__scheme__", "(https?)"),
    copy(name, "job"),
    copy(name, "service"),
    ...perJob,
    copy("__meta_kubernetes_namespace", "namespace"),
    copy("__meta_kubernetes_pod_name", "pod"),
    {
      source_labels: ["namespace", "pod", "__address__"],
      regex: String.raw`(.+);(.+);.*:(\d+)`,
      target_label: "instance",
      replacement: "$1/$2:$3",
    },
  ];
}
