import type { DataFrame } from "@grafana/data";

/** `SeriesVisibilityChangeMode` of @grafana/ui: "append" for clicks with a modifier key. */
type Mode = "select" | "append";

/** Hidden series after a click on a legend entry. A click isolates a series, another one shows all again. */
export function nextHidden(
  hidden: ReadonlySet<string>,
  names: readonly string[],
  name: string,
  mode: string,
): ReadonlySet<string> {
  if ((mode as Mode) === "append") {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    return next;
  }
  const others = names.filter((each) => each !== name);
  const isAlone = !hidden.has(name) && others.length > 0 && others.every((each) => hidden.has(each));
  return isAlone ? new Set() : new Set(others);
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
