import { alertmanagerUrl, prometheusUrl } from "../../config/links.ts";
import { scrapeJobs } from "../../config/scrape-jobs.ts";
import { seconds } from "../../config/units.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
  readonly lastScrapeDuration: number;
}

/** Every target of every job the settings have is there and up. */
export async function checkTargets({ settings }: StackUnderTest): Promise<Finding[]> {
  const { data } = (await ask(`${prometheusUrl(settings)}/api/v1/targets?state=active`)) as {
    data: { activeTargets: Target[] };
  };
  const missing = scrapeJobs(settings)
    .filter(({ job }) => !data.activeTargets.some(({ labels }) => labels["job"] === job))
    .map(({ job }): Finding => ({ state: "failed", what: job, detail: "has no target" }));
  const found = data.activeTargets.map(({ labels, health, lastError, lastScrapeDuration }): Finding => {
    const what = `${labels["job"]} ${labels["instance"]}`;
    return health === "up"
      ? { state: "ok", what, detail: `up, scraped in ${Math.round(lastScrapeDuration * 1000)} ms` }
      : { state: "failed", what, detail: `${health} ${lastError}` };
  });
  return [...missing, ...found.sort((a, b) => (a.what < b.what ? -1 : 1))];
}

interface RuleGroup {
  readonly name: string;
  readonly interval: number;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
  readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[];
}

/** Every rule group was evaluated within two of its intervals, and no rule in it failed. */
export async function checkRules({ settings }: StackUnderTest): Promise<Finding[]> {
  const prometheus = await ruleGroups(`${prometheusUrl(settings)}/api/v1/rules`);
  const evaluation = seconds(settings.metrics.evaluationInterval);
  return prometheus.map(({ name, rules, interval, lastEvaluation, evaluationTime }) => {
    const broken = rules.filter(({ health }) => health === "err");
    const age = (Date.now() - Date.parse(lastEvaluation)) / 1000;
    if (broken.length > 0) {
      return {
        state: "failed",
        what: name,
        detail: broken.map((rule) => `${rule.name}: ${rule.lastError}`).join("; "),
      };
    }
    if (!(age < 2 * (interval || evaluation) + 5) || rules.some(({ health }) => health !== "ok")) {
      return { state: "failed", what: name, detail: "has not been evaluated lately" };
    }
    return { state: "ok", what: name, detail: `${rules.length} rules in ${(evaluationTime * 1000).toFixed(1)} ms` };
  });
}

async function ruleGroups(url: string): Promise<RuleGroup[]> {
  const { data } = (await ask(url)) as { data: { groups: RuleGroup[] } };
  if (data.groups.length === 0) throw new Error(`${url} knows no rule group`);
  return data.groups;
}

/** Alertmanager is ready with the config on disk, and Prometheus sends to it. */
export async function checkAlertmanager({ settings }: StackUnderTest): Promise<Finding[]> {
  if (!settings.alerting.enabled) return [{ state: "off", what: "alerting", detail: "switched off" }];
  const status = (await ask(`${alertmanagerUrl(settings)}/api/v2/status`)) as { versionInfo: { version: string } };
  const { data } = (await ask(`${prometheusUrl(settings)}/api/v1/alertmanagers`)) as {
    data: { activeAlertmanagers: { url: string }[] };
  };
  const found = data.activeAlertmanagers.map(({ url }) => url).join(", ");
  return [
    { state: "ok", what: "answers", detail: `version ${status.versionInfo.version}` },
    found === ""
      ? { state: "failed", what: "known to Prometheus", detail: "Prometheus has no active Alertmanager" }
      : { state: "ok", what: "known to Prometheus", detail: found },
  ];
}
