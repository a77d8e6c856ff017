import { type Case, of, own } from "../case.ts";

const prometheus = own("prometheus", "localhost:9090");
const alertmanager = own("alertmanager", "alertmanager:9093");
const loki = own("loki", "loki:3100");
const alloy = own("collector", "alloy:12345");
const promtail = own("collector", "promtail:9080");
const high = { severity: "high", priority: "P1", team: "platform" } as const;
const dashboard = "white-room-monitoring";
const group = "/etc/prometheus/rules/audio.yml;audio";

const sent = (name: string, integration: string, reason: string) => of(alertmanager, name, { integration, reason });
const failed = (integration: string, reason: string) =>
  sent("alertmanager_notifications_failed_total", integration, reason);

function refusal(job: string, instance: string) {
  return {
    labels: { ...own(job, instance), ...high },
    summary: `${job} runs with an outdated config`,
    description: `${job} on ${instance} rejected its latest config and keeps using the previous one. It may fail to start after a restart.`,
    dashboard,
  };
}

export const monitoring: readonly Case[] = [
  {
    alert: "Watchdog",
    proves: "fires",
    name: "from the first evaluation on",
    series: {},
    checks: [
      {
        at: "0s",
        firing: [
          {
            labels: { severity: "none", priority: "none", team: "platform", service: "monitoring" },
            summary: "Alerting works",
            description:
              "This alert always fires and sends a heartbeat every minute. If the heartbeat stops, Prometheus or Alertmanager is down, and no other alert is delivered.",
            dashboard: "white-room-alerts",
          },
        ],
      },
    ],
  },
  {
    alert: "PrometheusRuleFailures",
    proves: "fires",
    name: "a group fails at every evaluation",
    series: {
      [of(prometheus, "prometheus_rule_evaluation_failures_total", { rule_group: group })]: "0+1x60",
      [of(prometheus, "prometheus_rule_evaluation_failures_total", { rule_group: "other" })]: "3x60",
    },
    checks: [
      { at: "4m", firing: [] },
      {
        at: "8m",
        firing: [
          {
            labels: { ...prometheus, ...high, rule_group: group },
            summary: `Rule evaluation fails: ${group}`,
            description: `prometheus on localhost:9090 failed to evaluate rules of group ${group} 20 times in the last 5m. Alerts of that group may not fire.`,
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "PrometheusRuleFailures",
    proves: "fires",
    name: "Loki's ruler fails at every evaluation",
    series: {
      [of(loki, "loki_prometheus_rule_evaluation_failures_total", { rule_group: "logs", user: "fake" })]: "0+1x60",
    },
    checks: [
      {
        at: "8m",
        firing: [
          {
            labels: { ...loki, ...high, rule_group: "logs" },
            summary: "Rule evaluation fails: logs",
            description:
              "loki on loki:3100 failed to evaluate rules of group logs 20 times in the last 5m. Alerts of that group may not fire.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "PrometheusRuleFailures",
    proves: "comes close and stays silent",
    name: "one evaluation fails",
    series: { [of(prometheus, "prometheus_rule_evaluation_failures_total", { rule_group: group })]: "0x8 1x60" },
    checks: [
      { at: "5m", firing: [] },
      { at: "7m15s", firing: [] },
      { at: "8m", firing: [] },
    ],
  },
  {
    alert: "PrometheusRuleFailures",
    proves: "counter reset",
    name: "Prometheus restarts and counts from zero",
    series: { [of(prometheus, "prometheus_rule_evaluation_failures_total", { rule_group: group })]: "9x8 0x60" },
    checks: [
      { at: "4m", firing: [] },
      { at: "10m", firing: [] },
    ],
  },
  {
    alert: "NotificationsFailing",
    proves: "fires",
    name: "PagerDuty answers with an error, every five minutes",
    series: {
      [failed("pagerduty", "serverError")]: "0x8 1x19 2x19 3x80",
      [failed("pagerduty", "clientError")]: "0x126",
      [failed("slack", "serverError")]: "4x126",
    },
    checks: [
      { at: "2m", firing: [] },
      {
        at: "4m",
        firing: [
          {
            labels: { ...alertmanager, ...high, integration: "pagerduty", reason: "serverError" },
            summary: "Notifications via pagerduty fail: serverError",
            description:
              "Alertmanager on alertmanager:9093 could not deliver 1 notifications via pagerduty in the last 15m (serverError). Alerts may not reach anyone.",
            dashboard: "white-room-alerts",
          },
        ],
      },
      { at: "29m", firing: [] },
    ],
  },
  {
    alert: "NotificationsFailing",
    proves: "comes close and stays silent",
    name: "attempts fail, and the next one works",
    series: {
      [of(alertmanager, "alertmanager_notification_requests_failed_total", { integration: "slack" })]: "0+1x60",
      [of(alertmanager, "alertmanager_notifications_total", { integration: "slack" })]: "0+1x60",
      [failed("slack", "serverError")]: "4x60",
    },
    checks: [{ at: "14m", firing: [] }],
  },
  {
    alert: "NotificationsFailing",
    proves: "counter reset",
    name: "Alertmanager restarts and counts from zero",
    series: { [failed("slack", "serverError")]: "7x20 0x60" },
    checks: [
      { at: "6m", firing: [] },
      { at: "15m", firing: [] },
    ],
  },
  {
    alert: "ConfigReloadFailed",
    proves: "fires",
    name: "blackbox_exporter and the runner of the journeys refuse theirs",
    series: {
      [of(own("blackbox", "blackbox:9115"), "blackbox_exporter_config_last_reload_successful")]: "0x60",
      [of(own("journey", "journeys:9118"), "journey_config_last_reload_successful")]: "0x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      { at: "6m", firing: [refusal("blackbox", "blackbox:9115"), refusal("journey", "journeys:9118")] },
    ],
  },
  {
    alert: "ConfigReloadFailed",
    proves: "fires",
    name: "Prometheus and Alertmanager refuse theirs",
    series: {
      [of(prometheus, "prometheus_config_last_reload_successful")]: "1x4 0x60",
      [of(alertmanager, "alertmanager_config_last_reload_successful")]: "0x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      { at: "5m30s", firing: [refusal("alertmanager", "alertmanager:9093")] },
      {
        at: "8m",
        firing: [refusal("alertmanager", "alertmanager:9093"), refusal("prometheus", "localhost:9090")],
      },
    ],
  },
  {
    alert: "ConfigReloadFailed",
    proves: "fires",
    name: "a component of Alloy is unhealthy",
    collector: "alloy",
    series: {
      [of(alloy, "alloy_component_controller_running_components", { health_type: "unhealthy", controller_id: "" })]:
        "0x4 1x60",
      [of(alloy, "alloy_component_controller_running_components", { health_type: "healthy", controller_id: "" })]:
        "9x64",
    },
    checks: [
      { at: "5m", firing: [] },
      { at: "8m", firing: [refusal("collector", "alloy:12345")] },
    ],
  },
  {
    alert: "ConfigReloadFailed",
    proves: "fires",
    name: "Promtail refuses a reload",
    collector: "promtail",
    series: { [of(promtail, "promtail_config_reload_fail_total")]: "0x4 1x100" },
    checks: [
      { at: "5m", firing: [] },
      { at: "8m", firing: [refusal("collector", "promtail:9080")] },
    ],
  },
  {
    alert: "ConfigReloadFailed",
    proves: "comes close and stays silent",
    name: "rejected, and fixed after four minutes",
    series: {
      [of(prometheus, "prometheus_config_last_reload_successful")]: "1x4 0x16 1x60",
      [of(alloy, "alloy_component_controller_running_components", { health_type: "unhealthy" })]: "0x80",
    },
    checks: [
      { at: "5m", firing: [] },
      { at: "9m", firing: [] },
    ],
  },
  {
    alert: "ConfigReloadFailed",
    proves: "counter reset",
    name: "Promtail restarts and counts from zero",
    collector: "promtail",
    series: { [of(promtail, "promtail_config_reload_fail_total")]: "4x8 0x80" },
    checks: [
      { at: "8m", firing: [] },
      { at: "15m", firing: [] },
    ],
  },
];
