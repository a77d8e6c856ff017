import type { TimeRange } from "@grafana/data";
import { AutoSizeInput, Combobox, MultiCombobox, RefreshPicker, TimeRangePicker, ToolbarButton } from "@grafana/ui";
import { setParameters } from "./location.ts";
import { fromRange } from "./range-words.ts";
import { all, type Resolved, type Scope } from "./scope.ts";
import { shifted } from "./time.ts";

/** Controls for the dashboard's variables. */
export function Variables({ scope }: { scope: Scope }) {
  const offered = [...scope.variables.values()].filter(
    ({ variable: { type, hide } }) =>
      ["query", "custom", "textbox"].includes(type) && hide !== 2 && hide !== "hideVariable",
  );
  return offered.map((resolved) => (
    <div key={resolved.variable.name} className="viewer-variable" title={resolved.variable.description}>
      <label htmlFor={`var-${resolved.variable.name}`}>{resolved.variable.label ?? resolved.variable.name}</label>
      {resolved.variable.type === "textbox" ? (
        <TextVariable resolved={resolved} />
      ) : (
        <ListVariable resolved={resolved} />
      )}
    </div>
  ));
}

function ListVariable({ resolved: { variable, values, options } }: { resolved: Resolved }) {
  const id = `var-${variable.name}`;
  const known = [...new Set([...options, ...values.filter((value) => value !== all)])];
  const offered = known.map((value) => ({ value, label: value }));
  const choices = variable.includeAll === true ? [{ value: all, label: "All" }, ...offered] : offered;
  if (variable.multi !== true) {
    return (
      <Combobox
        id={id}
        options={choices}
        value={values[0] ?? null}
        width="auto"
        minWidth={12}
        maxWidth={30}
        onChange={({ value }) => setParameters({ [id]: value })}
      />
    );
  }
  return (
    <MultiCombobox
      id={id}
      options={choices}
      value={[...values]}
      width="auto"
      minWidth={12}
      maxWidth={40}
      onChange={(chosen) =>
        setParameters({
          [id]: nextValues(
            values,
            chosen.map(({ value }) => value),
          ),
        })
      }
    />
  );
}

/** "All" and single values are mutually exclusive: the last choice wins. An empty selection means "All". */
export function nextValues(before: readonly string[], chosen: readonly string[]): string[] {
  if (chosen.length === 0 || (chosen.includes(all) && !before.includes(all))) return [all];
  return chosen.filter((value) => value !== all);
}

function TextVariable({ resolved: { variable, values } }: { resolved: Resolved }) {
  const id = `var-${variable.name}`;
  return (
    <AutoSizeInput
      id={id}
      value={values[0] ?? ""}
      minWidth={20}
      maxWidth={40}
      onCommitChange={({ currentTarget }) => setParameters({ [id]: currentTarget.value })}
    />
  );
}

interface TimeControlsProps {
  readonly range: TimeRange;
  readonly refresh: string;
  readonly isLoading: boolean;
  readonly onRefresh: () => void;
}

/** Controls for the time range and refresh interval. */
export function TimeControls({ range, refresh, isLoading, onRefresh }: TimeControlsProps) {
  const show = (next: TimeRange) => setParameters(fromRange(next));
  return (
    <>
      <TimeRangePicker
        value={range}
        timeZone="browser"
        onChange={show}
        onChangeTimeZone={() => undefined}
        onMoveBackward={() => show(shifted(range, "back"))}
        onMoveForward={() => show(shifted(range, "forward"))}
        onZoom={() => show(shifted(range, "out"))}
        isOnCanvas
      />
      <RefreshPicker
        value={refresh}
        onRefresh={onRefresh}
        onIntervalChanged={(interval) => setParameters({ refresh: interval })}
        isLoading={isLoading}
        isOnCanvas
      />
    </>
  );
}

export function ThemeButton({ isDark }: { isDark: boolean }) {
  const label = isDark ? "Light theme" : "Dark theme";
  return (
    <ToolbarButton
      icon="adjust-circle"
      tooltip={label}
      aria-label={label}
      variant="canvas"
      onClick={() => setParameters({ theme: isDark ? "light" : "dark" })}
    />
  );
}
