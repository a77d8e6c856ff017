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

/** Red at a limit that the settings give. */
function limit(value: number): readonly ThresholdStep[] {
  return [
    { value: null, color: "green" },
    { value, color: "red" },
  ];
}

/** What is scraped, how long it takes, and how near it is to the limits. */
export function scraping(settings: Settings): Row {
  const { metrics } = settings;
  return {
    title: "Configuration and scraping",
    panels: [
      configurations(settings),
      timeline({
        title: "Scrape health",
        description: "Whether each target answered its scrapes.",
        unit: "short",
        width: 12,
        height: 10,
        ...upOrDown,
        alerts: ["ServiceDown"],
        // A narrow screen cuts the beginning of a name.
        queries: [range(`min by (job, instance) (up{${chosenInstance}})`, "{{instance}} {{job}}")],
      }),
      timeSeries({
        title: "Scrape duration",
        description: `How long each target takes to answer. At ${metrics.scrapeTimeout} the scrape is given up.`,
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
            ? `Samples that each target brings. At ${metrics.sampleLimit} (metrics.sampleLimit) the scrape fails.`
            : "Samples that each target brings. There is no limit.",
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
        description: "Share of metrics.sampleLimit that each job's largest scrape takes. At 100 % it fails.",
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
        description: "Share of metrics.targetLimit that each job has. Above 100 % none of its targets is scraped.",
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
        description: "Scrapes that brought more than a limit allows, or samples out of order or twice.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 24,
        height: 6,
        alerts: ["ScrapeLimitHit"],
        queries: [
          refused("prometheus_target_scrapes_exceeded_sample_limit_total", "too many samples"),
          refused("prometheus_target_scrape_pool_exceeded_label_limits_total", "too many labels"),
          refused("prometheus_target_scrapes_sample_out_of_order_total", "samples out of order"),
          refused("prometheus_target_scrapes_sample_duplicate_timestamp_total", "samples twice"),
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
