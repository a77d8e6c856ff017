/** Labels that distinguish a collector's pipelines; rules and dashboards sum over them. */
const ofPipelines = new Set(["component_id", "component_path", "source"]);

/** Metrics that a collector counted from log lines, by series in Prometheus notation, summed over its pipelines. */
export async function countedFromLogs(collector: string): Promise<Record<string, number>> {
  const answer = await fetch(`${collector}/metrics`);
  if (!answer.ok) throw new Error(`/metrics answers ${answer.status}: ${(await answer.text()).slice(0, 1000)}`);
  const sums: Record<string, number> = {};
  for (const line of (await answer.text()).split("\n")) {
    const [, name, labels = "", value] = /^(whiteroom_\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const kept = labels
      .split(/,(?=\w+=)/)
      .filter((label) => label !== "" && !ofPipelines.has(label.split("=")[0] ?? ""));
    const series = kept.length === 0 ? name : `${name}{${kept.sort().join(",")}}`;
    sums[series] = (sums[series] ?? 0) + Number(value);
  }
  return Object.fromEntries(Object.entries(sums).sort(([one], [other]) => (one < other ? -1 : 1)));
}
