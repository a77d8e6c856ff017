import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { receiver, sendingBlocks } from "../collector/alloy-destinations.ts";
import { processBlock, processReceiver } from "../collector/alloy-stages.ts";
import { type AlloyBlock, toAlloy } from "../collector/alloy-syntax.ts";
import { type CollectorPlaces, logDestinations } from "../collector/pipeline.ts";
import { collectorCertificates } from "../collector/remotes.ts";
import type { Stage } from "../collector/stage.ts";
import { finish, readJson } from "../collector/steps.ts";
import { tlsDirectory } from "../internal-tls.ts";
import { eventsCollector } from "./product.ts";

/** Value of the job label of events. */
export const eventsJob = "events";

/** Value of the service label of events, the same as for the cluster's own scrape jobs. */
export const eventsService = "kubernetes";

/** Whether the events of the cluster are collected. */
export function collectsEvents({ logs }: Settings): boolean {
  return logs.enabled && logs.sources.events.enabled;
}

/** Paths and addresses. Overridden only by tests, which run the collector outside a cluster. */
export interface EventPlaces extends CollectorPlaces {
  readonly apiServer?: { readonly url: string; readonly tokenFile: string; readonly caFile: string };
}

/** `config.alloy`. */
export function renderEvents(settings: Settings, places: EventPlaces = {}): RenderedFile[] {
  const sending = logDestinations(settings, {
    configDirectory: eventsCollector.configDirectory,
    secretDirectory: eventsCollector.secretFiles.secrets.directory,
    tlsDirectory: tlsDirectory(eventsCollector),
    ...places,
  });
  const blocks: AlloyBlock[] = [
    {
      name: "loki.source.kubernetes_events",
      label: eventsJob,
      attributes: { log_format: "json", forward_to: [processReceiver(eventsJob)] },
      blocks: places.apiServer ? [clientBlock(places.apiServer)] : [],
    },
    processBlock({ name: eventsJob, stages }, sending.destinations.map(receiver)),
    ...sendingBlocks(sending, places),
  ];
  return [{ path: "config.alloy", content: toAlloy(blocks) }, ...collectorCertificates(settings)];
}

function clientBlock({ url, tokenFile, caFile }: NonNullable<EventPlaces["apiServer"]>): AlloyBlock {
  return {
    name: "client",
    attributes: { api_server: url, bearer_token_file: tokenFile },
    blocks: [{ name: "tls_config", attributes: { ca_file: caFile } }],
  };
}

/**
 * A line consists of reason, object and message. Reason and object are also structured metadata. Events of nodes and other
 * cluster-scoped objects have no namespace.
 */
const stages: readonly Stage[] = [
  // The API server keeps events for an hour. A repeated event of the API events.k8s.io keeps the time of its first occurrence,
  // and by default Loki refuses lines more than an hour behind the newest one of their stream.
  { stage: "drop", older_than: "50m", reason: "event_too_old" },
  { stage: "label_drop", values: ["job", "instance", "namespace"] },
  ...readJson({
    kind: "kind",
    name: "name",
    reason: "reason",
    event_type: "type",
    event_count: "count",
    event_message: "msg",
  }),
  {
    stage: "template",
    source: "event_text",
    template:
      '{{ .reason | default "Event" }} {{ .kind | default "object" }}/{{ .name }}: {{ .event_message }}{{ if gt (int (.event_count | default 1)) 1 }} ({{ int .event_count }} times){{ end }}',
  },
  { stage: "output", source: "event_text" },
  ...finish({ job: eventsJob, service: eventsService, level: ["event_type"] }),
  // Labels are also available as extracted values, even after they are dropped.
  { stage: "labels", values: { namespace: "namespace" } },
  // Names are unbounded, so they must not be labels.
  { stage: "structured_metadata", values: { kind: "kind", name: "name", reason: "reason" } },
];
