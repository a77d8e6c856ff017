import { objectiveSeries } from "../../config/alerts/objective-rules.ts";
import { type Objective, ownObjectives } from "../../config/alerts/objectives.ts";
import { eventsCounter } from "../../config/white-room/objectives.ts";
import { prometheusAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** Checks that every objective in the config has data, because only a running application shows which metrics it exposes. */
export async function checkObjectives({ settings }: StackUnderTest): Promise<Finding[]> {
  const query = new URLSearchParams({ query: `sum by (slo) (${objectiveSeries.events})` });
  const { data } = (await ask(`${prometheusAddress(settings)}/api/v1/query?${query}`)) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  const events = data.result.map(({ metric, value }) => [metric["slo"] ?? "", Number(value[1])] as const);
  return objectiveFindings(ownObjectives(settings), new Map(events));
}

/** `events` is the number of events per second by name of the objective. */
export function objectiveFindings(
  objectives: readonly Pick<Objective, "name" | "of" | "service" | "probe">[],
  events: ReadonlyMap<string, number>,
): Finding[] {
  return objectives.map((objective): Finding => {
    const what = objective.name;
    const rate = events.get(what);
    if (rate !== undefined) return { state: "ok", what, detail: `${Number(rate.toPrecision(3))} events per second` };
    return { state: "failed", what, detail: `has no data: Prometheus has no recent ${selector(objective)}` };
  });
}

function selector({ of, service, probe }: Pick<Objective, "of" | "service" | "probe">): string {
  if (of !== "probe") return `${eventsCounter(of)}{service="${service}"}`;
  return `probe_success{${probe === undefined ? `service="${service}"` : `probe="${probe}"`}}`;
}
