import { type LongTermSettings, longTermOf } from "../products/thanos/long-term.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { bytes, parseSize, seconds } from "./units.ts";

/** Requirements of `metrics.longTerm`, including those for Prometheus. */
export const longTermChecks: readonly ((settings: Settings) => Problem[])[] = [
  withLongTerm(checkRetentions),
  withLongTerm(checkDownsampling),
  withLongTerm(checkLocalRetention),
  withLongTerm(checkShards),
  withLongTerm(checkCaches),
  withLongTerm(checkExternalLabels),
];

type Check = (longTerm: LongTermSettings, settings: Settings) => Problem[];

function withLongTerm(check: Check): (settings: Settings) => Problem[] {
  return (settings) => {
    const longTerm = longTermOf(settings);
    return longTerm === undefined ? [] : check(longTerm, settings);
  };
}

const path = "metrics.longTerm";

const length = (period: string) => (period === "forever" ? Number.POSITIVE_INFINITY : seconds(period));

function checkRetentions({ retention }: LongTermSettings): Problem[] {
  const steps = [
    ["fiveMinutes", "raw"],
    ["oneHour", "fiveMinutes"],
  ] as const;
  return steps
    .filter(([coarse, fine]) => length(retention[coarse]) < length(retention[fine]))
    .map(([coarse, fine]) => ({
      path: `${path}.retention.${coarse}`,
      message: `${show(retention[coarse])} is shorter than ${path}.retention.${fine} ${show(retention[fine])}; use at least ${show(retention[fine])}`,
    }));
}

/**
 * The compactor downsamples blocks of 2 days to 5 minutes, and blocks of 14 days to 1 hour. The first samples of such a block
 * must still be there when its last ones have arrived, and a day longer while it is compacted.
 * https://github.com/thanos-io/thanos/blob/v0.42.4/docs/components/compact.md#downsampling
 */
const shortest = {
  raw: { period: "3d", block: "2 days", resolution: "5 minutes" },
  fiveMinutes: { period: "16d", block: "14 days", resolution: "1 hour" },
} as const;

function checkDownsampling({ retention }: LongTermSettings): Problem[] {
  return (["raw", "fiveMinutes"] as const)
    .filter((name) => length(retention[name]) < seconds(shortest[name].period))
    .map((name) => {
      const { period, block, resolution } = shortest[name];
      return {
        path: `${path}.retention.${name}`,
        message: `${show(retention[name])} is too short to downsample to ${resolution}, which needs ${block} of samples; use at least "${period}"`,
      };
    });
}

/** Minimum local retention. Blocks that cannot be uploaded stay on the volume until the bucket is available again. */
const leastLocal = "1d";

function checkLocalRetention(_: LongTermSettings, { metrics }: Settings): Problem[] {
  if (seconds(metrics.retentionTime) >= seconds(leastLocal)) return [];
  return [
    {
      path: "metrics.retentionTime",
      message: `${show(metrics.retentionTime)} leaves little time to upload blocks when the object storage is unavailable; use at least "${leastLocal}" with ${path}`,
    },
  ];
}

function checkShards({ store }: LongTermSettings): Problem[] {
  return store.splitAt.flatMap((age, index) => {
    const before = store.splitAt[index - 1];
    if (before === undefined || seconds(age) > seconds(before)) return [];
    return [
      {
        path: `${path}.store.splitAt[${index}]`,
        message: `${show(age)} is not older than ${show(before)} before it; list ages in ascending order`,
      },
    ];
  });
}

/** Caches that are too small for a single item, or that leave too little of the memory limit. */
function checkCaches({ store, frontend }: LongTermSettings): Problem[] {
  const caches = [
    { key: "store.indexCacheSize", size: store.indexCacheSize, owner: "store", limits: store.limits, least: "64MB" },
    { key: "frontend.cacheSize", size: frontend.cacheSize, owner: "frontend", limits: frontend.limits, least: "1MB" },
  ];
  return caches.flatMap(({ key, size, owner, limits, least }) => {
    const found = parseSize(size) ?? 0;
    const most = Math.floor((bytes(limits.memory) * 0.4) / 1024 ** 2);
    if (found < (parseSize(least) ?? 0))
      return [{ path: `${path}.${key}`, message: `${show(size)} is too small; use at least "${least}"` }];
    if (found <= most * 1024 ** 2) return [];
    return [
      {
        path: `${path}.${key}`,
        message: `${show(size)} is more than 40 % of ${path}.${owner}.limits.memory ${show(limits.memory)}; use at most "${most}MB", or raise the limit`,
      },
    ];
  });
}

/** Labels of targets and histograms: as external labels, they would replace those of the series. */
const seriesLabels = ["job", "instance", "service", "le", "quantile", "alertname", "alertstate", "severity"];

/** External labels identify the blocks of a Prometheus, and Thanos prefers them to labels of series. */
function checkExternalLabels(_: LongTermSettings, { metrics }: Settings): Problem[] {
  return Object.keys(metrics.externalLabels)
    .filter((name) => seriesLabels.includes(name))
    .map((name) => ({
      path: `metrics.externalLabels.${name}`,
      message: `would replace the label ${name} of all series in queries with ${path}; use another name`,
    }));
}
