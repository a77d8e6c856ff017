import { traitsOf } from "../../../components/platform/traits.ts";
import type { Settings } from "../../settings/schema.ts";

export type LongTermSettings = NonNullable<Settings["metrics"]["longTerm"]>;

/** Settings of Thanos, if it is enabled. */
export function longTermOf({ metrics }: Pick<Settings, "metrics">): LongTermSettings | undefined {
  return metrics.longTerm?.enabled ? metrics.longTerm : undefined;
}

/** Number of replicas of Query and of its frontend. */
export function queryReplicas(settings: Pick<Settings, "platform">, { query }: LongTermSettings): number {
  return query.replicas ?? (traitsOf(settings).hasReplicas ? 2 : 1);
}
