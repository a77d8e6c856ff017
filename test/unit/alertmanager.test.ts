import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  alertmanagerConfig,
  alertmanagerSecrets,
  renderAlertmanager,
} from "../../config/products/alertmanager/alertmanager.ts";
import { alertingSettings, stackSettings } from "./alertmanager-settings.ts";

const bot = { slackCredential: "bot" } as const;
const webhook = { slackCredential: "webhook" } as const;

function receiverNames(alerting: Record<string, unknown>, options: typeof bot | typeof webhook = bot) {
  return alertmanagerConfig(alertingSettings(alerting), options).receivers.map(({ name }) => name);
}

describe("the rendered files", () => {
  test("are the main file and the templates it lists", () => {
    const files = renderAlertmanager(stackSettings("dev"), bot);
    assert.deepEqual(
      files.map(({ path }) => path),
      [
        "alertmanager.yml",
        "templates/common.tmpl",
        "templates/email.tmpl",
        "templates/pagerduty.tmpl",
        "templates/slack.tmpl",
      ],
    );
    assert.deepEqual(
      alertmanagerConfig(stackSettings("dev"), bot).templates,
      files.slice(1).map(({ path }) => path),
    );
  });

  test("are the same bytes for the same settings", () => {
    assert.deepEqual(renderAlertmanager(stackSettings("prod"), bot), renderAlertmanager(stackSettings("prod"), bot));
  });
});

describe("shared settings of receivers", () => {
  test("in prod: a bot token, mail with user and password file, PagerDuty itself", () => {
    assert.deepEqual(alertmanagerConfig(stackSettings("prod"), bot).global, {
      pagerduty_url: "https://events.pagerduty.com/v2/enqueue",
      slack_app_url: "https://slack.com/api/chat.postMessage",
      slack_app_token_file: "/etc/alertmanager/secrets/slackBotToken",
      smtp_smarthost: "smtp.white-room.example:587",
      smtp_from: "monitoring@white-room.example",
      smtp_require_tls: true,
      smtp_auth_username: "monitoring@white-room.example",
      smtp_auth_password_file: "/etc/alertmanager/secrets/smtpPassword",
    });
  });

  test("in dev: the demo's receivers, and mail without a user", () => {
    assert.deepEqual(alertmanagerConfig(stackSettings("dev"), bot).global, {
      pagerduty_url: "http://demo-sinks:8025/pagerduty/v2/enqueue",
      slack_app_url: "http://demo-sinks:8025/slack/api/chat.postMessage",
      slack_app_token_file: "/etc/alertmanager/secrets/slackBotToken",
      smtp_smarthost: "demo-sinks:2525",
      smtp_from: "white-room-monitoring@localhost",
      smtp_require_tls: false,
    });
  });

  test("with a webhook: its file and no token", () => {
    const { global } = alertmanagerConfig(alertingSettings(), webhook);
    assert.equal(global.slack_api_url_file, "/etc/alertmanager/secrets/slackWebhookUrl");
    assert.deepEqual(
      Object.keys(global).filter((key) => key.includes("app")),
      [],
    );
  });
});

describe("secrets", () => {
  test("are exactly those that the file reads", () => {
    assert.deepEqual(alertmanagerSecrets(stackSettings("prod"), "bot"), [
      "pagerdutyCriticalKey",
      "pagerdutyHighKey",
      "pagerdutySecurityKey",
      "slackBotToken",
      "smtpPassword",
      "heartbeatUrl",
    ]);
    for (const slackCredential of ["bot", "webhook"] as const) {
      for (const settings of [
        stackSettings("dev"),
        stackSettings("prod"),
        alertingSettings({ slack: off, email: everybody, teams: mailboxes }),
      ]) {
        const [main] = renderAlertmanager(settings, { slackCredential });
        const read = [...(main?.content ?? "").matchAll(/\/etc\/alertmanager\/secrets\/(\w+)/g)].map(([, key]) => key);
        assert.deepEqual([...new Set(read)].sort(), [...alertmanagerSecrets(settings, slackCredential)].sort());
      }
    }
  });
});

const off = { enabled: false };
const everybody = {
  smarthost: "smtp.example.com:587",
  to: { default: ["oncall@example.com"] },
};
const mailboxes = { security: { email: ["security@example.com"] }, database: { email: ["database@example.com"] } };

