import { parseArgs } from "node:util";
import { parseDuration } from "../config/settings/units.ts";
import { exitCodeOf, WrongWords } from "./lib/wrong-words.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { checkAlertmanager } from "./verify/alertmanager.ts";
import { type CheckGroup, type Finding, failed } from "./verify/finding.ts";
import { checkGrafana } from "./verify/grafana.ts";
import { checkLogs } from "./verify/logs.ts";
import { checkPanels } from "./verify/panels.ts";
import { checkRules } from "./verify/rules.ts";
import { checkTargets } from "./verify/targets.ts";
import { checkViewer } from "./verify/viewer.ts";
import { checkWorkloads } from "./verify/workloads.ts";

const help = `npm run verify -- [--stack NAME] [--wait DURATION] [--without GROUP]... [--config-file FILE]

Asks the running stack whether it does its job: every workload healthy, every target up, every rule group evaluating,
logs arriving, data sources and dashboards answering, every panel's query returning data. Exit code 1 on any failure,
2 for words it does not know.

  --stack NAME        the stack, as in Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
  --wait DURATION     go on asking until all is well, at most this long ("3m"); panels need some minutes of data
  --without GROUP     leave a group of checks out, such as panels where no program of White Room is watched
  --config-file FILE  read this file instead of what start.sh deployed (.pulumi-local/Pulumi.<NAME>.yaml), or of
                      Pulumi.<NAME>.yaml where start.sh did not bring the stack up

Grafana's password is taken from GRAFANA_ADMIN_PASSWORD, else asked of the stack's engine (pulumi stack output).
`;

const groups: readonly CheckGroup[] = [
  { title: "Workloads", check: checkWorkloads },
  { title: "Targets", check: checkTargets },
  { title: "Rule groups", check: checkRules },
  { title: "Alertmanager", check: checkAlertmanager },
  { title: "Logs", check: checkLogs },
  { title: "Grafana", check: checkGrafana },
  { title: "Panels", check: checkPanels },
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
  const patience = parseDuration(values.wait);
  if (patience === undefined) throw new WrongWords(`--wait ${values.wait} is no duration: write one such as "3m"`);
  const chosen = groups.filter(({ title }) => !values.without.some((name) => isTitle(title, name)));
  const unknown = values.without.find((name) => !groups.some(({ title }) => isTitle(title, name)));
  if (unknown !== undefined)
    throw new WrongWords(
      `--without ${unknown} is not a group: use ${groups.map(({ title }) => title.toLowerCase()).join(", ")}`,
    );
  const stack = { name: values.stack, settings: deployedSettings(values.stack, values["config-file"]) };

  const asked = stack.settings.visualization.viewer.enabled ? [...chosen, viewerGroup] : chosen;
  const deadline = Date.now() + patience * 1000;
  let open = asked.map((group) => ({ group, findings: [] as Finding[] }));
  const results = open;
  for (;;) {
    for (const result of open) result.findings = await findings(result.group, stack);
    open = results.filter(({ findings }) => failed(findings) > 0);
    if (open.length === 0 || Date.now() >= deadline) break;
    const missing = open.flatMap(({ findings }) => findings.filter(({ state }) => state === "failed"));
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
    const names = missing.slice(0, 3).map(({ what }) => what);
    const left = Math.round((deadline - Date.now()) / 1000);
    process.stderr.write(`waiting for ${names.join(", ")}${more}, at most ${left} s longer\n`);
    await new Promise((done) => setTimeout(done, 5_000));
  }
  for (const { group, findings } of results) print(group.title, findings);
  const failures = failed(results.flatMap(({ findings }) => findings));
  process.stdout.write(failures === 0 ? "\nAll is well.\n" : `\n${failures} of the checks failed.\n`);
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
        what: "could not be asked",
        detail: cause instanceof Error ? `${message}: ${cause.message}` : message,
      },
    ];
  }
}

/** A group in full where something failed; else its count, so that what matters stays in sight. */
function print(title: string, findings: readonly Finding[]): void {
  const ok = findings.filter(({ state }) => state === "ok").length;
  const off = findings.filter(({ state }) => state === "off");
  process.stdout.write(`\n${title}: ${ok} of ${findings.length - off.length} well\n`);
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
