import { dateTimeFormat, type GrafanaTheme2 } from "@grafana/data";
import type { LogLine } from "../frames.ts";
import { dashboardHref } from "../links.ts";
import type { Scope } from "../scope.ts";
import { logText } from "./log-text.ts";
import type { PanelProps } from "./props.ts";

/** Grafana's color for a log level. */
function levelColor(level: string | undefined, { visualization }: GrafanaTheme2): string {
  const name =
    { critical: "purple", error: "red", warn: "orange", info: "green", debug: "blue" }[level ?? ""] ?? "gray";
  return visualization.getColorByName(name);
}

/** Log lines with expandable labels. Grafana's own component is not on npm. */
export function Logs({ lines, height, scope, theme, panel }: PanelProps) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable elements must be keyboard accessible
      tabIndex={0}
      aria-label={`${panel.title}, ${lines.length} lines`}
      style={{ height, overflowY: "auto", fontFamily: theme.typography.fontFamilyMonospace, fontSize: 12 }}
    >
      {lines.map((line) => (
        <Line key={line.id} line={line} scope={scope} theme={theme} />
      ))}
    </section>
  );
}

function Line({ line, scope, theme }: { line: LogLine; scope: Scope; theme: GrafanaTheme2 }) {
  const milliseconds = Number(line.time.slice(0, -6));
  const level = line.labels["level"] ?? line.labels["detected_level"];
  return (
    <details className="viewer-log" style={{ borderLeftColor: levelColor(level, theme) }}>
      <summary>
        <time style={{ color: theme.colors.text.secondary }}>
          {dateTimeFormat(milliseconds, { format: "YYYY-MM-DD HH:mm:ss.SSS" })}
        </time>
        <span>{logText(line.text)}</span>
      </summary>
      <dl>
        {Object.entries(line.labels).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {logText(value)}
              {name === "trace_id" && <TraceLink trace={value} scope={scope} />}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** The same link that Grafana's data source adds (`traceSearch` in config/products/grafana.ts). */
function TraceLink({ trace, scope }: { trace: string; scope: Scope }) {
  const href = dashboardHref("white-room-logs", scope);
  return (
    <>
      {" "}
      <a href={`${href}&var-trace_id=${encodeURIComponent(trace)}`}>All lines of this trace</a>
    </>
  );
}
