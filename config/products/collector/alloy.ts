import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { alloy } from "../alloy/product.ts";
import { receiver, ruleBlock, sendingBlocks } from "./alloy-destinations.ts";
import { spanBlocks } from "./alloy-spans.ts";
import { processBlock, processReceiver } from "./alloy-stages.ts";
import { type AlloyBlock, Reference, toAlloy } from "./alloy-syntax.ts";
import {
  type CollectorPlaces,
  journalMaxAge,
  logPipeline,
  syslogIdleTimeout,
  syslogMessageLength,
} from "./pipeline.ts";
import { collectorCertificates } from "./remotes.ts";
import type { RelabelRule, Source } from "./stage.ts";

/** `config.alloy`. The listen address and storage path are command-line arguments. */
export function renderAlloy(settings: Settings, places: CollectorPlaces = {}): RenderedFile[] {
  const { sources, ...sending } = logPipeline(settings, places);
  const receivers = sending.destinations.map(receiver);
  const blocks = [
    ...sources.flatMap((source) => sourceBlocks(source, receivers)),
    ...sendingBlocks(sending, places),
    ...spanBlocks(settings, places),
  ];
  return [{ path: "config.alloy", content: toAlloy(blocks) }, ...collectorCertificates(settings)];
}

function sourceBlocks(source: Source, receivers: readonly Reference[]): AlloyBlock[] {
  return [...inputBlocks(source, [processReceiver(source.name)]), processBlock(source, receivers)];
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
                use_rfc5424_message: input.format === "rfc5424",
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
