/** A group of alerts as a notification template sees it. */
export interface Group {
  readonly status: "firing" | "resolved";
  readonly alerts: readonly Alert[];
}

interface Alert {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

const groupBy = ["alertname", "cluster", "service"];

/** The template's data, computed as Alertmanager does: group labels, and what all alerts have in common. */
export function templateData({ status, alerts }: Group): Record<string, unknown> {
  const labels = common(alerts.map((alert) => alert.labels ?? {}));
  return {
    receiver: "any",
    status,
    externalURL: "https://alertmanager.example.com",
    groupLabels: Object.fromEntries(Object.entries(labels).filter(([name]) => groupBy.includes(name))),
    commonLabels: labels,
    commonAnnotations: common(alerts.map((alert) => alert.annotations ?? {})),
    alerts: alerts.map((alert, index) => ({
      status: alert.endsAt === undefined ? "firing" : "resolved",
      labels: alert.labels ?? {},
      annotations: alert.annotations ?? {},
      startsAt: alert.startsAt ?? "2026-11-23T03:12:00Z",
      endsAt: alert.endsAt ?? "0001-01-01T00:00:00Z",
      fingerprint: String(index),
    })),
  };
}

function common(sets: readonly Record<string, string>[]): Record<string, string> {
  const [first = {}, ...others] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((set) => set[name] === value)),
  );
}

const disk = {
  alertname: "LowDiskSpace",
  cluster: "white-room",
  env: "prod",
  instance: "web-1:9100",
  job: "node",
  mountpoint: "/data",
  priority: "P0",
  service: "host",
  severity: "critical",
  team: "platform",
};

const links = {
  runbook_url: "https://docs.example.com/runbooks/LowDiskSpace.md",
  dashboard_url: "https://grafana.example.com/d/health?var-instance=web-1:9100&from=now-1h",
};

/** Groups that every template must render, by what is special about them. */
export const groups = {
  one: {
    status: "firing",
    alerts: [
      {
        labels: disk,
        annotations: { summary: "/data on web-1 is almost full", description: "7 % of it is left.", ...links },
      },
    ],
  },
  resolved: {
    status: "resolved",
    alerts: [
      {
        labels: disk,
        annotations: { summary: "/data on web-1 is almost full", description: "9 % of it is left.", ...links },
        endsAt: "2026-11-23T03:58:30Z",
      },
    ],
  },
  several: {
    status: "firing",
    alerts: ["/", "/data", "/var"].map((mountpoint, index) => ({
      labels: { ...disk, mountpoint },
      annotations: {
        summary: `${mountpoint} on web-1 is almost full`,
        description: `${index + 4} % of it is left.`,
        ...links,
      },
      ...(index === 2 && { endsAt: "2026-11-23T03:58:30Z" }),
    })),
  },
  "two-hundred": {
    status: "firing",
    alerts: Array.from({ length: 200 }, (_, index) => ({
      labels: { ...disk, instance: `web-${index + 1}:9100` },
      annotations: { summary: "A disk is almost full", description: `${index} % of it is left.`, ...links },
    })),
  },
  "nasty-characters": {
    status: "firing",
    alerts: [
      {
        labels: {
          ...disk,
          service: `"><script>alert('x')</script>`,
          instance: "a|b <!channel> {{ .ExternalURL }}",
          mountpoint: 'C:\\"quoted"\n*bold* _it_ `code` & more',
        },
        annotations: {
          summary: "<b>5 > 3</b> & <https://evil.example.com|click> <@U123>",
          description: "{{ template `nothing` }}: yaml\n- list: [of, {things}]",
          runbook_url: "javascript:alert(1)",
          dashboard_url: 'https://grafana.example.com/d/x?a="b"|c&d=<e>',
        },
      },
    ],
  },
  "ten-kilobytes": {
    status: "firing",
    alerts: [
      {
        labels: { ...disk, service: "s".repeat(10_240), instance: "ü".repeat(10_240), mountpoint: "m ".repeat(5_120) },
        annotations: { summary: "🎛".repeat(10_240), description: "d".repeat(10_240) },
      },
    ],
  },
  "no-labels": { status: "firing", alerts: [{}] },
  unicode: {
    status: "firing",
    alerts: [
      {
        labels: { ...disk, service: "音声エンジン", instance: "zürich-1:9100", mountpoint: "/données/🎵" },
        annotations: {
          summary: "‮txt.exe‬ — Шина 3 перегружена",
          description: "٪٧ متبقية 👩🏽‍🎤",
          ...links,
        },
      },
    ],
  },
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof groups;
