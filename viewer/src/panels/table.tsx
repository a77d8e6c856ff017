import type { TableCellHeight, TableSortByFieldState } from "@grafana/schema";
import { TableNG } from "@grafana/ui/unstable";
import { useState } from "react";
import { fieldConfigOf, optionsOf, type PanelProps } from "./props.ts";

interface TableOptions {
  readonly sortBy?: TableSortByFieldState[];
  readonly cellHeight?: TableCellHeight;
  readonly showHeader?: boolean;
  readonly frameIndex?: number;
}

export function Table({ panel, frames, width, height, scope }: PanelProps) {
  const options = optionsOf<TableOptions>(panel);
  const [sortBy, setSortBy] = useState(options.sortBy ?? []);
  const frame = frames[options.frameIndex ?? 0] ?? frames[0];
  if (frame === undefined) return null;
  return (
    <TableNG
      ariaLabel={panel.title}
      data={frame}
      width={width}
      height={height}
      sortBy={sortBy}
      onSortByChange={setSortBy}
      {...(options.cellHeight && { cellHeight: options.cellHeight })}
      noHeader={options.showHeader === false}
      showTypeIcons={false}
      timeRange={scope.range}
      fieldConfig={fieldConfigOf(panel)}
      structureRev={1}
      enableVirtualization={frame.length > 100}
    />
  );
}
