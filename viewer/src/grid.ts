import type { Panel } from "../shared/dashboard.ts";

/** A panel's box in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Placed {
  readonly panel: Panel;
  readonly box: Box;
}

export interface Layout {
  readonly items: readonly Placed[];
  readonly height: number;
}

/** Grafana's grid: 24 columns, rows of 30 pixels, 8 pixels between. */
const columns = 24;
const rowHeight = 30;
const gap = 8;

/** Below this width, panels are in a single column, as in Grafana. */
const narrow = 769;

/** A row and its panels. Panels above the first row have none. */
interface Section {
  readonly row?: Panel;
  readonly panels: readonly Panel[];
}

/** Lays out the panels of a dashboard. Omits panels in closed rows. */
export function layOut(panels: readonly Panel[], width: number, isClosed: (row: Panel) => boolean): Layout {
  const items: Placed[] = [];
  let top = 0;
  for (const { row, panels: below } of sections(panels)) {
    if (row !== undefined) {
      items.push({ panel: row, box: { left: 0, top, width, height: rowHeight } });
      top += rowHeight + gap;
      if (isClosed(row)) continue;
    }
    const placed = width < narrow ? stacked(below, top, width) : inGrid(below, top, width);
    items.push(...placed);
    top = Math.max(top, ...placed.map(({ box }) => box.top + box.height + gap));
  }
  return { items, height: top };
}

function sections(panels: readonly Panel[]): Section[] {
  const found: { row?: Panel; panels: Panel[] }[] = [{ panels: [] }];
  for (const panel of panels) {
    if (panel.type === "row") found.push({ row: panel, panels: [...(panel.panels ?? [])] });
    else found.at(-1)?.panels.push(panel);
  }
  return found.filter(({ row, panels: below }) => row !== undefined || below.length > 0);
}

function inGrid(panels: readonly Panel[], top: number, width: number): Placed[] {
  const first = Math.min(...panels.map(({ gridPos }) => gridPos.y));
  const column = (width - (columns - 1) * gap) / columns;
  return panels.map((panel) => {
    const { x, y, w, h } = panel.gridPos;
    const box = {
      left: x * (column + gap),
      top: top + (y - first) * (rowHeight + gap),
      width: w * column + (w - 1) * gap,
      height: h * rowHeight + (h - 1) * gap,
    };
    return { panel, box };
  });
}

function stacked(panels: readonly Panel[], top: number, width: number): Placed[] {
  let next = top;
  const inOrder = panels.toSorted((one, other) => one.gridPos.y - other.gridPos.y || one.gridPos.x - other.gridPos.x);
  return inOrder.map((panel) => {
    const { h } = panel.gridPos;
    const height = h * rowHeight + (h - 1) * gap;
    const box = { left: 0, top: next, width, height };
    next += height + gap;
    return { panel, box };
  });
}
