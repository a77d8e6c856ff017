import { parseArgs } from "node:util";
import { traitsOf } from "../components/platform/traits.ts";
import { presentCredentials } from "./lib/component-request.ts";
import { durationOption } from "./lib/duration-option.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { componentAddresses } from "./verify/addresses.ts";
import { checkAlertmanager } from "./verify/alertmanager.ts";
import { type CheckGroup, type Finding, failed } from "./verify/finding.ts";
import { checkGrafana } from "./verify/grafana.ts";
import { checkIsolation } from "./verify/isolation.ts";
import { checkLogs } from "./verify/logs.ts";
import { checkObjectives } from "./verify/objectives.ts";
import { checkPanels } from "./verify/panels.ts";
import { checkRules } from "./verify/rules.ts";
import { checkTargets } from "./verify/targets.ts";
import { checkViewer } from "./verify/viewer.ts";
import { checkWorkloads } from "./verify/workloads.ts";

const help = `npm run verify -- [--stack NAME] [--wait DURATION] [--without GROUP]... [--config-file FILE]

Verifies the running stack: all workloads are healthy, targets up, rule groups evaluated, objectives computed, logs arriving, data
sources and dashboards available, and every panel query returns data. On Kubernetes, a short-lived Job in kubectl's current context
checks that the cluster enforces NetworkPolicies; --without isolation skips it. Exit codes: 0 success, 1 a check failed, 2 invalid
arguments.

  --stack NAME        stack with a Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
  --wait DURATION     retry failed checks for at most this long, such as "3m"; panels need a few minutes of data
  --without GROUP     skip a group of checks, such as panels if no White Room service is monitored
  --config-file FILE  config file to read instead of the deployed one (.pulumi-local/Pulumi.<NAME>.yaml if the stack was
                      deployed by start.sh, otherwise Pulumi.<NAME>.yaml)

The Grafana password is read from GRAFANA_ADMIN_PASSWORD, or else from the stack outputs (pulumi stack output). With network.tls,
the key of its certificate is read from INTERNAL_TLS_KEY, and with network.gateway the password of its first user from
GATEWAY_PASSWORD, or else from the stack's config.
`;

const groups: readonly CheckGroup[] = [
  { title: "Workloads", check: checkWorkloads },
  { title: "Targets", check: checkTargets },
  { title: "Rule groups", check: checkRules },
  { title: "Objectives", check: checkObjectives },
  { title: "Alertmanager", check: checkAlertmanager },
  { title: "Logs", check: checkLogs },
  { title: "Grafana", check: checkGrafana },
  { title: "Panels", check: checkPanels },
  { title: "Isolation", check: checkIsolation },
];

const viewerGroup: CheckGroup = { title: "Viewer", check: checkViewer };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", default: defaultStack() },
      wait: { type: "string", default: "0s" },
      without: { type: "string", multiple: true, default: [] },
      "config-file": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const waitSeconds = durationOption("--wait", values.wait, { max: "1d" });
  const chosen = groups.filter(({ title }) => !values.without.some((name) => isTitle(title, name)));
  const unknown = values.without.find((name) => !groups.some(({ title }) => isTitle(title, name)));
  if (unknown !== undefined)
    throw new UsageError(
      `--without ${unknown} is not a group of checks; use ${groups.map(({ title }) => title.toLowerCase()).join(", ")}`,
    );
  const stack = { name: values.stack, settings: deployedSettings(values.stack, values["config-file"]) };
  presentCredentials(stack.name, stack.settings, componentAddresses(stack.settings));

  const { settings } = stack;
  const applicable = chosen.filter(({ check }) => {
    if (check === checkIsolation) return !traitsOf(settings).usesDockerEngine;
    return check !== checkObjectives || settings.slos.length > 0;
  });
  const selected = settings.visualization.viewer.enabled ? [...applicable, viewerGroup] : applicable;
  const deadline = Date.now() + waitSeconds * 1000;
  let open = selected.map((group) => ({ group, findings: [] as Finding[] }));
  const results = open;
  for (;;) {
    for (const result of open) result.findings = await findings(result.group, stack);
    open = results.filter(({ findings }) => failed(findings) > 0);
    if (open.length === 0 || Date.now() >= deadline) break;
    const missing = open.flatMap(({ findings }) => findings.filter(({ state }) => state === "failed"));
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
    const names = missing.slice(0, 3).map(({ what }) => what);
    const left = Math.round((deadline - Date.now()) / 1000);
    process.stderr.write(`waiting for ${names.join(", ")}${more} (${left} s left)\n`);
    await new Promise((done) => setTimeout(done, 5_000));
  }
  for (const { group, findings } of results) print(group.title, findings);
  const failures = failed(results.flatMap(({ findings }) => findings));
  process.stdout.write(failures === 0 ? "\nAll checks passed.\n" : `\n${failures} checks failed.\n`);
  return failures === 0 ? 0 : 1;
}

function isTitle(title: string, name: string): boolean {
  return title.toLowerCase() === name.toLowerCase();
}

async function findings({ check }: CheckGroup, stack: Parameters<CheckGroup["check"]>[0]): Promise<Finding[]> {
  try {
    return await check(stack);
  } catch (error) {
    const { message, cause } = error as Error;
    return [
      {
        state: "failed",
        what: "check failed",
        detail: cause instanceof Error ? `${message}: ${cause.message}` : message,
      },
    ];
  }
}

/** Prints the findings of a group; successful panels are only counted. */
function print(title: string, findings: readonly Finding[]): void {
  const ok = findings.filter(({ state }) => state === "ok").length;
  const off = findings.filter(({ state }) => state === "off");
  process.stdout.write(`\n${title}: ${ok} of ${findings.length - off.length} passed\n`);
  const width = Math.max(0, ...findings.map(({ what }) => what.length));
  for (const { state, what, detail } of findings) {
    if (title === "Panels" && state === "ok") continue;
    process.stdout.write(`  ${state.padEnd(6)}  ${what.padEnd(width)}  ${detail}\n`);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
