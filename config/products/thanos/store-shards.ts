import type { LongTermSettings } from "./long-term.ts";
import { thanosStore } from "./product.ts";

/** A store gateway, and the ages of the samples that it serves. */
export interface StoreShard {
  readonly workload: string;
  readonly newerThan?: string;
  readonly olderThan?: string;
}

/** Store gateways, starting with the one that serves the newest samples. */
export function storeShards({ store: { splitAt } }: LongTermSettings): StoreShard[] {
  return [undefined, ...splitAt].map((olderThan, index) => {
    const newerThan = splitAt[index];
    return {
      workload: index === 0 ? thanosStore.workload : `${thanosStore.workload}-${index + 1}`,
      ...(olderThan !== undefined && { olderThan }),
      ...(newerThan !== undefined && { newerThan }),
    };
  });
}
