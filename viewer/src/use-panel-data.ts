import type { DataFrame, GrafanaTheme2 } from "@grafana/data";
import { useEffect, useState } from "react";
import type { Panel } from "../shared/dashboard.ts";
import { problemsOfPanel } from "../shared/supported.ts";
import { QueryError } from "./api.ts";
import { knowsUnit, processFrames } from "./fields.ts";
import type { LogLine } from "./frames.ts";
import { runQueries } from "./queries.ts";
import type { Scope } from "./scope.ts";

/** What a panel has to show. `absent`: its data source is not part of the stack. */
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
  /** Whether the panel is, or was, near the visible part of the page. */
  readonly isSeen: boolean;
}

/** Asks what a panel shows, again with each new scope. While a new answer is on its way the last one stays. */
export function usePanelData({ panel, scope, width, scrapeInterval, theme, isSeen }: Request): {
  state: PanelState;
  isLoading: boolean;
} {
  const [state, setState] = useState<PanelState>({ kind: "waiting" });
  const [isLoading, setLoading] = useState(true);
  // A few pixels more or less change no step.
  const points = Math.round(width / 50) * 50;
  useEffect(() => {
    if (!isSeen) return;
    const abort = new AbortController();
    setLoading(true);
    void ask(panel, { scope, width: points, scrapeInterval, signal: abort.signal }, theme)
      .catch(failure)
      .then((next) => {
        if (abort.signal.aborted) return;
        setState(next);
        setLoading(false);
      });
    return () => abort.abort();
  }, [panel, scope, points, scrapeInterval, theme, isSeen]);
  return { state, isLoading: isSeen && isLoading };
}

async function ask(panel: Panel, context: Parameters<typeof runQueries>[1], theme: GrafanaTheme2): Promise<PanelState> {
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
    return { kind: "absent", message: `${name} is not running in this stack (yet).` };
  }
  return { kind: "error", message: error instanceof Error ? error.message : String(error) };
}
