import { traitsOf } from "../../../components/platform/traits.ts";
import { type RenderedFile, toYaml } from "../../file.ts";
import { relabelFilter } from "../../settings/destinations.ts";
import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { httpConfig } from "../connections.ts";
import { servesTls } from "../internal-tls.ts";
import { alertmanagerAddresses } from "../workload-names.ts";
import { connectionPlaces, connectionTo } from "./connections.ts";
import { set } from "./relabelling.ts";
import { type ScrapeJob, scrapeJobs } from "./scrape-jobs.ts";

/** Environment variable with the replica name, used in external labels. */
export const replicaVariable = "POD_NAME";

/** Prometheus' main config. Rule files are listed by name, so that removed ones are not read. */
export function renderPrometheus(settings: Settings, ruleFiles: readonly string[]): RenderedFile {
  const { metrics, alerting, tracing, cluster, environment } = settings;
  const { scheme, http } = connectionTo(settings, alertmanager);
  const config = {
    global: {
      scrape_interval: metrics.scrapeInterval,
      scrape_timeout: metrics.scrapeTimeout,
      evaluation_interval: metrics.evaluationInterval,
      external_labels: {
        ...escapeDollars({ ...metrics.externalLabels, cluster, env: environment }),
        // Identifies the replica in long-term storage.
        ...(traitsOf(settings).hasReplicas && { replica: `\${${replicaVariable}}` }),
      },
      // Prometheus holds a whole response in memory, and a compressed one can expand a thousandfold.
      body_size_limit: metrics.bodySizeLimit,
      sample_limit: metrics.sampleLimit,
      target_limit: metrics.targetLimit,
      label_limit: metrics.labelLimit,
      label_value_length_limit: metrics.labelValueLengthLimit,
    },
    rule_files: [...ruleFiles],
    ...(alerting.enabled && {
      alerting: {
        // Makes alerts of all replicas identical, so that they are deduplicated.
        ...(traitsOf(settings).hasReplicas && {
          alert_relabel_configs: [{ action: "labeldrop", regex: "replica" }],
        }),
        alertmanagers: [
          {
            ...(servesTls(settings, alertmanager) && { scheme, ...http }),
            static_configs: [{ targets: alertmanagerAddresses(alerting) }],
          },
        ],
      },
    }),
    scrape_configs: scrapeJobs(settings).map((job) => renderJob(job, { cluster, env: environment })),
    ...(metrics.remoteWrite.length > 0 && {
      remote_write: metrics.remoteWrite.map((endpoint) => remoteWrite(endpoint, tracing.enabled)),
    }),
    storage: {
      tsdb: { retention: { time: metrics.retentionTime, size: metrics.retentionSize } },
      // In memory, about 100 bytes each.
      ...(tracing.enabled && { exemplars: { max_exemplars: 100_000 } }),
    },
  };
  return { path: "prometheus.yml", content: toYaml(config) };
}

function remoteWrite(endpoint: Settings["metrics"]["remoteWrite"][number], hasExemplars: boolean) {
  const { url, name, proxyUrl, headers, filters, exemplars = hasExemplars, ...connection } = endpoint;
  return {
    ...(name !== undefined && { name }),
    url,
    ...(proxyUrl !== undefined && { proxy_url: proxyUrl }),
    headers,
    ...(exemplars && { send_exemplars: true }),
    ...(filters && { write_relabel_configs: filters.map(relabelFilter) }),
    ...(name !== undefined && httpConfig("remoteWrite", name, connection, connectionPlaces)),
  };
}

function renderJob(job: ScrapeJob, common: { cluster: string; env: string }) {
  const { metricRelabel, params = {} } = job;
  const { relabel_configs = [], ...discovery } = job.discovery ?? {};
  const labels = { ...job.labels, service: job.service, ...common };
  return {
    job_name: job.pool ?? job.job,
    scrape_interval: job.scrapeInterval,
    honor_labels: job.honorLabels,
    honor_timestamps: job.honorTimestamps,
    metrics_path: job.metricsPath === "/metrics" ? undefined : job.metricsPath,
    scheme: job.scheme === "http" ? undefined : job.scheme,
    ...(Object.keys(params).length > 0 && { params }),
    ...job.http,
    ...(job.targets.length > 0 && {
      static_configs: job.targets.map(({ address, instance, labels: own }) => ({
        targets: [address],
        labels: { ...(job.pool && { job: job.job }), ...(instance !== undefined && { instance }), ...labels, ...own },
      })),
    }),
    ...(job.discovery && {
      ...discovery,
      relabel_configs: [
        // Relabelling expands groups of the expression.
        ...Object.entries(labels).map(([name, value]) => set(name, value.replaceAll("$", "$$$$"))),
        ...relabel_configs,
      ],
    }),
    ...(metricRelabel && { metric_relabel_configs: metricRelabel }),
  };
}

/** Escapes `$`, because Prometheus expands $NAME in external labels. */
function escapeDollars(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value.replaceAll("$", "$$$$")]));
}
