import { type AlloyBlock, Reference } from "./alloy-syntax.ts";
import { maxIdleDuration, metricPrefix } from "./metrics.ts";
import type { LogMetric, Source, Stage } from "./stage.ts";

/** The component with the stages of a source. */
export function processBlock(
  { name, stages }: Pick<Source, "name" | "stages">,
  forward_to: readonly Reference[],
): AlloyBlock {
  return { name: "loki.process", label: name, attributes: { forward_to }, blocks: stages.map(stageBlock) };
}

/** The receiver to which a source forwards its lines. */
export function processReceiver(source: string): Reference {
  return new Reference(`loki.process.${source}.receiver`);
}

function stageBlock(stage: Stage): AlloyBlock {
  const name = `stage.${stage.stage}`;
  switch (stage.stage) {
    case "drop": {
      const { stage: _, reason, ...options } = stage;
      return { name, attributes: { ...options, drop_counter_reason: reason } };
    }
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
