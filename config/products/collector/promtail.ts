import { type RenderedFile, toYaml } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { promtail } from "../promtail/product.ts";
import { collectorDataDirectory } from "./collector.ts";
import { inAllPipelines, maxIdleDuration, metricPrefix } from "./metrics.ts";
import {
  backoff,
  type CollectorPlaces,
  journalMaxAge,
  logPipeline,
  shortBackoff,
  syslogIdleTimeout,
  syslogMessageLength,
} from "./pipeline.ts";
import { collectorCertificates } from "./remotes.ts";
import type { Destination, Input, LogMetric, Pipeline, RelabelRule, Source, Stage } from "./stage.ts";

/** `promtail.yml`. */
export function renderPromtail(settings: Settings, places: CollectorPlaces = {}): RenderedFile[] {
  return [
    { path: "promtail.yml", content: toYaml(promtailConfig(settings, places)) },
    ...collectorCertificates(settings),
  ];
}

/** Promtail's config as an object. */
export function promtailConfig(settings: Settings, places: CollectorPlaces = {}) {
  const pipeline = logPipeline(settings, places);
  return {
    server: {
      http_listen_address: places.listenAddress ?? "",
      http_listen_port: places.port ?? promtail.port,
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: 0,
      enable_runtime_reload: true,
    },
    positions: {
      filename: places.positionsFile ?? `${collectorDataDirectory}/positions.yaml`,
      sync_period: "2s",
      // Otherwise Promtail would not start with a positions file truncated by a full disk. Loki deduplicates lines.
      ignore_invalid_yaml: true,
    },
    target_config: { sync_period: "5s" },
    clients: pipeline.destinations.map((destination, index) =>
      client(destination, pipeline, { isFirst: index === 0, ...places }),
    ),
    scrape_configs: pipeline.sources.map(scrapeConfig),
  };
}

/** Promtail has no filters per client, which the config check reports. */
function client(
  { url, headers, proxyUrl, http }: Destination,
  { externalLabels }: Pipeline,
  { isFirst, batchSize }: Pick<CollectorPlaces, "batchSize"> & { readonly isFirst: boolean },
) {
  const { minimum, maximum, retries } = isFirst ? backoff : shortBackoff;
  return {
    url,
    ...(batchSize !== undefined && { batchsize: batchSize }),
    ...(headers && { headers }),
    ...(proxyUrl !== undefined && { proxy_url: proxyUrl }),
    ...http,
    external_labels: externalLabels,
    backoff_config: { min_period: minimum, max_period: maximum, max_retries: retries },
    ...(!isFirst && { timeout: shortBackoff.timeout }),
  };
}

function scrapeConfig({ name, input, stages }: Source) {
  return {
    job_name: name,
    ...scrapeInput(input),
    pipeline_stages: stages.flatMap((stage) => pipelineStages(stage, name)),
  };
}

function scrapeInput(input: Input) {
  switch (input.kind) {
    case "files":
      return {
        static_configs: input.paths.map((path) => ({ targets: ["localhost"], labels: { __path__: path } })),
      };
    case "syslog":
      return {
        syslog: {
          listen_address: input.listenAddress,
          listen_protocol: input.protocol,
          syslog_format: input.format,
          idle_timeout: syslogIdleTimeout,
          label_structured_data: true,
          use_rfc5424_message: input.format === "rfc5424",
          max_message_length: syslogMessageLength,
        },
        relabel_configs: input.relabel satisfies readonly RelabelRule[],
      };
    case "containers":
      return {
        docker_sd_configs: [{ host: `unix://${input.socket}`, refresh_interval: "5s" }],
        relabel_configs: [...input.relabel, ...input.relabelLine] satisfies readonly RelabelRule[],
      };
    case "pods":
      return {
        kubernetes_sd_configs: [{ role: "pod", api_server: input.api }],
        // Promtail reads only targets on its own host.
        relabel_configs: [
          ...input.relabel,
          { source_labels: ["__meta_kubernetes_pod_node_name"], target_label: "__host__" },
        ] satisfies readonly RelabelRule[],
      };
    case "journal":
      return {
        journal: { path: input.path, max_age: journalMaxAge },
        relabel_configs: input.relabel satisfies readonly RelabelRule[],
      };
  }
}

function pipelineStages(stage: Stage, source: string): object[] {
  switch (stage.stage) {
    case "drop": {
      const { stage: _, reason, ...options } = stage;
      return [{ drop: { ...options, drop_counter_reason: reason } }];
    }
    case "label_drop":
      return [{ labeldrop: stage.values }];
    case "labels":
    case "static_labels":
      return [{ [stage.stage]: stage.values }];
    case "structured_metadata":
      return [{ structured_metadata: stage.values }];
    case "timestamp": {
      const { stage: kind, ...options } = stage;
      return [{ [kind]: { ...options, action_on_failure: "skip" } }];
    }
    case "metric":
      return countedApart(stage.metric, source);
    default: {
      const { stage: kind, ...options } = stage;
      return [{ [kind]: options }];
    }
  }
}

/**
 * Promtail exports the metrics of all pipelines together, and its metrics endpoint fails if two have the same series. Alloy
 * adds component labels.
 */
function countedApart(metric: LogMetric, source: string): object[] {
  const stage = { metrics: { [metric.name]: metricConfig(metric) } };
  if (!inAllPipelines.has(metric.name)) return [stage];
  return [{ static_labels: { source } }, stage, { labeldrop: ["source"] }];
}

function metricConfig(metric: LogMetric) {
  const common = { description: metric.description, prefix: metricPrefix, max_idle_duration: maxIdleDuration };
  if (metric.type === "histogram") {
    return { type: "Histogram", ...common, source: metric.source, config: { buckets: metric.buckets } };
  }
  return metric.match === "every line"
    ? { type: "Counter", ...common, config: { match_all: true, action: "inc" } }
    : { type: "Counter", ...common, source: metric.source, config: { value: metric.value, action: "inc" } };
}
