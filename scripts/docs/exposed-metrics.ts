import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { metricCatalogue } from "../../config/white-room/metrics.ts";

const recordings = join(import.meta.dirname, "../../test/recordings");

/** Series that Prometheus generates itself. */
const ofPrometheus = [
  ...["ALERTS", "ALERTS_FOR_STATE", "up", "scrape_duration_seconds", "scrape_samples_scraped"],
  ...["scrape_samples_post_metric_relabeling", "scrape_series_added"],
];

/** Names of all metrics of the stack, one per line: from recorded scrapes, the metrics catalogue and Prometheus itself. */
export function exposedMetrics(): string {
  const files = readdirSync(recordings, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".prom"));
  const recorded = files.flatMap((file) =>
    [...readFileSync(join(recordings, file), "utf8").matchAll(/^([a-zA-Z_:][\w:]*)(?:\{.*\})? /gm)].map(
      ([, name = ""]) => name,
    ),
  );
  const catalogue = metricCatalogue.flatMap(({ name, type }) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name],
  );
  return `${[...new Set([...ofPrometheus, ...recorded, ...catalogue])].sort().join("\n")}\n`;
}
