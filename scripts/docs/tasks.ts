/** A section of the configuration reference. */
export interface Task {
  readonly title: string;
  /** The beginnings of its keys. A key belongs to the task with the longest one. */
  readonly keys: readonly string[];
  /** Heading in the setup guide, or page and heading elsewhere. */
  readonly guide?: string;
}

/** What users configure, in the order in which they get there. */
export const tasks: readonly Task[] = [
  { title: "Name the stack", keys: ["platform", "environment", "cluster"] },
  {
    title: "Scrape applications",
    keys: [
      "applications",
      ...["scrapeInterval", "scrapeTimeout", "externalLabels", "sampleLimit", "targetLimit", "labelLimit"].map(
        (key) => `metrics.${key}`,
      ),
      ...["labelValueLengthLimit", "bodySizeLimit"].map((key) => `metrics.${key}`),
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
    guide: "#encrypt-the-traffic-between-the-parts",
  },
  { title: "Run on Docker", keys: ["docker"] },
  { title: "Run on Kubernetes", keys: ["kubernetes"], guide: "KUBERNETES.md#configuration" },
  { title: "Use other images", keys: ["images"], guide: "#use-other-images" },
  { title: "Run the demo", keys: ["demo"] },
];

/** The task of a key; undefined if there is none. */
export function taskOf(key: string): Task | undefined {
  const isBelow = (beginning: string) => key === beginning || /^[.[]/.test(key.slice(beginning.length));
  return tasks
    .flatMap((task) =>
      task.keys.filter((each) => key.startsWith(each) && isBelow(each)).map((each) => ({ task, each })),
    )
    .sort((a, b) => b.each.length - a.each.length)[0]?.task;
}
