import { type DataFrame, getFieldDisplayName } from "@grafana/data";

/** Display name of each frame's series. */
export function seriesNames(frames: DataFrame[]): string[] {
  return frames.map((frame) =>
    frame.fields[1] === undefined ? "" : getFieldDisplayName(frame.fields[1], frame, frames),
  );
}

/**
 * Hidden series after a click on a legend entry. A click isolates a series, another one shows all again; with a modifier
 * key ("append"), it toggles a series.
 */
export function nextHidden(
  hidden: ReadonlySet<string>,
  names: readonly string[],
  name: string,
  mode: string,
): ReadonlySet<string> {
  if (mode === "append") return hidden.symmetricDifference(new Set([name]));
  const others = new Set(names).difference(new Set([name]));
  const isAlone = others.size > 0 && !hidden.has(name) && hidden.isSupersetOf(others);
  return isAlone ? new Set() : others;
}

/** Marks hidden series in frames like Grafana does. */
export function withHidden(frames: DataFrame[], names: readonly string[], hidden: ReadonlySet<string>): DataFrame[] {
  if (hidden.size === 0) return frames;
  return frames.map((frame, index) => {
    if (!hidden.has(names[index] ?? "")) return frame;
    const hideFrom = { viz: true, legend: false, tooltip: true };
    const fields = frame.fields.map((field, place) =>
      place === 0 ? field : { ...field, config: { ...field.config, custom: { ...field.config.custom, hideFrom } } },
    );
    return { ...frame, fields };
  });
}
