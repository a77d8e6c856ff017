import { relabelFilter } from "../../settings/destinations.ts";
import { type AlloyBlock, Reference } from "./alloy-syntax.ts";
import { backoff, type CollectorPlaces, shortBackoff } from "./pipeline.ts";
import type { Destination, Pipeline, RelabelRule } from "./stage.ts";

/** The receiver to which sources forward their lines. */
export function receiver({ name, filters }: Destination): Reference {
  return new Reference(`loki.${filters.length > 0 ? "relabel" : "write"}.${name}.receiver`);
}

/** The components that send lines to each destination. */
export function sendingBlocks(
  { destinations, externalLabels }: Omit<Pipeline, "sources">,
  { batchSize }: CollectorPlaces,
): AlloyBlock[] {
  return destinations.flatMap((destination, index) =>
    destinationBlocks(destination, externalLabels, { isFirst: index === 0, batchSize }),
  );
}

interface Sending {
  readonly isFirst: boolean;
  readonly batchSize: number | undefined;
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

/** A relabelling rule. */
export function ruleBlock(rule: RelabelRule | ReturnType<typeof relabelFilter>): AlloyBlock {
  return { name: "rule", attributes: { ...rule } };
}