describe("a disabled receiver", () => {
  test("is removed, and the others stay", () => {
    assert.deepEqual(receiverNames({ pagerduty: off, heartbeat: off, email: off }), [
      "nobody",
      "slack-alerts",
      "slack-ops",
      "slack-notifications",
      "slack-security",
      "slack-database",
    ]);
    assert.deepEqual(receiverNames({ slack: off, email: off }), [
      "nobody",
      "heartbeat",
      "pagerduty-critical",
      "pagerduty-high",
      "pagerduty-security",
    ]);
  });

  test("leaves no route behind", () => {
    const { route } = alertmanagerConfig(alertingSettings({ slack: off, email: off }), bot);
    assert.deepEqual(
      route.routes?.map(({ receiver, matchers, routes }) => [receiver, matchers?.[0], routes?.length ?? 0]),
      [
        ["heartbeat", 'alertname="Watchdog"', 0],
        ["nobody", 'severity="critical"', 2],
        ["nobody", 'severity="high"', 2],
      ],
    );
  });

  test("if all are disabled, alerts are sent to nobody", () => {
    const config = alertmanagerConfig(
      alertingSettings({ pagerduty: off, slack: off, email: off, heartbeat: off }),
      bot,
    );
    assert.deepEqual(config.receivers, [{ name: "nobody" }]);
    assert.deepEqual(
      config.route.routes?.map(({ receiver }) => receiver),
      ["nobody"],
    );
    assert.deepEqual(config.global, {});
  });

  test("team security without its PagerDuty key pages with that of the priority", () => {
    const settings = alertingSettings({ teams: { security: { pagerduty: false } } });
    assert.ok(!alertmanagerSecrets(settings, "bot").includes("pagerdutySecurityKey"));
    const critical = alertmanagerConfig(settings, bot).route.routes?.[1]?.routes ?? [];
    assert.deepEqual(
      critical.map(({ receiver, matchers }) => [receiver, ...(matchers ?? [])]),
      [
        ["pagerduty-critical"],
        ["slack-alerts"],
        ["slack-security", 'team="security"'],
        ["slack-database", 'team="database"'],
        ["email-default"],
      ],
    );
  });

  test("a team without addresses has no e-mail receiver", () => {
    const mailboxes = receiverNames({}).filter((name) => name.startsWith("email-"));
    assert.deepEqual(mailboxes, ["email-default"]);
  });
});

describe("routes", () => {
  test("use the waits of settings", () => {
    const waits = {
      critical: { groupWait: "1s", groupInterval: "2s", repeatInterval: "3s" },
      heartbeat: { groupWait: "0s", groupInterval: "5s", repeatInterval: "4s" },
    };
    const { route } = alertmanagerConfig(alertingSettings({ waits }), bot);
    assert.deepEqual(
      route.routes?.map((child) => [child.group_wait, child.group_interval, child.repeat_interval]),
      [
        ["0s", "5s", "4s"],
        ["1s", "2s", "3s"],
        ["30s", "5m", "4h"],
        ["1m", "10m", "12h"],
        ["5m", "1h", "24h"],
      ],
    );
    assert.deepEqual(route.group_by, ["alertname", "cluster", "service"]);
  });

  test("use the channels and addresses of settings", () => {
    const settings = alertingSettings({
      teams: { security: { slackChannel: "#sec" } },
      email: { smarthost: "a:25", to: { default: ["a@example.com", "b@example.com"] } },
    });
    const { receivers } = alertmanagerConfig(settings, bot);
    const named = (name: string) => receivers.find((receiver) => receiver.name === name);
    assert.equal(named("slack-security")?.slack_configs?.[0]?.channel, "#sec");
    assert.equal(named("email-default")?.email_configs?.[0]?.to, "a@example.com, b@example.com");
  });

  test("the heartbeat is never sent as resolved", () => {
    const { receivers } = alertmanagerConfig(alertingSettings(), bot);
    assert.deepEqual(receivers.find(({ name }) => name === "heartbeat")?.webhook_configs, [
      {
        url_file: "/etc/alertmanager/secrets/heartbeatUrl",
        send_resolved: false,
        max_alerts: 1,
        timeout: "10s",
      },
    ]);
  });
});
