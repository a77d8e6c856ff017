import { backend, buckets, type Case, of, repeated, traffic } from "../case.ts";

const dashboard = "white-room-application-performance";
const high = { severity: "high", priority: "P1", team: "platform" } as const;
const latency = "whiteroom_http_request_duration_seconds";

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
            summary: "juce-backend returns server errors for 6% of requests",
            description:
              "Over the last 5m, 6% of the requests to juce-backend on api-1:8000 returned a 5xx status, above the threshold of 5 %. Users see these as failures.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "HighErrorRate",
    proves: "comes close and stays silent",
    name: "4.9 % fail; 404s do not count as failures",
    series: {
      ...traffic("0+751x60", "0+49x60"),
      [of(backend, "whiteroom_http_requests_total", { method: "GET", route: "/api/songs", code: "404" })]: "0+200x60",
    },
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "HighErrorRate",
    proves: "no data",
    name: "no requests",
    series: traffic("1000x60", "100x60"),
    checks: [{ at: "12m", firing: [] }],
    nothingRecorded: "instance:whiteroom_http_request_failures_per_requests:ratio_rate5m",
  },
  {
    alert: "HighErrorRate",
    proves: "counter reset",
    name: "the counters of one route reset at 4 %",
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
              "Over the last 5m, 5 % of the requests to juce-backend on api-1:8000 took 1.25s or longer, above the threshold of 1 s. Users experience slow responses.",
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
    name: "no requests",
    series: buckets(backend, latency, { "0.5": 1, "1.0": 2, "2.5": 900, "+Inf": 900 }, (count) => `${count}x60`),
    checks: [{ at: "12m", firing: [] }],
    nothingRecorded: "instance:whiteroom_http_request_duration_seconds:p95_rate5m",
  },
  {
    alert: "HighLatencyP95",
    proves: "counter reset",
    name: "a restart resets counters that include old slow requests",
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
    alert: "DeploymentCompleted",
    proves: "fires",
    name: "two instances, deployed six and seven minutes ago: fires for 15 minutes",
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
              "juce-backend was deployed 6m 0s ago. No action required. If another alert started since then, suspect this deployment first.",
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
    name: "deployed a little over 15 minutes ago",
    step: "1m",
    series: { [of(backend, "whiteroom_deployment_timestamp_seconds")]: "_x76 3650x30" },
    checks: [{ at: "1h16m", firing: [] }],
  },
  {
    alert: "DeploymentCompleted",
    proves: "comes close and stays silent",
    name: "clocks a day ahead, timestamps in milliseconds, and no deployment",
    step: "1m",
    series: {
      [of(backend, "whiteroom_deployment_timestamp_seconds")]: "90000x90",
      [of({ ...backend, instance: "api-2:8000" }, "whiteroom_deployment_timestamp_seconds")]: "3480000x90",
      [of({ ...backend, instance: "api-3:8000" }, "whiteroom_deployment_timestamp_seconds")]: repeated("NaN", 90),
    },
    checks: [{ at: "1h5m", firing: [] }],
  },
  {
    alert: "DeploymentCompleted",
    proves: "fires",
    name: "deployed six minutes ago, while another instance reports a time in the future",
    step: "1m",
    series: {
      [of(backend, "whiteroom_deployment_timestamp_seconds")]: "90000x90",
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
              "juce-backend was deployed 6m 0s ago. No action required. If another alert started since then, suspect this deployment first.",
            dashboard,
          },
        ],
      },
    ],
  },
];
