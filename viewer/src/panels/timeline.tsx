import { dateTimeFormat, type Field, formattedValueToString, getFieldDisplayName } from "@grafana/data";
import { measureText } from "@grafana/ui";
import { fieldConfigOf, type PanelProps } from "./props.ts";
import { spans, ticks } from "./timeline-spans.ts";

const axis = 26;
const top = 8;
const fontSize = 12;

/** State timeline: a row per series, a bar per period of equal values. Grafana's own component is not on npm. */
export function Timeline({ panel, frames, marks, width, height, scope, theme }: PanelProps) {
  const rows = frames.flatMap((frame, place) => {
    const [time, value] = frame.fields;
    return time && value
      ? [{ id: `${frame.refId} ${place}`, time, value, name: getFieldDisplayName(value, frame, frames) }]
      : [];
  });
  const widest = Math.max(0, ...rows.map(({ name }) => measureText(name, fontSize).width));
  const left = Math.min(Math.ceil(widest), width * 0.4) + 12;
  const plot = Math.max(1, width - left - 8);
  const [from, to] = [scope.range.from.valueOf(), scope.range.to.valueOf()];
  const x = (time: number) => left + Math.max(0, Math.min(1, (time - from) / (to - from))) * plot;
  const rowHeight = (height - axis - top) / Math.max(1, rows.length);
  const opacity = Number(fieldConfigOf(panel).defaults.custom?.["fillOpacity"] ?? 70) / 100;
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`${panel.title}, ${rows.length} rows`}
      fontSize={fontSize}
    >
      {ticks(from, to, Math.max(2, Math.floor(plot / 80))).map((time) => (
        <g key={time}>
          <line x1={x(time)} x2={x(time)} y1={top} y2={height - axis} stroke={theme.colors.border.weak} />
          <text x={x(time)} y={height - 8} fill={theme.colors.text.primary} textAnchor="middle">
            {dateTimeFormat(time, { format: to - from > 86_400_000 ? "MM/DD" : "HH:mm" })}
          </text>
        </g>
      ))}
      {rows.map(({ id, time, value, name }, index) => {
        const y = top + index * rowHeight;
        return (
          <g key={id}>
            <text x={left - 8} y={y + rowHeight / 2 + 4} fill={theme.colors.text.primary} textAnchor="end">
              {fitted(name, left - 12)}
              <title>{name}</title>
            </text>
            {spans(time.values, value.values, Number(time.config.interval ?? 0)).map(({ start, end, value: state }) => {
              const shown = displayed(value, state);
              return (
                <rect
                  key={start}
                  data-color={shown.color}
                  x={x(start)}
                  width={Math.max(1, x(end) - x(start))}
                  y={y + rowHeight * 0.05}
                  height={Math.max(1, rowHeight * 0.9)}
                  fill={shown.color}
                  fillOpacity={opacity}
                >
                  <title>{`${name}: ${shown.text}\n${dateTimeFormat(start)} to ${dateTimeFormat(end)}`}</title>
                </rect>
              );
            })}
          </g>
        );
      })}
      {marks.map(({ time, color, title }) => (
        <line
          key={`${time} ${title}`}
          x1={x(time)}
          x2={x(time)}
          y1={top}
          y2={height - axis}
          stroke={color}
          strokeDasharray="4 4"
        >
          <title>{title}</title>
        </line>
      ))}
    </svg>
  );
}

function displayed(field: Field, value: unknown): { text: string; color: string } {
  const shown = field.display?.(value);
  return { text: shown === undefined ? String(value) : formattedValueToString(shown), color: shown?.color ?? "gray" };
}

/** Truncates text to a width with an ellipsis. */
function fitted(text: string, width: number): string {
  let shown = text;
  while (shown.length > 1 && measureText(shown === text ? text : `${shown}…`, fontSize).width > width)
    shown = shown.slice(0, -1);
  return shown === text ? text : `${shown}…`;
}
