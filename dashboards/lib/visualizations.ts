import { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import {
  AxisPlacement,
  BarGaugeDisplayMode,
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
import { nameColour, type Panel, type PanelSpec, panel, thresholdColour } from "./panel.ts";
import type { ThresholdStep } from "./thresholds.ts";

function legend() {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom);
}

/** All series of the moment, the largest first. */
function tooltip() {
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}

function last() {
  return new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
}

/** Lines over time; stacked where the parts add up to something, as bars where each is a count of its own. */
export function timeSeries(spec: PanelSpec, look: "lines" | "stacked" | "bars" = "lines"): Panel {
  return panel(spec, ({ steps }) => {
    const graph = new TimeSeries()
      .colorScheme(nameColour())
      .legend(legend())
      .tooltip(tooltip())
      .showPoints(VisibilityMode.Never)
      .lineWidth(look === "bars" ? 0 : 1)
      .fillOpacity(look === "lines" ? 8 : 60);
    if (look !== "lines") graph.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
    if (look === "bars") graph.drawStyle(GraphDrawStyle.Bars);
    return withThresholdLine(graph, steps);
  });
}

/** A dashed line at each threshold, and an axis long enough to show the first one. */
function withThresholdLine(graph: TimeSeries, steps: readonly ThresholdStep[]): TimeSeries {
  const limits = steps.flatMap(({ value }) => (value === null ? [] : [value]));
  const [lowest] = limits;
  if (lowest === undefined) return graph;
  return graph
    .axisSoftMax(lowest * 1.1)
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** Numbers of now. "tiles" fills each with the colour of its state; "trend" draws the way it came. */
export function stat(spec: PanelSpec, look: "plain" | "tiles" | "trend" = "plain"): Panel {
  return panel(spec, () => {
    const stats = new Stat()
      .reduceOptions(last())
      .graphMode(look === "trend" ? BigValueGraphMode.Area : BigValueGraphMode.None)
      .colorMode(look === "tiles" ? BigValueColorMode.BackgroundSolid : BigValueColorMode.Value)
      .colorScheme(thresholdColour());
    if (look === "tiles") stats.textMode(BigValueTextMode.ValueAndName);
    return stats;
  });
}

/** One bar a series, the longest first when the query sorts them. */
export function bars(spec: PanelSpec): Panel {
  return panel(spec, ({ steps }) =>
    new BarGauge()
      .reduceOptions(last())
      .orientation(VizOrientation.Horizontal)
      .displayMode(BarGaugeDisplayMode.Basic)
      .colorScheme(steps.length > 0 ? thresholdColour() : nameColour()),
  );
}

/** Shares of a whole. */
export function pie(spec: PanelSpec): Panel {
  return panel(spec, () =>
    new PieChart()
      .reduceOptions(last())
      .pieType(PieChartType.Donut)
      .colorScheme(nameColour())
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

/** What state each series was in, and when. */
export function timeline(spec: PanelSpec): Panel {
  return panel(spec, () =>
    new StateTimeline()
      .colorScheme(thresholdColour())
      .mergeValues(true)
      .showValue(VisibilityMode.Never)
      .axisPlacement(AxisPlacement.Left)
      .legend(new VizLegendOptionsBuilder().showLegend(false).displayMode(LegendDisplayMode.List).calcs([]))
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None)),
  );
}

/** Log lines with their labels, and the lines around each at a click. */
export function lines(spec: PanelSpec, order: "newest first" | "oldest first" = "newest first"): Panel {
  return panel(spec, () =>
    new Logs()
      .showTime(true)
      .wrapLogMessage(true)
      .enableLogDetails(true)
      .showLogContextToggle(true)
      .sortOrder(order === "newest first" ? LogsSortOrder.Descending : LogsSortOrder.Ascending),
  );
}

/** Links to every dashboard with the tag. */
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
