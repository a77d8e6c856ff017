import { whiteRoomRecorded as recorded } from "../../../config/white-room/recording.ts";
import type { Row } from "../../lib/dashboard.ts";
import { instant, range } from "../../lib/query.ts";
import { chosenInstance } from "../../lib/selectors.ts";
import { bars, timeSeries } from "../../lib/visualizations.ts";

const uses = `sum by (feature) (${recorded.featureUses}{${chosenInstance}})`;

/** Feature usage and errors. */
export const features: Row = {
  title: "Features and instruments",
  panels: [
    bars({
      title: "Feature usage",
      description: "Uses of each feature in the last hour.",
      unit: "short",
      decimals: 0,
      min: 0,
      width: 8,
      height: 11,
      queries: [instant(`sort_desc(${uses} * 3600)`, "{{feature}}")],
    }),
    bars({
      title: "Top instruments",
      description: "The ten most used instruments in the last hour.",
      unit: "short",
      decimals: 0,
      min: 0,
      width: 8,
      height: 11,
      queries: [
        instant(
          `sort_desc(topk(10, sum by (instrument) (increase(whiteroom_instrument_uses_total{${chosenInstance}}[1h]))))`,
          "{{instrument}}",
        ),
      ],
    }),
    bars({
      title: "Error rate by feature",
      description: "Share of uses of each feature in the last hour that failed. A full bar is 5 % or more.",
      unit: "percentunit",
      decimals: 2,
      min: 0,
      max: 0.05,
      width: 8,
      height: 11,
      queries: [
        instant(
          `sort_desc(sum by (feature) (rate(whiteroom_feature_errors_total{${chosenInstance}}[1h])) / (${uses} > 0))`,
          "{{feature}}",
        ),
      ],
    }),
    timeSeries({
      title: "Feature usage: generators",
      description: "Uses per hour of the rhythm and harmony generators.",
      unit: "short",
      min: 0,
      width: 24,
      queries: [
        range(
          `sum by (feature) (${recorded.featureUses}{${chosenInstance}, feature=~"rhythm_generator|harmony_generator"}) * 3600`,
          "{{feature}}",
        ),
      ],
    }),
  ],
};
