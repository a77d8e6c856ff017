import { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import {
  AxisPlacement,
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as DashboardList } from "@grafana/grafana-foundation-sdk/dashboardlist";
import { PanelBuilder as Logs } from "@grafana/grafana-foundation-sdk/logs";
import {
  PanelBuilder as PieChart,
  PieChartLegendOptionsBuilder,
  PieChartLegendValues,
  PieChartType,
} from "@grafana/grafana-foundation-sdk/piechart";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimeline } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { oneColour, type Panel, type PanelSpec, panel, seriesColours, thresholdColour } from "./panel.ts";
import type { ThresholdStep } from "./thresholds.ts";

function legend() {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom);
}

/** Tooltip with all series, largest first. */
function tooltip() {
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}

function last() {
  return new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
}

/** Time series: lines, stacked areas for parts of a total, or bars for counts. */
export function timeSeries(spec: PanelSpec, look: "lines" | "stacked" | "bars" = "lines"): Panel {
  return panel(
    spec,
    ({ steps }) => {
      const graph = new TimeSeries()
        .colorScheme(seriesColours())
        .legend(legend())
        .tooltip(tooltip())
        .showPoints(VisibilityMode.Never)
        .lineWidth(look === "bars" ? 0 : 1)
        .fillOpacity(look === "lines" ? 0 : 60);
      if (look !== "lines") graph.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
      if (look === "bars") graph.drawStyle(GraphDrawStyle.Bars);
      // With only zeros, the axis would end at 100, whatever the unit.
      if (spec.unit === "percentunit") graph.axisSoftMax(0.01);
      else if (look === "bars" || spec.decimals === 0) graph.axisSoftMax(1);
      if (steps.some(({ value }) => value !== null)) {
        graph.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
      }
      const end = axisEnd(spec, steps);
      return end === undefined ? graph : graph.axisSoftMax(end);
    },
    "lines",
  );
}

/** Extends the axis to the nearest alert threshold, or to all of them if alerts fire below. */
function axisEnd({ thresholds, unit }: PanelSpec, steps: readonly ThresholdStep[]): number | undefined {
  if (thresholds === undefined || !("fires" in thresholds)) return undefined;
  const limits = steps.flatMap(({ value }) => (value === null ? [] : [value]));
  const nearest = thresholds.fires === "above" ? limits[0] : limits.at(-1);
  if (nearest === undefined) return undefined;
  // Shares with a threshold in the upper half end at 100 %.
  return unit === "percentunit" && nearest >= 0.5 && nearest <= 1 ? 1 : nearest * 1.1;
}

/** Current values. "tiles" colours the background by state, "trend" adds a sparkline, "many" uses a uniform text size. */
export function stat(spec: PanelSpec, look: "plain" | "many" | "tiles" | "trend" = "plain"): Panel {
  return panel(spec, () => {
    const stats = new Stat()
      .reduceOptions(last())
      .graphMode(look === "trend" ? BigValueGraphMode.Area : BigValueGraphMode.None)
      .colorMode(look === "tiles" ? BigValueColorMode.BackgroundSolid : BigValueColorMode.Value)
      .colorScheme(thresholdColour());
    if (look === "tiles") {
      stats
        .textMode(BigValueTextMode.ValueAndName)
        .text(new VizTextDisplayOptionsBuilder().titleSize(13).valueSize(18));
    }
    // Grafana's automatic text size differs between lines.
    if (look === "many") stats.text(new VizTextDisplayOptionsBuilder().titleSize(12).valueSize(15));
    return stats;
  });
}

/** One bar per series, in the order of the query. */
export function bars(spec: PanelSpec): Panel {
  return panel(spec, () =>
    new BarGauge()
      .reduceOptions(last())
      .orientation(VizOrientation.Horizontal)
      .displayMode(BarGaugeDisplayMode.Basic)
      .valueMode(BarGaugeValueMode.Text)
      .colorScheme(oneColour()),
  );
}

/** Pie chart. */
export function pie(spec: PanelSpec): Panel {
  return panel(spec, () =>
    new PieChart()
      .reduceOptions(last())
      .pieType(PieChartType.Donut)
      .colorScheme(seriesColours())
      .tooltip(tooltip())
      .legend(
        new PieChartLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.Table)
          .placement(LegendPlacement.Right)
          .values([PieChartLegendValues.Value, PieChartLegendValues.Percent]),
      ),
  );
}

/** State timeline of each series. */
export function timeline(spec: PanelSpec): Panel {
  return panel(spec, () =>
    new StateTimeline()
      .colorScheme(thresholdColour())
      .mergeValues(true)
      .disablePagination()
      .showValue(VisibilityMode.Never)
      .axisPlacement(AxisPlacement.Left)
      .legend(new VizLegendOptionsBuilder().showLegend(false).displayMode(LegendDisplayMode.List).calcs([]))
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None)),
  );
}

/** Logs panel with labels and context. The logs panel has no noValue option, so the reason is added to the description. */
export function lines(spec: PanelSpec, order: "newest first" | "oldest first" = "newest first"): Panel {
  const why = spec.queries[0]?.mayBeEmpty;
  const description = why === undefined ? spec.description : `${spec.description} If there is no data: ${why}`;
  return panel({ ...spec, description }, () =>
    new Logs()
      .showTime(true)
      .wrapLogMessage(true)
      .enableLogDetails(true)
      .showLogContextToggle(true)
      .sortOrder(order === "newest first" ? LogsSortOrder.Descending : LogsSortOrder.Ascending),
  );
}

/** List of all dashboards with the tag. */
export function dashboardList(spec: PanelSpec, tag: string): Panel {
  return panel(spec, () =>
    new DashboardList()
      .tags([tag])
      .showSearch(true)
      .showStarred(false)
      .showHeadings(false)
      .showFolderNames(false)
      .keepTime(true)
      .maxItems(20),
  );
}
