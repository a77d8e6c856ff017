/** What Prometheus adds to every series of a target. */
const added = ["__name__", "job", "instance", "service", "cluster", "env"];

/** A label with more values than this is a name or an address: one of them is enough. */
const mostValues = 12;

export type Labels = Readonly<Record<string, string>>;

interface Answer {
  readonly data: { readonly result: readonly { readonly metric: Labels }[] };
}

/** Every series of a job, as its program exposes it: one for each label and value, sorted, without the target's labels. */
export async function storedSeries(prometheus: string, job: string): Promise<{ lines: string[]; all: number }> {
  const series = await query(prometheus, `{job="${job}",__name__!~".*:.*|up|scrape_.*"}`);
  return { lines: [...new Set(typical(series).map(line))].sort(), all: series.length };
}

/** The labels of what an expression finds now. */
export async function query(prometheus: string, expression: string): Promise<Labels[]> {
  const answer = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  if (!answer.ok) throw new Error(`${prometheus} answers ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as Answer).data.result.map(({ metric }) => metric);
}

/** The series of which each shows a label or a value that no series before it has shown. */
function typical(series: readonly Labels[]): Labels[] {
  const all = new Map<string, Set<string>>();
  for (const labels of series) for (const [key, value] of shown(labels)) note(all, key, value);
  const seen = new Map<string, Set<string>>();
  return series
    .toSorted((one, other) => (line(one) < line(other) ? -1 : 1))
    .filter((labels) => {
      const fresh = shown(labels).filter(([key, value]) => {
        const values = seen.get(key);
        return values === undefined || (!values.has(value) && (all.get(key)?.size ?? 0) <= mostValues);
      });
      for (const [key, value] of shown(labels)) note(seen, key, value);
      return fresh.length > 0;
    });
}

/** The metric itself, and its labels with their values. */
function shown(labels: Labels): [string, string][] {
  const metric = labels["__name__"] ?? "";
  return [[metric, ""], ...own(labels).map(([name, value]): [string, string] => [`${metric} ${name}`, value])];
}

function note(values: Map<string, Set<string>>, key: string, value: string): void {
  values.set(key, (values.get(key) ?? new Set()).add(value));
}

function own(labels: Labels): [string, string][] {
  return Object.entries(labels)
    .filter(([name]) => !added.includes(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** A series as a program would expose it, without its value. */
function line(labels: Labels): string {
  const pairs = own(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${labels["__name__"]}{${pairs.join(",")}} 0`;
}
