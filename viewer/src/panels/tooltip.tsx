import { type DataFrame, dateTimeFormat, type LinkModel } from "@grafana/data";
import type { SortOrder, TooltipDisplayMode } from "@grafana/schema";
import {
  getFieldDisplayItems,
  VizTooltipContent,
  VizTooltipFooter,
  VizTooltipHeader,
  VizTooltipWrapper,
} from "@grafana/ui";

interface SeriesTooltipProps {
  readonly frame: DataFrame;
  /** Row index under the cursor, by field. */
  readonly rows: (number | null)[];
  readonly series: number | null;
  readonly isPinned: boolean;
  readonly mode: TooltipDisplayMode;
  readonly sort: SortOrder;
  readonly links: LinkModel[];
}

/** Tooltip with the values at one time. A click pins it and shows its data links. */
export function SeriesTooltip({ frame, rows, series, isPinned, mode, sort, links }: SeriesTooltipProps) {
  const time = frame.fields[0];
  const row = rows[0];
  if (time === undefined || row === null || row === undefined) return null;
  return (
    <div data-testid="tooltip">
      <VizTooltipWrapper>
        <VizTooltipHeader item={{ label: "", value: dateTimeFormat(time.values[row]) }} isPinned={isPinned} />
        <VizTooltipContent
          items={getFieldDisplayItems(frame.fields, time, rows, series, mode, sort)}
          isPinned={isPinned}
        />
        {isPinned && links.length > 0 && (
          <VizTooltipFooter dataLinks={links as Parameters<typeof VizTooltipFooter>[0]["dataLinks"] & object} />
        )}
      </VizTooltipWrapper>
    </div>
  );
}
