import { parseArgs } from "node:util";
import { priorities, type Severity } from "../config/alerts/catalogue.ts";
import { httpUrl, parseDuration } from "../config/settings/units.ts";
import { RunningAlertmanager } from "./drill/alertmanager.ts";
import { type DrillTeam, drillTeams } from "./drill/alerts.ts";
import { alertmanagerLog } from "./drill/log-lines.ts";
import { isDelivered, table } from "./drill/outcome.ts";
import { refusal } from "./drill/permission.ts";
import { drill } from "./drill/run.ts";
import { exitCodeOf, WrongWords } from "./lib/wrong-words.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { alertmanagerAddress } from "./verify/addresses.ts";

const help = `npm run drill -- [--severity p0|p1|p2|p3] [--team security|database] [--url URL]... [--stack NAME] [--yes]

Fires marked test alerts through the running Alertmanager to every route and reports which receiver got them, after how
long, and why not. The alerts resolve themselves, and with them their incidents. Exit code 1 when one did not arrive, 2
for words it does not know.

Without --severity and --team: one alert a priority, one for each team with receivers of its own, and a heartbeat. P3
waits five minutes before it notifies, unless alerting.waits.low says otherwise.

  --severity P         only this priority: p0, p1, p2 or p3
  --team TEAM          only this team's receivers: security or database (with its P0, or with --severity)
  --url URL            Alertmanager's address (default: the stack's published port); of a cluster name each replica
  --stack NAME         the stack, as in Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
  --config-file FILE   read this file instead of what start.sh deployed (.pulumi-local/Pulumi.<NAME>.yaml), or of
                       Pulumi.<NAME>.yaml where start.sh did not bring the stack up
  --timeout DURATION   how long a notification may take beyond the wait of its route (default: 60s)
  --yes                page a production stack too

What Alertmanager counts is what it delivered to that receiver since the alerts were fired: on a busy stack a real alert of
the same receiver and minute counts as well.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      severity: { type: "string" },
      team: { type: "string" },
      url: { type: "string", multiple: true },
      stack: { type: "string", default: defaultStack() },
      "config-file": { type: "string" },
      timeout: { type: "string", default: "60s" },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const severity = values.severity === undefined ? undefined : severityOf(values.severity);
  const team = values.team === undefined ? undefined : teamOf(values.team);
  const timeoutSeconds = parseDuration(values.timeout);
  if (timeoutSeconds === undefined)
    throw new WrongWords(`--timeout ${values.timeout} is no duration: write one such as "60s"`);
  const wrongUrl = values.url?.find((url) => !httpUrl.safeParse(url).success);
  if (wrongUrl !== undefined)
    throw new WrongWords(`--url ${wrongUrl} is no URL: write one such as "http://localhost:9093"`);
  const settings = deployedSettings(values.stack, values["config-file"]);
  if (!settings.alerting.enabled)
    throw new Error(`stack ${values.stack} has no Alertmanager: alerting.enabled is false`);

  const urls = values.url ?? [alertmanagerAddress(settings)];
  const alertmanager = new RunningAlertmanager(urls);
  const running = await alertmanager.environments();
  const refused = refusal({
    url: urls.join(", "),
    configured: settings.environment,
    urlGiven: values.url !== undefined,
    running,
  });
  if (refused !== undefined && !values.yes) throw new Error(refused);

  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const outcomes = await drill({
    alertmanager,
    choice: { ...(severity && { severity }), ...(team && { team }) },
    marks: {
      cluster: settings.cluster,
      environment: running[0] ?? settings.environment,
      run: Math.floor(Date.now() / 1000).toString(36),
    },
    timeoutSeconds,
    log: (since) => alertmanagerLog(settings.platform, values.stack, since),
    progress: (line) => process.stderr.write(`${line}\n`),
    stop: interrupted.signal,
  });
  if (outcomes.length === 0)
    throw new Error("no route of the running Alertmanager leads to a receiver: nothing was delivered");
  process.stdout.write(`\n${table(outcomes)}\n`);
  const missing = outcomes.filter((outcome) => !isDelivered(outcome));
  const slowest = Math.max(...outcomes.map(({ intervalSeconds }) => intervalSeconds));
  process.stdout.write(
    `\n${missing.length === 0 ? "Every receiver got its notifications." : `${missing.length} of ${outcomes.length} receivers did not get all of their notifications.`} The test alerts are over; their incidents close within ${slowest.toFixed(0)} s.\n`,
  );
  return missing.length === 0 ? 0 : 1;
}

function severityOf(text: string): Severity {
  const found = Object.entries(priorities).find(([name, priority]) =>
    [name, priority.toLowerCase()].includes(text.toLowerCase()),
  );
  if (found === undefined) throw new WrongWords(`--severity ${text} is not known: write p0, p1, p2 or p3`);
  return found[0] as Severity;
}

function teamOf(text: string): DrillTeam {
  const found = drillTeams.find((team) => team === text.toLowerCase());
  if (found === undefined)
    throw new WrongWords(`--team ${text} has no receivers of its own: write ${drillTeams.join(" or ")}`);
  return found;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
