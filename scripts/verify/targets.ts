import { type ScrapeJob, scrapeJobs } from "../../config/products/prometheus/scrape-jobs.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { prometheusAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** A target as Prometheus lists it. */
export interface ActiveTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
  readonly lastScrapeDuration: number;
}

/** Prometheus is this stack's own, and every target of every job the settings have is there and up. */
export async function checkTargets({ settings }: StackUnderTest): Promise<Finding[]> {
  const { data } = (await ask(`${prometheusAddress(settings)}/api/v1/targets?state=active`)) as {
    data: { activeTargets: ActiveTarget[] };
  };
  return [...stackFindings(settings, data.activeTargets), ...targetFindings(scrapeJobs(settings), data.activeTargets)];
}

/** Whose targets they are: at a port on localhost another stack may answer, above all where ports are forwarded. */
export function stackFindings(
  { environment, cluster }: Pick<Settings, "environment" | "cluster">,
  active: readonly ActiveTarget[],
): Finding[] {
  const failure = (detail: string): Finding[] => [{ state: "failed", what: "stack", detail }];
  if (active.length === 0) return failure("Prometheus has no target");
  const wanted = `env ${environment}, cluster ${cluster}`;
  if (active.some(({ labels }) => labels["env"] === undefined || labels["cluster"] === undefined))
    return failure(`has targets without env or cluster, and its config says ${wanted}`);
  const found = new Set(active.map(({ labels }) => `env ${labels["env"]}, cluster ${labels["cluster"]}`));
  const others = [...found].filter((labels) => labels !== wanted).join("; ");
  return others === ""
    ? [{ state: "ok", what: "stack", detail: wanted }]
    : failure(`has targets of ${others}, and its config says ${wanted}`);
}

/** The targets that are wanted and not there first, then those that are, by job and instance. */
export function targetFindings(wanted: readonly ScrapeJob[], active: readonly ActiveTarget[]): Finding[] {
  const there = new Set(active.map(nameOf));
  const missing = wanted
    .flatMap(({ job, targets }) => targets.map(({ address, instance = address }) => `${job} ${instance}`))
    .filter((name) => !there.has(name))
    .map((what): Finding => ({ state: "failed", what, detail: "is no target of Prometheus" }));
  const found = active.map((target): Finding => {
    const { health, lastError, lastScrapeDuration } = target;
    const what = nameOf(target);
    return health === "up"
      ? { state: "ok", what, detail: `up, scraped in ${Math.round(lastScrapeDuration * 1000)} ms` }
      : { state: "failed", what, detail: `${health} ${lastError}`.trimEnd() };
  });
  return [...missing, ...found.sort((a, b) => (a.what < b.what ? -1 : 1))];
}

function nameOf({ labels }: ActiveTarget): string {
  return `${labels["job"]} ${labels["instance"]}`;
}
