import { parseArgs } from "node:util";
import { priorities, type Severity } from "../config/alerts/catalogue.ts";
import { ownRules } from "../config/alerts/own-rules/own-rules.ts";
import { teamsWithReceivers } from "../config/products/alertmanager/destinations.ts";
import { alertmanager as alertmanagerProduct } from "../config/products/alertmanager/product.ts";
import { httpUrl } from "../config/settings/units.ts";
import { withoutSecrets } from "../config/settings/urls.ts";
import { RunningAlertmanager } from "./drill/alertmanager.ts";
import { alertmanagerLog } from "./drill/log-lines.ts";
import { isDelivered, table } from "./drill/outcome.ts";
import { refusal } from "./drill/permission.ts";
import { drill } from "./drill/run.ts";
import { presentCredentials } from "./lib/component-request.ts";
import { durationOption } from "./lib/duration-option.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { alertmanagerAddress } from "./verify/addresses.ts";

const help = `npm run drill -- [--severity p0|p1|p2|p3] [--team NAME] [--url URL]... [--stack NAME] [--yes]

Sends marked test alerts through every route of the running Alertmanager and reports which receivers were notified, after
how long, and why not. The alerts resolve automatically, and so do their incidents. Exit codes: 0 success, 1 a
notification did not arrive, 2 invalid arguments.

Without --severity and --team: one alert per priority, one per team with dedicated receivers, and a heartbeat. P3
notifications are sent after five minutes, unless alerting.waits.low is changed.

  --severity P         test only this priority: p0, p1, p2 or p3
  --team NAME          test only the receivers of alerts of this team of alerting.teams (with P0 unless --severity is given)
  --url URL            Alertmanager URL (default: the published port); repeat it for each replica of a cluster
  --stack NAME         stack with a Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
  --config-file FILE   config file to read instead of the deployed one (.pulumi-local/Pulumi.<NAME>.yaml if the stack
                       was deployed by start.sh, otherwise Pulumi.<NAME>.yaml)
  --timeout DURATION   how long to wait for a notification after the group wait of its route (default: 60s)
  --yes                page people even on a production stack

Deliveries are counted from Alertmanager's metrics per receiver. On a busy stack, a real alert sent to the same receiver at
the same time is counted as well. With network.tls, the key of its certificate is read from INTERNAL_TLS_KEY, and with
network.gateway the password of its first user from GATEWAY_PASSWORD, or else from the stack's config.
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
  const timeoutSeconds = durationOption("--timeout", values.timeout, { min: "1s", max: "1d" });
  const wrongUrl = values.url?.find((url) => !httpUrl.safeParse(url).success);
  if (wrongUrl !== undefined)
    throw new UsageError(
      `--url ${withoutSecrets(wrongUrl)} is not a valid URL; use a URL without credentials, such as "http://localhost:9093"`,
    );
  const settings = deployedSettings(values.stack, values["config-file"]);
  if (!settings.alerting.enabled)
    throw new Error(`stack ${values.stack} has no Alertmanager, because alerting.enabled is false`);
  const team = values.team === undefined ? undefined : teamOf(values.team, Object.keys(settings.alerting.teams));

  const urls = values.url ?? [alertmanagerAddress(settings)];
  presentCredentials(
    values.stack,
    settings,
    urls.map((url) => [alertmanagerProduct.workload, url]),
  );
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
      teams: teamsWithReceivers(settings.alerting, "bot"),
      own: ownRules(settings).alerts,
      run: Math.floor(Date.now() / 1000).toString(36),
    },
    timeoutSeconds,
    log: (since) => alertmanagerLog(settings.platform, values.stack, since),
    progress: (line) => process.stderr.write(`${line}\n`),
    stop: interrupted.signal,
  });
  if (outcomes.length === 0)
    throw new Error("no route of the running Alertmanager has a receiver; nothing was delivered");
  process.stdout.write(`\n${table(outcomes)}\n`);
  const missing = outcomes.filter((outcome) => !isDelivered(outcome));
  const slowest = Math.max(...outcomes.map(({ intervalSeconds }) => intervalSeconds));
  process.stdout.write(
    `\n${missing.length === 0 ? "All receivers were notified." : `${missing.length} of ${outcomes.length} receivers did not get all notifications.`} The test alerts are resolved; their incidents close within ${slowest.toFixed(0)} s.\n`,
  );
  return missing.length === 0 ? 0 : 1;
}

function severityOf(text: string): Severity {
  const found = Object.entries(priorities).find(([name, priority]) =>
    [name, priority.toLowerCase()].includes(text.toLowerCase()),
  );
  if (found === undefined) throw new UsageError(`--severity ${text} is not a known severity; use p0, p1, p2 or p3`);
  return found[0] as Severity;
}

function teamOf(text: string, known: readonly string[]): string {
  const found = known.find((team) => team === text.toLowerCase());
  if (found === undefined)
    throw new UsageError(
      `--team ${text} is not a team of this stack; use ${known.join(", ")}, or add it to alerting.teams`,
    );
  return found;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
