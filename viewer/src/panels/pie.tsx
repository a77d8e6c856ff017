import { formattedValueToString } from "@grafana/data";
import { type LegendDisplayMode, type LegendPlacement, VizLegend } from "@grafana/ui";
import { optionsOf, type PanelProps } from "./props.ts";
import { reducedValues } from "./values.ts";

interface PieOptions {
  readonly pieType?: "pie" | "donut";
  readonly legend?: {
    displayMode: LegendDisplayMode;
    placement: LegendPlacement;
    showLegend: boolean;
    values?: string[];
  };
}

/** Pie or donut chart with a legend. Grafana's own component is not on npm. */
export function Pie(props: PanelProps) {
  const { panel, width, height, theme } = props;
  const { pieType, legend } = optionsOf<PieOptions>(panel);
  const values = reducedValues(props).filter(({ display }) => display.numeric > 0);
  const total = values.reduce((sum, { display }) => sum + display.numeric, 0);
  const share = (value: number) => `${Math.round((value / total) * 100)}%`;
  const beside = legend?.placement === "right" && width > 320;
  const area = { width: beside ? width * 0.45 : width, height: beside ? height : height * 0.6 };
  const outer = Math.max(10, Math.min(area.width, area.height) / 2 - 6);
  const inner = pieType === "donut" ? outer * 0.55 : 0;
  let angle = -Math.PI / 2;
  return (
    <div style={{ display: "flex", flexDirection: beside ? "row" : "column", width, height, overflow: "hidden" }}>
      <svg
        width={area.width}
        height={area.height}
        role="img"
        aria-label={`${panel.title}, ${values.length} parts`}
        style={{ flex: "none" }}
      >
        <g transform={`translate(${area.width / 2},${area.height / 2})`}>
          {values.map(({ display }) => {
            const start = angle;
            angle += (display.numeric / total) * 2 * Math.PI;
            const text = `${display.title}: ${formattedValueToString(display)} (${share(display.numeric)})`;
            return (
              <path
                key={display.title}
                d={slice(start, angle, outer, inner)}
                fill={display.color}
                stroke={theme.colors.background.primary}
              >
                <title>{text}</title>
              </path>
            );
          })}
        </g>
      </svg>
      {legend?.showLegend !== false && (
        <div style={{ flex: 1, minWidth: 0, overflow: "auto" }}>
          <VizLegend
            placement={beside ? "right" : "bottom"}
            displayMode={(legend?.displayMode ?? "list") as LegendDisplayMode}
            items={values.map(({ display }) => ({
              label: display.title ?? "",
              color: display.color ?? "gray",
              yAxis: 1,
              getDisplayValues: () =>
                (legend?.values ?? []).map((what) =>
                  what === "percent"
                    ? { text: share(display.numeric), numeric: display.numeric / total, title: "Percent" }
                    : { text: formattedValueToString(display), numeric: display.numeric, title: "Value" },
                ),
            }))}
          />
        </div>
      )}
    </div>
  );
}

/** SVG path of a slice. A full circle ends just before its start, because an arc cannot be closed. */
function slice(start: number, end: number, outer: number, inner: number): string {
  const to = Math.min(end, start + 2 * Math.PI - 1e-4);
  const large = to - start > Math.PI ? 1 : 0;
  const at = (angle: number, radius: number) => `${radius * Math.cos(angle)},${radius * Math.sin(angle)}`;
  const back = `L${at(to, inner)}A${inner},${inner} 0 ${large} 0 ${at(start, inner)}Z`;
  return `M${at(start, outer)}A${outer},${outer} 0 ${large} 1 ${at(to, outer)}${inner > 0 ? back : "L0,0Z"}`;
}
