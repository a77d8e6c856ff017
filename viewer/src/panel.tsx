import { LoadingState } from "@grafana/data";
import { Dropdown, ErrorBoundaryAlert, Icon, IconButton, Menu, PanelChrome, Tooltip, useTheme2 } from "@grafana/ui";
import { memo, useEffect, useRef, useState } from "react";
import type { Panel } from "../shared/dashboard.ts";
import type { PanelType } from "../shared/supported.ts";
import type { Mark } from "./annotations.ts";
import type { Stack } from "./api.ts";
import type { Box } from "./grid.ts";
import { type ResolvedLink, resolveLink } from "./links.ts";
import { panelComponents } from "./panels/index.ts";
import type { Scope } from "./scope.ts";
import { type PanelState, usePanelData } from "./use-panel-data.ts";

interface PanelViewProps {
  readonly panel: Panel;
  readonly box: Box;
  readonly scope: Scope;
  readonly stack: Stack;
  readonly marks: readonly Mark[];
  readonly zoom: (range: { from: number; to: number }) => void;
}

/** Panels with a colored background, drawn without padding. */
const isFilled = ({ type, options }: Panel) =>
  type === "stat" && String(options?.["colorMode"]).startsWith("background");

/** A panel in Grafana's panel frame. Tests and screenshots read `data-state`. */
export const PanelView = memo(({ panel, box, scope, stack, marks, zoom }: PanelViewProps) => {
  const theme = useTheme2();
  const { ref, hasBeenVisible } = useHasBeenVisible();
  const { state, isLoading } = usePanelData({
    panel,
    scope,
    width: box.width,
    scrapeInterval: stack.scrapeInterval,
    theme,
    hasBeenVisible,
  });
  const Component = panelComponents[panel.type as PanelType];
  const links = (panel.links ?? []).map((link) => resolveLink(link, scope));
  return (
    <div
      ref={ref}
      data-testid="panel"
      data-panel={panel.title}
      data-type={panel.type}
      data-state={isLoading ? "loading" : state.kind}
      style={{ position: "absolute", ...box }}
    >
      <PanelChrome
        width={box.width}
        height={box.height}
        title={panel.title}
        {...(panel.description !== undefined && { description: panel.description })}
        padding={isFilled(panel) ? "none" : "md"}
        loadingState={isLoading ? LoadingState.Loading : LoadingState.Done}
        {...(state.kind === "error" && { statusMessage: state.message })}
        titleItems={state.kind === "data" && state.notice !== undefined && <Notice text={state.notice} />}
        actions={links.length > 0 && <PanelLinks panel={panel} links={links} />}
      >
        {(width, height) => (
          <ErrorBoundaryAlert title={`Cannot draw panel "${panel.title}"`} dependencies={[state]}>
            {state.kind === "data" ? (
              <Component
                {...{ panel, width, height, scope, theme, marks, zoom }}
                frames={state.frames}
                lines={state.lines}
                dashboards={stack.dashboards}
              />
            ) : (
              <Message state={state} />
            )}
          </ErrorBoundaryAlert>
        )}
      </PanelChrome>
    </div>
  );
});

function Message({ state }: { state: PanelState }) {
  if (state.kind === "waiting" || state.kind === "data") return null;
  return (
    <div className="viewer-message" role={state.kind === "error" ? "alert" : "note"}>
      {state.message}
    </div>
  );
}

function Notice({ text }: { text: string }) {
  return (
    <Tooltip content={text}>
      <button type="button" className="viewer-notice" aria-label={text}>
        <Icon name="exclamation-triangle" />
      </button>
    </Tooltip>
  );
}

/** Menu of links to runbooks and dashboards. */
function PanelLinks({ panel, links }: { panel: Panel; links: readonly ResolvedLink[] }) {
  const menu = (
    <Menu>
      {links.map(({ title, href, newTab }) => (
        <Menu.Item
          key={href}
          label={title}
          url={href}
          {...(newTab && { target: "_blank" as const })}
          icon="external-link-alt"
        />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu} placement="bottom-end">
      <IconButton name="link" aria-label={`Links for ${panel.title}`} tooltip="Links" />
    </Dropdown>
  );
}

/** Whether an element has been near the viewport; panels load their data only then. */
function useHasBeenVisible() {
  const ref = useRef<HTMLDivElement>(null);
  const [hasBeenVisible, setHasBeenVisible] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null || hasBeenVisible) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setHasBeenVisible(true);
      },
      { rootMargin: "300px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasBeenVisible]);
  return { ref, hasBeenVisible };
}
