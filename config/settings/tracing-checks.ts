import { bytesPerSpan } from "../products/jaeger/store.ts";
import { isHostAndPort } from "./hosts.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { bytes, seconds } from "./units.ts";

type Tracing = Settings["tracing"];

/** Traces that could not be stored, or not for as long as configured. */
export const tracingChecks: readonly ((settings: Settings) => Problem[])[] = [
  (settings) =>
    settings.tracing.enabled ? [...badgerProblems(settings.tracing), ...storeProblems(settings.tracing)] : [],
  ({ tracing }) => (tracing.enabled ? samplingProblems(tracing) : []),
];

/**
 * Share of the volume that traces may fill: TraceStorageFilling fires above it, and Badger does not recover from a full disk.
 */
const usable = 0.7;

/** Badger uses 100 MiB at startup, and 600 MiB if spans arrive faster than it writes them (`npm run bench -- traces`). */
const leastMemory = "768Mi";

function badgerProblems(tracing: Tracing): Problem[] {
  const { storage, replicas, retention, volumeSize, expectedSpansPerSecond, limits } = tracing;
  if (storage !== "badger") return [];
  const needed = (seconds(retention) * expectedSpansPerSecond * bytesPerSpan) / usable;
  return [
    ...(replicas === 1
      ? []
      : [
          {
            path: "tracing.replicas",
            message: `${replicas} cannot share a volume; use 1, or set tracing.storage to opensearch, elasticsearch or cassandra`,
          },
        ]),
    ...(bytes(limits.memory) >= bytes(leastMemory)
      ? []
      : [
          {
            path: "tracing.limits.memory",
            message: `${show(limits.memory)} is too small for storage badger; use at least "${leastMemory}"`,
          },
        ]),
    ...(bytes(volumeSize) >= needed
      ? []
      : [
          {
            path: "tracing.volumeSize",
            message: `${show(volumeSize)} is too small for tracing.retention ${show(retention)} at ${expectedSpansPerSecond} spans per second; use at least "${Math.ceil(needed / 1024 ** 3)}Gi", or a shorter retention`,
          },
        ]),
  ];
}

function storeProblems({ storage, store }: Tracing): Problem[] {
  const path = "tracing.store";
  if (storage === "badger") {
    return store === undefined
      ? []
      : [{ path, message: "is not used by storage badger; remove it, or set tracing.storage to the kind of database" }];
  }
  const isCassandra = storage === "cassandra";
  const example = isCassandra ? '["cassandra.internal:9042"]' : `["https://${storage}.internal:9200"]`;
  if (store === undefined)
    return [{ path, message: `is required by storage ${storage}; set servers, such as ${example}, and username` }];
  return [
    ...store.servers.flatMap((server, index) =>
      isHostAndPort(server) === isCassandra
        ? []
        : [
            {
              path: `${path}.servers[${index}]`,
              message: `${show(server)} is not valid for storage ${storage}; use ${isCassandra ? "host and port" : "a URL"}, such as ${example}`,
            },
          ],
    ),
    ...(store.username === undefined
      ? [{ path: `${path}.username`, message: `is required by storage ${storage}; set it to the user of Jaeger` }]
      : []),
  ];
}

/** Spans of one trace must meet in one process. */
function samplingProblems({ replicas, sampling }: Tracing): Problem[] {
  if (replicas === 1 || sampling.kept === 1) return [];
  return [
    {
      path: "tracing.sampling.kept",
      message: `${sampling.kept} requires tracing.replicas: 1, because a replica does not see the whole trace; use 1, and tracing.sampling.default to sample at the start of a trace`,
    },
  ];
}
