/** A section of the configuration reference. */
export interface Task {
  readonly title: string;
  /** Prefixes of its keys. A key belongs to the task with the longest matching prefix. */
  readonly keys: readonly string[];
  /** Heading in the setup guide, or page and heading elsewhere. */
  readonly guide?: string;
}

/** Sections of the reference, in the order in which users usually configure them. */
export const tasks: readonly Task[] = [
  { title: "Name the stack", keys: ["platform", "environment", "cluster"] },
  {
    title: "Scrape applications",
    keys: [
      "applications",
      "metrics.scrapeInterval",
      "metrics.scrapeTimeout",
      "metrics.externalLabels",
      "metrics.sampleLimit",
      "metrics.targetLimit",
      "metrics.labelLimit",
      "metrics.labelValueLengthLimit",
      "metrics.bodySizeLimit",
    ],
    guide: "#monitor-an-application",
  },
  { title: "Monitor servers and hosts", keys: ["exporters"], guide: "#monitor-servers-and-other-hosts" },
  { title: "Probe endpoints", keys: ["probes"], guide: "#probe-endpoints-from-outside" },
  {
    title: "Check journeys",
    keys: ["probes.journeys", "probes.journeyLimits"],
    guide: "#check-journeys-of-several-steps",
  },
  { title: "Set objectives", keys: ["slos"], guide: "#set-objectives" },
  { title: "Store metrics", keys: ["metrics"], guide: "#keep-data-longer" },
  { title: "Keep metrics for years", keys: ["metrics.longTerm"], guide: "scaling.md" },
  {
    title: "Send metrics to another system",
    keys: ["metrics.remoteWrite"],
    guide: "#send-metrics-and-logs-to-another-system",
  },
  { title: "Collect logs", keys: ["logs.sources", "logs.collector", "logs.fileGroups"], guide: "#logs" },
  { title: "Collect your own log files", keys: ["logs.sources.files"], guide: "#your-own-log-files" },
  { title: "Store logs", keys: ["logs"], guide: "#retention" },
  {
    title: "Send logs to another system",
    keys: ["logs.remote", "logs.loki"],
    guide: "#send-metrics-and-logs-to-another-system",
  },
  { title: "Collect traces", keys: ["tracing"], guide: "#collect-traces" },
  {
    title: "Receive notifications",
    keys: ["pagerduty", "slack", "email", "heartbeat", "proxyUrl", "waits", "quietHours", "runbookUrl"].map(
      (key) => `alerting.${key}`,
    ),
    guide: "#configure-notifications",
  },
  { title: "Add teams", keys: ["alerting.teams"], guide: "#teams" },
  { title: "Change and add alerts", keys: ["alerting.rules", "alerting.extraRules"], guide: "#tune-an-alert" },
  { title: "Run Alertmanager", keys: ["alerting"] },
  { title: "Set up Grafana", keys: ["visualization"], guide: "#dashboards" },
  {
    title: "Sign in with company accounts",
    keys: ["visualization.oidc"],
    guide: "#sign-in-with-company-accounts",
  },
  { title: "Publish pages on Docker", keys: ["network"], guide: "#expose-the-stack" },
  {
    title: "Publish pages on Kubernetes",
    keys: ["kubernetes.pages", "visualization.ingress"],
    guide: "KUBERNETES.md#publish-pages",
  },
  {
    title: "Encrypt and restrict connections",
    keys: ["network.tls", "network.egress"],
    guide: "#encrypt-the-traffic-between-components",
  },
  { title: "Run on Docker", keys: ["docker"] },
  { title: "Run on Kubernetes", keys: ["kubernetes"], guide: "KUBERNETES.md#configuration" },
  { title: "Use other images", keys: ["images"], guide: "#use-other-images" },
  { title: "Run the demo", keys: ["demo"] },
];

/** The task of a key; undefined if there is none. */
export function taskOf(key: string): Task | undefined {
  const isBelow = (prefix: string) =>
    key === prefix || [`${prefix}.`, `${prefix}[`].some((each) => key.startsWith(each));
  return tasks
    .flatMap((task) => task.keys.filter(isBelow).map((prefix) => ({ task, prefix })))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0]?.task;
}
