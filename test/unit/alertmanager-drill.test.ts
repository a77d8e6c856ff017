import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderAlertmanager } from "../../config/products/alertmanager/alertmanager.ts";
import { drillAlerts } from "../../scripts/drill/alerts.ts";
import { readCounters, since } from "../../scripts/drill/counters.ts";
import { lastError, logCommands } from "../../scripts/drill/log-lines.ts";
import { expectations, type Outcome, table, whyNot } from "../../scripts/drill/outcome.ts";
import { refusal } from "../../scripts/drill/permission.ts";
import { deliveriesOf, parseRunningConfig } from "../../scripts/drill/routing.ts";
import { stackSettings } from "./alertmanager-settings.ts";

const marks = { cluster: "local", environment: "dev", run: "abc", teams: ["security", "database"], own: [] };
const [rendered] = renderAlertmanager(stackSettings("prod"), { slackCredential: "bot" });
const config = parseRunningConfig(rendered?.content ?? "");

describe("the alerts of a drill", () => {
  test("are one per priority and one per team, unless selected", () => {
    const names = (choice: Parameters<typeof drillAlerts>[0]) =>
      drillAlerts(choice, marks).map(({ labels }) => labels.alertname);
    assert.deepEqual(names({}), ["DrillP0", "DrillP1", "DrillP2", "DrillP3", "DrillP0Security", "DrillP0Database"]);
    assert.deepEqual(names({ severity: "low" }), ["DrillP3"]);
    assert.deepEqual(names({ team: "database" }), ["DrillP0Database"]);
    assert.deepEqual(names({ team: "security", severity: "high" }), ["DrillP1Security"]);
  });

  test("are marked as a test, in labels and in words", () => {
    const [alert] = drillAlerts({ team: "security" }, marks);
    assert.deepEqual(alert?.labels, {
      alertname: "DrillP0Security",
      severity: "critical",
      priority: "P0",
      team: "security",
      service: "drill-abc",
      cluster: "local",
      env: "dev",
      drill: "true",
    });
    assert.equal(alert?.annotations.summary, "Test alert (P0), no action required");
  });
});

describe("deliveries of an alert", () => {
  test("are those of the running routes, with their waits", () => {
    const deliveries = deliveriesOf(config, { alertname: "Any", severity: "high", team: "security" });
    assert.deepEqual(
      deliveries.map(({ receiver, integrations }) => [receiver, ...integrations]),
      [
        ["pagerduty-security", "pagerduty"],
        ["slack-alerts", "slack"],
        ["slack-security", "slack"],
        ["email-default", "email"],
        ["email-security", "email"],
      ],
    );
    assert.deepEqual([...new Set(deliveries.map(({ groupWaitSeconds }) => groupWaitSeconds))], [30]);
    assert.deepEqual([...new Set(deliveries.map(({ groupIntervalSeconds }) => groupIntervalSeconds))], [300]);
  });

  test("skip a receiver without integrations, and stop at a route that does not continue", () => {
    assert.deepEqual(deliveriesOf(config, { alertname: "Any", severity: "none" }), []);
    assert.deepEqual(
      deliveriesOf(config, { alertname: "Watchdog", severity: "critical" }).map(({ receiver }) => receiver),
      ["heartbeat"],
    );
  });

  test("support all matchers, and reject invalid ones", () => {
    const receivers = [{ name: "a", webhook_configs: [{}] }];
    const reaches = (matcher: string, labels: Record<string, string>) =>
      deliveriesOf({ route: { routes: [{ receiver: "a", matchers: [matcher] }] }, receivers }, labels).length === 1;
    assert.equal(reaches('team="x"', { team: "x" }), true);
    assert.equal(reaches('team!="x"', { team: "x" }), false);
    assert.equal(reaches('team!="x"', {}), true);
    assert.equal(reaches('team=~"x|y"', { team: "y" }), true);
    assert.equal(reaches('team=~"x|y"', { team: "xy" }), false);
    assert.equal(reaches('team!~"x|y"', { team: "z" }), true);
    assert.throws(() => reaches("team", {}), /unsupported matcher in the running Alertmanager config: team/);
  });
});

describe("Alertmanager's counts", () => {
  const exposition = (delivered: number, failed: number, givenUp: number) => `# HELP text
alertmanager_notification_requests_total{integration="slack",receiver_name="slack-alerts"} ${delivered + failed}
alertmanager_notification_requests_failed_total{integration="slack",receiver_name="slack-alerts"} ${failed}
alertmanager_notifications_total{integration="slack",receiver_name="slack-alerts"} 99
alertmanager_notifications_failed_total{integration="slack",receiver_name="slack-alerts",reason="clientError"} ${givenUp}
alertmanager_notifications_failed_total{integration="slack",receiver_name="slack-alerts",reason="other"} 0
`;

  test("report the changes of a receiver since", () => {
    const before = readCounters(exposition(3, 1, 0));
    assert.deepEqual(since(before, readCounters(exposition(5, 4, 2)), "slack-alerts"), {
      delivered: 2,
      failedAttempts: 3,
      givenUp: { clientError: 2 },
    });
    assert.deepEqual(since(before, before, "unheard-of"), { delivered: 0, failedAttempts: 0, givenUp: {} });
  });

  test("of several replicas are added", () => {
    const now = readCounters(exposition(1, 0, 0), exposition(2, 0, 0));
    assert.equal(since(new Map(), now, "slack-alerts").delivered, 3);
  });

  test("are rejected without receiver names, with the flag that adds them", () => {
    assert.throws(() => readCounters('alertmanager_notification_requests_total{integration="slack"} 1\n'), {
      message: "Alertmanager's metrics have no receiver names; start it with --enable-feature=receiver-name-in-metrics",
    });
  });
});

