import { backend, buckets, type Case, of } from "../case.ts";

const dashboard = "white-room-application-performance";
const high = { severity: "high", priority: "P1", team: "platform" } as const;
const critical = { severity: "critical", priority: "P0", team: "platform" } as const;
const latency = "whiteroom_http_request_duration_seconds";

/** Requests of one route, answered and failed, each in promtool's notation. */
function traffic(answered: string, failed: string, route = "/api/songs"): Record<string, string> {
  const request = (code: string) => of(backend, "whiteroom_http_requests_total", { method: "GET", route, code });
  return { [request("200")]: answered, [request("503")]: failed };
}

const every = (count: number) => `0+${count}x60`;

export const application: readonly Case[] = [
  {
    alert: "HighErrorRate",
    proves: "fires",
    name: "6 % of requests over two routes fail",
    series: { ...traffic("0+54x60", "0+6x60"), ...traffic("0+40x60", "0x60", "/login") },
    checks: [
      { at: "4m", firing: [] },
      {
        at: "7m",
        firing: [
          {
            labels: { ...backend, ...high },
            summary: "juce-backend answers 6% of requests with a server error",
            description:
              "Over the last 5m 6% of the requests to juce-backend on api-1:8000 ended in a 5xx, above 5 %. Users see these as failures.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "HighErrorRate",
    proves: "comes close and stays silent",
    name: "4.9 % fail; 404 is no failure",
    series: {
      ...traffic("0+751x60", "0+49x60"),
      [of(backend, "whiteroom_http_requests_total", { method: "GET", route: "/api/songs", code: "404" })]: "0+200x60",
    },
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "HighErrorRate",
    proves: "no data",
    name: "nobody asks for anything",
    series: traffic("1000x60", "100x60"),
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "HighErrorRate",
    proves: "counter reset",
    name: "one route's counters start again at 4 %",
    series: { ...traffic("70000+96x30 0+96x30", "5000+4x30 0+4x30"), ...traffic("900+96x60", "800+4x60", "/login") },
    checks: [
      { at: "9m", firing: [] },
      { at: "13m", firing: [] },
    ],
  },
  {
    alert: "HighLatencyP95",
    proves: "fires",
    name: "one request in sixteen takes over a second",
    series: buckets(backend, latency, { "0.5": 90, "1.0": 94, "2.5": 100, "+Inf": 100 }, every),
    checks: [
      { at: "4m", firing: [] },
      {
        at: "7m",
        firing: [
          {
            labels: { ...backend, ...high },
            summary: "juce-backend is slow: P95 is 1.25s",
            description:
              "Over the last 5m one request in twenty to juce-backend on api-1:8000 took 1.25s or longer, above 1 s. Users wait.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "HighLatencyP95",
    proves: "comes close and stays silent",
    name: "one request in twenty-five takes over a second",
    series: buckets(backend, latency, { "0.5": 90, "1.0": 96, "2.5": 100, "+Inf": 100 }, every),
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "HighLatencyP95",
    proves: "no data",
    name: "nobody asks for anything",
    series: buckets(backend, latency, { "0.5": 1, "1.0": 2, "2.5": 900, "+Inf": 900 }, (count) => `${count}x60`),
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "HighLatencyP95",
    proves: "counter reset",
    name: "the process restarts and forgets slow requests of long ago",
    series: buckets(
      backend,
      latency,
      { "0.5": 90, "1.0": 96, "2.5": 100, "+Inf": 100 },
      (count) => `${count * 50 + (count === 100 ? 5000 : 0)}+${count}x30 0+${count}x30`,
    ),
    checks: [
      { at: "9m", firing: [] },
      { at: "13m", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnFast",
    proves: "fires",
    name: "an hour of 2 % failures, and it ends when they do",
    step: "1m",
    series: traffic("0+980x60 59800+1000x30", "0+20x60 1200x30"),
    checks: [
      { at: "1m", firing: [] },
      {
        at: "50m",
        firing: [
          {
            labels: { ...backend, ...critical },
            summary: "juce-backend burns its error budget 20 times too fast",
            description:
              "Over the last 1h juce-backend on api-1:8000 failed requests 20 times as often as the 99.9 % objective allows (limit 14.4). At this pace the budget of 30 days is gone in two days or sooner.",
            dashboard,
          },
        ],
      },
      { at: "1h8m", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnFast",
    proves: "comes close and stays silent",
    name: "an hour of 1.4 %",
    step: "1m",
    series: traffic("0+986x90", "0+14x90"),
    checks: [{ at: "1h20m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnFast",
    proves: "counter reset",
    name: "failures of last month leave the counter",
    step: "1m",
    series: traffic("90000+990x30 0+990x60", "90000+10x30 0+10x60"),
    checks: [
      { at: "35m", firing: [] },
      { at: "1h10m", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnSlow",
    proves: "fires",
    name: "six hours of 0.7 %",
    step: "1m",
    series: traffic("0+993x400", "0+7x400"),
    checks: [
      { at: "14m", firing: [] },
      {
        at: "6h30m",
        firing: [
          {
            labels: { ...backend, ...critical },
            summary: "juce-backend burns its error budget 7 times too fast",
            description:
              "Over the last 6h juce-backend on api-1:8000 failed requests 7 times as often as the 99.9 % objective allows (limit 6). At this pace the budget of 30 days is gone in five days or sooner.",
            dashboard,
          },
        ],
      },
      { at: "6h30m", alert: "ErrorBudgetBurnFast", firing: [] },
    ],
  },
  {
    alert: "ErrorBudgetBurnSlow",
    proves: "comes close and stays silent",
    name: "six hours of 0.59 %",
    step: "1m",
    series: traffic("0+9941x400", "0+59x400"),
    checks: [{ at: "6h30m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnSlow",
    proves: "counter reset",
    name: "failures of last month leave the counter",
    step: "1m",
    series: traffic("90000+995x200 0+995x200", "90000+5x200 0+5x200"),
    checks: [{ at: "6h30m", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnTicket",
    proves: "fires",
    name: "0.2 % fail",
    step: "1m",
    series: traffic("0+998x200", "0+2x200"),
    checks: [
      { at: "55m", firing: [] },
      {
        at: "3h",
        firing: [
          {
            labels: { ...backend, severity: "medium", priority: "P2", team: "platform" },
            summary: "juce-backend burns its error budget 2 times too fast",
            description:
              "Over the last 3d juce-backend on api-1:8000 failed requests 2 times as often as the 99.9 % objective allows (limit 1). At this pace nothing of the budget is left after 30 days. It is not urgent, but does not go away.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ErrorBudgetBurnTicket",
    proves: "comes close and stays silent",
    name: "two days without failures, then six hours of 0.6 %: three times too fast, but not for three days",
    step: "2m",
    series: traffic("0+1000x1440 1440000+994x210", "0x1440 0+6x210"),
    checks: [{ at: "54h", firing: [] }],
  },
  {
    alert: "ErrorBudgetBurnTicket",
    proves: "counter reset",
    name: "failures of last month leave the counter",
    step: "1m",
    series: traffic("90000+9995x200 0+9995x200", "90000+5x200 0+5x200"),
    checks: [{ at: "6h30m", firing: [] }],
  },
  {
    alert: "DeploymentCompleted",
    proves: "fires",
    name: "two instances, deployed six and seven minutes ago, for a quarter of an hour",
    step: "1m",
    series: {
      [of(backend, "whiteroom_deployment_timestamp_seconds")]: "_x58 3480x60",
      [of({ ...backend, instance: "api-2:8000" }, "whiteroom_deployment_timestamp_seconds")]: "_x59 3540x60",
    },
    checks: [
      {
        at: "1h5m",
        firing: [
          {
            labels: {
              service: "juce-backend",
              cluster: "studio",
              env: "test",
              severity: "low",
              priority: "P3",
              team: "platform",
            },
            summary: "juce-backend was deployed",
            description:
              "A deployment of juce-backend ended 6m 0s ago. Nothing to do; if another alert began since then, suspect it first.",
            dashboard,
          },
        ],
      },
      { at: "1h15m", firing: [] },
    ],
  },
  {
    alert: "DeploymentCompleted",
    proves: "comes close and stays silent",
    name: "a quarter of an hour and some seconds ago",
    step: "1m",
    series: { [of(backend, "whiteroom_deployment_timestamp_seconds")]: "_x76 3650x30" },
    checks: [{ at: "1h16m", firing: [] }],
  },
];
