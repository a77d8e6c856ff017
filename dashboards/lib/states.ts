import { watchesProbes, watchesServers } from "../../config/alerts/monitored.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { PanelSpec } from "./panel.ts";
import { bad, good } from "./thresholds.ts";

type State = Pick<PanelSpec, "thresholds" | "mappings">;

/** Value mappings: 1 is good, anything less is bad. */
function inWords(words: { readonly good: string; readonly bad: string }, colours = { good, bad }): State {
  return {
    thresholds: [
      { value: null, color: colours.bad },
      { value: 1, color: colours.good },
    ],
    mappings: { "0": { text: words.bad, color: colours.bad }, "1": { text: words.good, color: colours.good } },
  };
}

/** Dark enough for white text on tiles in both themes. */
const tileColours = { good: `dark-${good}`, bad: `dark-${bad}` };

/** 1 is up, anything less is down. */
const up = { good: "Up", bad: "Down" };
export const upOrDown = inWords(up);
export const upOrDownTiles = inWords(up, tileColours);
export const acceptedTiles = inWords({ good: "Accepted", bad: "Refused" }, tileColours);

const servers = [
  ["postgres", "pg_up"],
  ["redis", "redis_up"],
  ["nginx", "nginx_up"],
] as const;

/** `up`, combined with the exporters' own up metrics of their servers. */
export function answers(settings: Settings, matchers: string): string {
  const metrics = servers.flatMap(([kind, metric]) => (watchesServers(settings, kind) ? [metric] : []));
  return `{__name__=~"${["up", ...metrics].join("|")}"${withoutProbes(settings)}, ${matchers}}`;
}

/** `up` of a probe is that of blackbox_exporter. */
function withoutProbes(settings: Settings): string {
  return watchesProbes(settings) ? ', job!="probe"' : "";
}
