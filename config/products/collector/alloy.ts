import type { RenderedFile } from "../../file.ts";
import { relabelFilter } from "../../settings/destinations.ts";
import type { Settings } from "../../settings/schema.ts";
import { alloy } from "../alloy/product.ts";
import { spanBlocks } from "./alloy-spans.ts";
import { stageBlock } from "./alloy-stages.ts";
import { type AlloyBlock, Reference, toAlloy } from "./alloy-syntax.ts";
import {
  backoff,
  type CollectorPlaces,
  journalMaxAge,
  logPipeline,
  saysWhen,
  shortBackoff,
  syslogIdleTimeout,
  syslogMessageLength,
} from "./pipeline.ts";
import { collectorCertificates } from "./remotes.ts";
import type { Destination, Pipeline, RelabelRule, Source } from "./stage.ts";

/** `config.alloy`. The listen address and storage path are command-line arguments. */
export function renderAlloy(settings: Settings, places: CollectorPlaces = {}): RenderedFile[] {
  const { sources, destinations, externalLabels } = logPipeline(settings, places);
  const receivers = destinations.map(receiver);
  const blocks = [
    ...sources.flatMap((source) => sourceBlocks(source, receivers)),
    ...destinations.flatMap((destination, index) =>
      destinationBlocks(destination, externalLabels, { isFirst: index === 0, ...places }),
    ),
    ...spanBlocks(settings, places),
  ];
  return [{ path: "config.alloy", content: toAlloy(blocks) }, ...collectorCertificates(settings)];
}

/** What sources forward their lines to. */
function receiver({ name, filters }: Destination): Reference {
  return new Reference(`loki.${filters.length > 0 ? "relabel" : "write"}.${name}.receiver`);
}

interface Sending extends Pick<CollectorPlaces, "batchSize"> {
  readonly isFirst: boolean;
}

function destinationBlocks(
  destination: Destination,
  externalLabels: Pipeline["externalLabels"],
  sending: Sending,
): AlloyBlock[] {
  const { name, filters } = destination;
  const write: AlloyBlock = {
    name: "loki.write",
    label: name,
    attributes: { external_labels: externalLabels },
    blocks: [endpoint(destination, sending)],
  };
  if (filters.length === 0) return [write];
  const relabel: AlloyBlock = {
    name: "loki.relabel",
    label: name,
    attributes: { forward_to: [new Reference(`loki.write.${name}.receiver`)] },
    blocks: filters.map((filter) => ruleBlock(relabelFilter(filter))),
  };
  return [relabel, write];
}

function endpoint({ url, headers, proxyUrl, http }: Destination, { isFirst, batchSize }: Sending): AlloyBlock {
  const { basic_auth, authorization, tls_config } = http;
  const { minimum, maximum, retries } = isFirst ? backoff : shortBackoff;
  return {
    name: "endpoint",
    attributes: {
      url,
      headers,
      proxy_url: proxyUrl,
      bearer_token_file: authorization?.credentials_file,
      batch_size: batchSize === undefined ? undefined : `${batchSize}B`,
      min_backoff_period: minimum,
      max_backoff_period: maximum,
      max_backoff_retries: retries,
      remote_timeout: isFirst ? undefined : shortBackoff.timeout,
    },
    blocks: [
      ...(basic_auth ? [{ name: "basic_auth", attributes: { ...basic_auth } }] : []),
      ...(tls_config ? [{ name: "tls_config", attributes: tls_config }] : []),
    ],
  };
}

function sourceBlocks(source: Source, receivers: readonly Reference[]): AlloyBlock[] {
  const process: AlloyBlock = {
    name: "loki.process",
    label: source.name,
    attributes: { forward_to: receivers },
    blocks: source.stages.map(stageBlock),
  };
  return [...inputBlocks(source, [new Reference(`loki.process.${source.name}.receiver`)]), process];
}

function inputBlocks({ name, input }: Source, forward_to: readonly Reference[]): AlloyBlock[] {
  switch (input.kind) {
    case "files":
      return [
        {
          name: "local.file_match",
          label: name,
          attributes: { path_targets: input.paths.map((path) => ({ __path__: path })), sync_period: "5s" },
        },
        {
          name: "loki.source.file",
          label: name,
          attributes: { targets: new Reference(`local.file_match.${name}.targets`), forward_to },
        },
      ];
    case "syslog":
      return [
        relabelLines(name, input.relabel),
        {
          name: "loki.source.syslog",
          label: name,
          attributes: { relabel_rules: new Reference(`loki.relabel.${name}.rules`), forward_to },
          blocks: [
            {
              name: "listener",
              attributes: {
                address: input.listenAddress,
                protocol: input.protocol,
                syslog_format: input.format,
                idle_timeout: syslogIdleTimeout,
                label_structured_data: true,
                use_incoming_timestamp: saysWhen(input),
                max_message_length: syslogMessageLength,
              },
            },
          ],
        },
      ];
    case "containers":
      return [
        {
          name: "discovery.docker",
          label: name,
          attributes: { host: `unix://${input.socket}`, refresh_interval: "5s" },
        },
        {
          name: "discovery.relabel",
          label: name,
          attributes: { targets: new Reference(`discovery.docker.${name}.targets`) },
          blocks: [...input.relabel, keepIdentity].map(ruleBlock),
        },
        relabelLines(name, input.relabelLine),
        {
          name: "loki.source.docker",
          label: name,
          attributes: {
            host: `unix://${input.socket}`,
            targets: new Reference(`discovery.relabel.${name}.output`),
            relabel_rules: new Reference(`loki.relabel.${name}.rules`),
            forward_to,
          },
        },
      ];
    case "pods":
      return [
        {
          name: "discovery.kubernetes",
          label: name,
          attributes: { role: "pod", api_server: input.api },
          blocks: [
            {
              name: "selectors",
              attributes: {
                role: "pod",
                field: new Reference(`"spec.nodeName=" + sys.env("${alloy.hostVariable}")`),
              },
            },
          ],
        },
        {
          name: "discovery.relabel",
          label: name,
          attributes: { targets: new Reference(`discovery.kubernetes.${name}.targets`) },
          blocks: [...input.relabel, keepPod].map(ruleBlock),
        },
        {
          name: "local.file_match",
          label: name,
          attributes: { path_targets: new Reference(`discovery.relabel.${name}.output`), sync_period: "5s" },
        },
        {
          name: "loki.source.file",
          label: name,
          attributes: { targets: new Reference(`local.file_match.${name}.targets`), forward_to },
        },
      ];
    case "journal":
      return [
        relabelLines(name, input.relabel),
        {
          name: "loki.source.journal",
          label: name,
          attributes: {
            path: input.path,
            max_age: journalMaxAge,
            relabel_rules: new Reference(`loki.relabel.${name}.rules`),
            forward_to,
          },
        },
      ];
  }
}

/**
 * Alloy stores read positions by all target labels. The container's address may change with a restart, so it must not be
 * one of them, or all lines would be read again.
 */
const keepIdentity: RelabelRule = {
  regex: "__meta_docker_container_id|container|service|project",
  action: "labelkeep",
};

/** The same for containers of pods, where each port is a target. */
const keepPod: RelabelRule = { regex: "__path__|namespace|pod|container|service", action: "labelkeep" };

function relabelLines(name: string, rules: readonly RelabelRule[]): AlloyBlock {
  return { name: "loki.relabel", label: name, attributes: { forward_to: [] }, blocks: rules.map(ruleBlock) };
}

function ruleBlock(rule: RelabelRule | ReturnType<typeof relabelFilter>): AlloyBlock {
  return { name: "rule", attributes: { ...rule } };
}