describe("the outcome", () => {
  const [expected] = expectations([
    {
      alert: { alertname: "DrillP0" },
      deliveries: deliveriesOf(config, { alertname: "DrillP0", severity: "critical" }).slice(1, 2),
    },
    {
      alert: { alertname: "DrillP1" },
      deliveries: deliveriesOf(config, { alertname: "DrillP1", severity: "high" }).slice(1, 2),
    },
  ]);
  const nothing = { delivered: 0, failedAttempts: 0, givenUp: {} };
  const free = { silencedBy: [], inhibitedBy: [], mutedBy: [] };

  test("is due after the longest wait of the receiver's alerts", () => {
    assert.deepEqual(expected, {
      receiver: "slack-alerts",
      alerts: ["DrillP0", "DrillP1"],
      notifications: 2,
      dueSeconds: 30,
      intervalSeconds: 300,
    });
  });

  test("explains failures: suppression, failed attempts, log errors", () => {
    assert.ok(expected);
    const states = [
      { ...free, alertname: "DrillP0", silencedBy: ["id-1"] },
      { ...free, alertname: "DrillP1", mutedBy: ["quiet-hours"] },
      { ...free, alertname: "DrillP3", mutedBy: ["another"] },
    ];
    assert.equal(
      whyNot(expected, nothing, states, undefined),
      "DrillP0 is silenced by id-1; DrillP1 is muted by quiet-hours",
    );
    assert.equal(
      whyNot(expected, { ...nothing, failedAttempts: 2, givenUp: { clientError: 2 } }, [], "channel_not_found"),
      "given up 2 times: clientError; channel_not_found",
    );
    assert.equal(whyNot(expected, { ...nothing, failedAttempts: 1 }, [], undefined), "1 failed attempt, still trying");
    assert.equal(
      whyNot(expected, nothing, [], undefined),
      "Alertmanager made no attempt; check its log and its Alerts page",
    );
  });

  test("is a table that names each receiver once", () => {
    assert.ok(expected);
    const outcomes: Outcome[] = [
      { ...expected, delivered: 2, afterSeconds: 30.6 },
      { ...expected, receiver: "email-default", delivered: 1, whyNot: "given up once: other" },
      { ...expected, receiver: "pagerduty-critical", alerts: ["DrillP0"], notifications: 1, delivered: 0, whyNot: "x" },
    ];
    assert.equal(
      table(outcomes),
      `receiver            delivered  after  alerts            reason
slack-alerts        yes        31 s   DrillP0, DrillP1
email-default       1 of 2     –      DrillP0, DrillP1  given up once: other
pagerduty-critical  NO         –      DrillP0           x`,
    );
  });
});

test("the log's last message about a receiver is from this run", () => {
  const line = (receiver: string, run: string, error: string) =>
    `time=2026-11-23T03:12:00Z level=WARN msg="Notify attempt failed, will retry later" receiver=${receiver} integration=slack[0] aggrGroup="{}:{service=\\"drill-${run}\\"}" attempts=1 err=${error}`;
  const log = [
    line("slack-alerts", "abc", '"first"'),
    line("slack-alerts", "abc", '"channel \\"#alerts\\": unexpected status code 500"'),
    line("slack-alerts", "other", '"not ours"'),
    line("slack-ops", "abc", "EOF"),
  ].join("\n");
  assert.equal(lastError(log, "slack-alerts", "abc"), 'channel "#alerts": unexpected status code 500');
  assert.equal(lastError(log, "slack-ops", "abc"), "EOF");
  assert.equal(lastError(log, "email-default", "abc"), undefined);
});

test("the log is read from the platform that runs Alertmanager", () => {
  const since = new Date("2026-11-26T03:12:00Z");
  assert.deepEqual(
    logCommands("docker", "dev", since).map((words) => words.join(" ")),
    [
      "docker logs --since 2026-11-26T03:12:00.000Z white-room-dev-alertmanager",
      "docker logs --since 2026-11-26T03:12:00.000Z white-room-sandbox-alertmanager",
    ],
  );
  assert.deepEqual(
    logCommands("kubernetes", "prod", since).map((words) => words.join(" ")),
    [
      "kubectl logs --namespace monitoring --selector app.kubernetes.io/name=alertmanager --tail=-1 --since-time=2026-11-26T03:12:00.000Z",
    ],
  );
});

describe("a drill", () => {
  const url = "http://alertmanager:9093";

  test("requires confirmation for production, by config or by running alerts", () => {
    const message = `this would page people, because ${url} is environment prod. Announce the drill, then add --yes`;
    assert.equal(refusal({ url, configured: "prod", urlGiven: false, running: [] }), message);
    assert.equal(refusal({ url, configured: "dev", urlGiven: true, running: ["prod"] }), message);
  });

  test("requires confirmation for an address with unknown environment", () => {
    assert.equal(
      refusal({ url, configured: "dev", urlGiven: true, running: [] }),
      `the environment of ${url} is unknown, because no alert is firing there. To send test alerts anyway, add --yes`,
    );
  });

  test("starts without confirmation otherwise", () => {
    assert.equal(refusal({ url, configured: "dev", urlGiven: true, running: ["dev"] }), undefined);
    assert.equal(refusal({ url, configured: "dev", urlGiven: false, running: [] }), undefined);
  });
});
