import { eventsJob } from "../../config/products/events-collector/events.ts";
import type { Row } from "../lib/dashboard.ts";
import { logLines, logRange, mayBeEmpty } from "../lib/query.ts";
import { chosenCluster } from "../lib/selectors.ts";
import { lines, timeSeries } from "../lib/visualizations.ts";

const none = "There were no Warning events in this time range.";

/** Recent Warning events. Those of nodes have no namespace, so every selection includes them. */
export function events(choosesNamespace: boolean): Row {
  const inNamespaces = choosesNamespace ? ', namespace=~"$namespace|"' : "";
  const warnings = `{${chosenCluster}, job="${eventsJob}", level="warn"${inNamespaces}}`;
  return {
    title: "Events",
    panels: [
      lines({
        title: "Warning events",
        description:
          "Latest Warning events of the selected namespaces and of objects without one: reason, object and message. Details show the reason, kind and name as fields.",
        unit: "none",
        width: 16,
        height: 10,
        queries: [mayBeEmpty(none, logLines(warnings, 200))],
      }),
      timeSeries(
        {
          title: "Warning events by reason",
          description: "Warning events of the same selection, by reason.",
          unit: "short",
          decimals: 0,
          min: 0,
          width: 8,
          height: 10,
          queries: [
            mayBeEmpty(none, logRange(`sum by (reason) (count_over_time(${warnings} [$__auto]))`, "{{reason}}")),
          ],
        },
        "bars",
      ),
    ],
  };
}
