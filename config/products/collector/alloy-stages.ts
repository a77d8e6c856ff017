import type { AlloyBlock } from "./alloy-syntax.ts";
import { maxIdleDuration, metricPrefix } from "./metrics.ts";
import type { LogMetric, Stage } from "./stage.ts";

/** Renders a stage as a block of `loki.process`. */
export function stageBlock(stage: Stage): AlloyBlock {
  const name = `stage.${stage.stage}`;
  switch (stage.stage) {
    case "drop":
      return { name, attributes: { expression: stage.expression, drop_counter_reason: stage.reason } };
    case "structured_metadata":
      return { name, attributes: { values: stage.values } };
    case "timestamp": {
      const { stage: _, ...options } = stage;
      return { name, attributes: { ...options, action_on_failure: "skip" } };
    }
    case "metric":
      return { name: "stage.metrics", blocks: [metricBlock(stage.metric)] };
    default: {
      const { stage: _, ...options } = stage;
      return { name, attributes: options };
    }
  }
}

function metricBlock(metric: LogMetric): AlloyBlock {
  const common = {
    name: metric.name,
    description: metric.description,
    prefix: metricPrefix,
    max_idle_duration: maxIdleDuration,
  };
  if (metric.type === "histogram") {
    return { name: "metric.histogram", attributes: { ...common, source: metric.source, buckets: metric.buckets } };
  }
  return metric.match === "every line"
    ? { name: "metric.counter", attributes: { ...common, match_all: true, action: "inc" } }
    : { name: "metric.counter", attributes: { ...common, source: metric.source, value: metric.value, action: "inc" } };
}
