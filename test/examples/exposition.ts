/** One metric of a scrape, in Prometheus' text format. */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a target's /metrics says, by the metric's name. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  let current: { type: string; help: string; samples: Sample[] } | undefined;
  for (const line of text.split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind !== undefined) {
      current = families.get(name) ?? { type: "untyped", help: "", samples: [] };
      families.set(name, current);
      current[kind === "HELP" ? "help" : "type"] = rest;
      continue;
    }
    const [, sample, labels = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (sample === undefined) continue;
    if (current === undefined) throw new Error(`a sample before any TYPE: ${line}`);
    const pairs = [...labels.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, label, quoted = '""']) => [
      label,
      JSON.parse(quoted),
    ]);
    current.samples.push({
      name: sample,
      labels: Object.fromEntries(pairs),
      value: value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value),
    });
  }
  return families;
}

/** Waits for a target's first answer, and returns it. */
export async function scrape(url: string): Promise<ReadonlyMap<string, Family>> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return parseExposition(await answer.text());
}

/** The value of one series; throws when it is not there. */
export function seriesValue(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  const samples = [...families.values()].flatMap((family) => family.samples);
  const found = samples.find(
    (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
  );
  if (found === undefined) throw new Error(`no series ${name} ${wanted}`);
  return found.value;
}
