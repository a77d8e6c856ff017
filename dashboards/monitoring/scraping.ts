import type { Settings } from "../../config/settings/schema.ts";
import { seconds } from "../../config/settings/units.ts";
import type { Row } from "../lib/dashboard.ts";
import type { Panel } from "../lib/panel.ts";
import { range } from "../lib/query.ts";
import { chosenInstance, job } from "../lib/selectors.ts";
import { upOrDown } from "../lib/states.ts";
import type { ThresholdStep } from "../lib/thresholds.ts";
import { timeline, timeSeries } from "../lib/visualizations.ts";
import { configurations } from "./configuration.ts";

/** Red at a configured limit. */
function limit(value: number): readonly ThresholdStep[] {
  return [
    { value: null, color: "green" },
    { value, color: "red" },
  ];
}

/** Scrape health, duration and limits. */
export function scraping(settings: Settings): Row {
  const { metrics } = settings;
  return {
    title: "Configuration and scraping",
    panels: [
      configurations(settings),
      timeline({
        title: "Scrape health",
        description: "Whether the scrapes of each target succeeded.",
        unit: "short",
        width: 12,
        height: 10,
        ...upOrDown,
        alerts: ["ServiceDown"],
        // Narrow screens truncate the start of names.
        queries: [range(`min by (job, instance) (up{${chosenInstance}})`, "{{instance}} {{job}}")],
      }),
      timeSeries({
        title: "Scrape duration",
        description: `Scrape duration of each target. Scrapes time out at ${metrics.scrapeTimeout}.`,
        unit: "s",
        min: 0,
        width: 12,
        height: 10,
        thresholds: limit(seconds(metrics.scrapeTimeout)),
        queries: [range(`max by (job, instance) (scrape_duration_seconds{${chosenInstance}})`, "{{job}} {{instance}}")],
      }),
      timeSeries({
        title: "Samples a scrape",
        description:
          metrics.sampleLimit > 0
            ? `Samples per scrape of each target. Above ${metrics.sampleLimit} (metrics.sampleLimit), the scrape fails.`
            : "Samples per scrape of each target. There is no limit.",
        unit: "short",
        min: 0,
        width: 8,
        alerts: ["ScrapeLimitHit"],
        queries: [range(`max by (job, instance) (scrape_samples_scraped{${chosenInstance}})`, "{{job}} {{instance}}")],
      }),
      ...limits(metrics.sampleLimit, metrics.targetLimit),
    ],
  };
}

function limits(sampleLimit: number, targetLimit: number): Panel[] {
  const panels: Panel[] = [];
  if (sampleLimit > 0) {
    panels.push(
      timeSeries({
        title: "Samples against the limit",
        description: "Largest scrape of each job as a share of metrics.sampleLimit. Above 100 %, the scrape fails.",
        unit: "percentunit",
        min: 0,
        width: 8,
        thresholds: limit(1),
        alerts: ["ScrapeLimitHit"],
        queries: [range(`max by (job) (scrape_samples_scraped{${chosenInstance}}) / ${sampleLimit}`, "{{job}}")],
      }),
    );
  }
  if (targetLimit > 0) {
    panels.push(
      timeSeries({
        title: "Targets against the limit",
        description:
          "Targets of each job as a share of metrics.targetLimit. Above 100 %, none of its targets is scraped.",
        unit: "percentunit",
        min: 0,
        width: 8,
        thresholds: limit(1),
        alerts: ["ScrapeLimitHit"],
        queries: [
          range(
            `max by (scrape_job) (prometheus_target_scrape_pool_targets{${job("prometheus")}}) / ${targetLimit}`,
            "{{scrape_job}}",
          ),
        ],
      }),
    );
  }
  panels.push(
    timeSeries(
      {
        title: "Refused scrapes",
        description: "Scrapes that exceeded a limit, and samples that were out of order or duplicates.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 24,
        height: 6,
        alerts: ["ScrapeLimitHit"],
        queries: [
          refused("prometheus_target_scrapes_exceeded_sample_limit_total", "too many samples"),
          refused("prometheus_target_scrapes_exceeded_body_size_limit_total", "response too large"),
          refused("prometheus_target_scrape_pool_exceeded_label_limits_total", "too many labels"),
          refused("prometheus_target_scrapes_sample_out_of_order_total", "samples out of order"),
          refused("prometheus_target_scrapes_sample_duplicate_timestamp_total", "duplicate samples"),
        ],
      },
      "bars",
    ),
  );
  return panels;
}

function refused(metric: string, what: string) {
  return range(`sum(increase(${metric}{${job("prometheus")}}[$__rate_interval]))`, what);
}
