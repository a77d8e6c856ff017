import type { DataFrame, GrafanaTheme2 } from "@grafana/data";
import { useEffect, useState } from "react";
import type { Panel } from "../shared/dashboard.ts";
import { problemsOfPanel } from "../shared/supported.ts";
import { QueryError } from "./api.ts";
import { knowsUnit, processFrames } from "./fields.ts";
import type { LogLine } from "./frames.ts";
import { runQueries } from "./queries.ts";
import type { Scope } from "./scope.ts";

/** State of a panel. `absent`: the stack does not have its data source. */
export type PanelState =
  | { readonly kind: "waiting" }
  | { readonly kind: "error" | "absent" | "empty"; readonly message: string }
  | {
      readonly kind: "data";
      readonly frames: DataFrame[];
      readonly lines: readonly LogLine[];
      readonly notice?: string;
    };

interface Request {
  readonly panel: Panel;
  readonly scope: Scope;
  readonly width: number;
  readonly scrapeInterval: string;
  readonly theme: GrafanaTheme2;
  /** Whether the panel is, or was, near the viewport. */
  readonly hasBeenVisible: boolean;
}

/** Loads the data of a panel, again for each new scope. Keeps the last data while loading. */
export function usePanelData({ panel, scope, width, scrapeInterval, theme, hasBeenVisible }: Request): {
  state: PanelState;
  isLoading: boolean;
} {
  const [state, setState] = useState<PanelState>({ kind: "waiting" });
  const [isLoading, setLoading] = useState(true);
  // Do not reload for small changes of the width.
  const points = Math.round(width / 50) * 50;
  useEffect(() => {
    if (!hasBeenVisible) return;
    const abort = new AbortController();
    setLoading(true);
    void load(panel, { scope, width: points, scrapeInterval, signal: abort.signal }, theme)
      .catch(failure)
      .then((next) => {
        if (abort.signal.aborted) return;
        setState(next);
        setLoading(false);
      });
    return () => abort.abort();
  }, [panel, scope, points, scrapeInterval, theme, hasBeenVisible]);
  return { state, isLoading: hasBeenVisible && isLoading };
}

async function load(
  panel: Panel,
  context: Parameters<typeof runQueries>[1],
  theme: GrafanaTheme2,
): Promise<PanelState> {
  const [problem] = problemsOfPanel(panel, knowsUnit);
  if (problem !== undefined) return { kind: "error", message: `Panel "${panel.title}": ${problem}` };
  if (panel.type === "dashlist") return { kind: "data", frames: [], lines: [] };
  const { frames: raw, lines, notice } = await runQueries(panel, context);
  const frames = await processFrames(raw, panel, context.scope, theme);
  const isEmpty = lines.length === 0 && !frames.some(({ length, fields }) => length > 0 && fields.length > 0);
  if (isEmpty) return { kind: "empty", message: panel.fieldConfig?.defaults.noValue ?? "No data" };
  return { kind: "data", frames, lines, ...(notice !== undefined && { notice }) };
}

function failure(error: unknown): PanelState {
  if (error instanceof QueryError && error.absent !== undefined) {
    const name = error.absent === "loki" ? "Loki" : error.absent;
    return { kind: "absent", message: `${name} is not part of this stack, or not running yet.` };
  }
  return { kind: "error", message: error instanceof Error ? error.message : String(error) };
}
