import { type ScrapeJob, scrapeJobs } from "../../config/products/prometheus/scrape-jobs.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { prometheusAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** A target as listed by Prometheus. */
export interface ActiveTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
  readonly lastScrapeDuration: number;
}

/** Prometheus belongs to this stack, and every target of every configured job exists and is up. */
export async function checkTargets({ settings }: StackUnderTest): Promise<Finding[]> {
  const { data } = (await ask(`${prometheusAddress(settings)}/api/v1/targets?state=active`)) as {
    data: { activeTargets: ActiveTarget[] };
  };
  return [...stackFindings(settings, data.activeTargets), ...targetFindings(scrapeJobs(settings), data.activeTargets)];
}

/** Checks which stack the targets belong to: another stack may be listening on the port, especially with port forwarding. */
export function stackFindings(
  { environment, cluster }: Pick<Settings, "environment" | "cluster">,
  active: readonly ActiveTarget[],
): Finding[] {
  const failure = (detail: string): Finding[] => [{ state: "failed", what: "stack", detail }];
  if (active.length === 0) return failure("Prometheus has no targets");
  const wanted = `env ${environment}, cluster ${cluster}`;
  if (active.some(({ labels }) => labels["env"] === undefined || labels["cluster"] === undefined))
    return failure(`has targets without env or cluster, but the config says ${wanted}`);
  const found = new Set(active.map(({ labels }) => `env ${labels["env"]}, cluster ${labels["cluster"]}`));
  const others = [...found].filter((labels) => labels !== wanted).join("; ");
  return others === ""
    ? [{ state: "ok", what: "stack", detail: wanted }]
    : failure(`has targets of ${others}, but the config says ${wanted}`);
}

/** Missing targets first, then the existing ones, sorted by job and instance. */
export function targetFindings(wanted: readonly ScrapeJob[], active: readonly ActiveTarget[]): Finding[] {
  const there = new Set(active.map(nameOf));
  const missing = wanted
    .flatMap(({ job, targets }) => targets.map(({ address, instance = address }) => `${job} ${instance}`))
    .filter((name) => !there.has(name))
    .map((what): Finding => ({ state: "failed", what, detail: "is not a Prometheus target" }));
  const undiscovered = wanted
    .filter(({ discovery }) => discovery?.file_sd_configs !== undefined || discovery?.dns_sd_configs !== undefined)
    .filter(({ job }) => !active.some(({ labels }) => labels["job"] === job))
    .map(({ job }): Finding => ({ state: "failed", what: job, detail: "discovery found no targets" }));
  const found = active.map((target): Finding => {
    const { health, lastError, lastScrapeDuration } = target;
    const what = nameOf(target);
    return health === "up"
      ? { state: "ok", what, detail: `up, scraped in ${Math.round(lastScrapeDuration * 1000)} ms` }
      : { state: "failed", what, detail: `${health} ${lastError}`.trimEnd() };
  });
  return [...missing, ...undiscovered, ...found.sort((a, b) => (a.what < b.what ? -1 : 1))];
}

function nameOf({ labels }: ActiveTarget): string {
  return `${labels["job"]} ${labels["instance"]}`;
}
