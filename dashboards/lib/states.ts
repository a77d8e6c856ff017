import type { PanelSpec } from "./panel.ts";
import { bad, good } from "./thresholds.ts";

/** 1 is up, anything less is down. */
export const upOrDown: Pick<PanelSpec, "thresholds" | "mappings"> = {
  thresholds: [
    { value: null, color: bad },
    { value: 1, color: good },
  ],
  mappings: { "0": { text: "Down", color: bad }, "1": { text: "Up", color: good } },
};
