import { rangeUtil } from "@grafana/data";
import { Icon, useTheme2 } from "@grafana/ui";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Dashboard, Panel } from "../shared/dashboard.ts";
import { loadMarks, type Mark } from "./annotations.ts";
import type { Stack } from "./api.ts";
import { layOut } from "./grid.ts";
import { resolveLink } from "./links.ts";
import { chosenVariables, setParameters, usePageLocation } from "./location.ts";
import { PanelView } from "./panel.tsx";
import type { Scope } from "./scope.ts";
import { toRange } from "./time.ts";
import { TimeControls, Variables } from "./toolbar.tsx";
import { resolveVariables } from "./variables.ts";

/** A dashboard with its variables, time range, links and panels. */
export function DashboardView({ dashboard, stack }: { dashboard: Dashboard; stack: Stack }) {
  const { parameters } = usePageLocation();
  const theme = useTheme2();
  const from = parameters.get("from") ?? dashboard.time?.from ?? "now-1h";
  const to = parameters.get("to") ?? dashboard.time?.to ?? "now";
  const refresh = parameters.get("refresh") ?? dashboard.refresh ?? "";
  const chosen = [...parameters].filter(([name]) => name.startsWith("var-")).join("\n");
  const [refreshCount, setRefreshCount] = useState(0);
  const [scope, setScope] = useState<Scope>();
  const [marks, setMarks] = useState<readonly Mark[]>([]);
  const [isBusy, setBusy] = useState(true);
  const refreshNow = useCallback(() => setRefreshCount((last) => last + 1), []);
  useRefresh(refresh, refreshNow);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `refreshCount` reloads "now"; `chosen` stands for `parameters`
  useEffect(() => {
    let isCurrent = true;
    setBusy(true);
    const load = async () => {
      const next = await resolveVariables(dashboard, toRange(from, to), chosenVariables(parameters));
      if (!isCurrent) return;
      setScope(next);
      const found = await loadMarks(dashboard, next, stack.scrapeInterval, theme);
      if (!isCurrent) return;
      setMarks(found);
      setBusy(false);
    };
    void load();
    return () => {
      isCurrent = false;
    };
  }, [dashboard, stack, theme, from, to, chosen, refreshCount]);

  const zoom = useCallback((range: { from: number; to: number }) => {
    setParameters({ from: String(Math.round(range.from)), to: String(Math.round(range.to)) });
  }, []);
  if (scope === undefined) return null;
  const links = (dashboard.links ?? []).filter(({ url }) => url !== undefined).map((link) => resolveLink(link, scope));
  return (
    <main aria-label={dashboard.title} aria-busy={isBusy}>
      <div className="viewer-bar">
        <Variables scope={scope} />
        <span className="viewer-gap" />
        <TimeControls range={scope.range} refresh={refresh} isLoading={false} onRefresh={refreshNow} />
      </div>
      <nav className="viewer-links" aria-label="Dashboard links">
        {links.map(({ title, href, newTab }) => (
          <a key={title} href={href} {...(newTab && { target: "_blank", rel: "noreferrer" })}>
            <Icon name="apps" size="sm" /> {title}
          </a>
        ))}
      </nav>
      <Panels dashboard={dashboard} stack={stack} scope={scope} marks={marks} zoom={zoom} />
    </main>
  );
}

interface PanelsProps {
  readonly dashboard: Dashboard;
  readonly stack: Stack;
  readonly scope: Scope;
  readonly marks: readonly Mark[];
  readonly zoom: (range: { from: number; to: number }) => void;
}

function Panels({ dashboard, stack, scope, marks, zoom }: PanelsProps) {
  const { ref, width } = useWidth();
  const panels = dashboard.panels ?? [];
  const [closed, setClosed] = useState<ReadonlySet<number>>(
    () => new Set(panels.filter(({ collapsed }) => collapsed === true).map(({ id }) => id)),
  );
  const toggle = ({ id }: Panel) =>
    setClosed((before) => (before.has(id) ? before.difference(new Set([id])) : before.union(new Set([id]))));
  const { items, height } = useMemo(() => layOut(panels, width, ({ id }) => closed.has(id)), [panels, width, closed]);
  return (
    <div ref={ref} style={{ position: "relative", height }}>
      {width > 0 &&
        items.map(({ panel, box }) =>
          panel.type === "row" ? (
            <h2 key={panel.id} className="viewer-row" style={{ top: box.top, height: box.height }}>
              <button type="button" aria-expanded={!closed.has(panel.id)} onClick={() => toggle(panel)}>
                <Icon name={closed.has(panel.id) ? "angle-right" : "angle-down"} /> {panel.title}
              </button>
            </h2>
          ) : (
            <PanelView key={panel.id} {...{ panel, box, scope, stack, marks, zoom }} />
          ),
        )}
    </div>
  );
}

/** Tracks the width of an element. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (ref.current === null) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

/** Calls back at an interval such as "30s" while the page is visible. */
function useRefresh(interval: string, callback: () => void): void {
  useEffect(() => {
    if (interval === "") return;
    const seconds = rangeUtil.intervalToSeconds(interval);
    const timer = setInterval(() => document.hidden || callback(), Math.max(5, seconds) * 1000);
    return () => clearInterval(timer);
  }, [interval, callback]);
}
