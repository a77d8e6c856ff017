import { backend, type Case, engine, frontend, host, of } from "../case.ts";

const up = (target: Readonly<Record<string, string>>) => of(target, "up");
const othersUp = { [up(frontend)]: "1x60", [up(engine)]: "1x60" };

const critical = { severity: "critical", priority: "P0", team: "platform" } as const;
const dashboard = "white-room-system-health";

const backendDown = {
  labels: { ...backend, ...critical },
  summary: "juce-backend is down on api-1:8000",
  description:
    "Prometheus cannot scrape api-1:8000 (job juce-backend): the target does not respond, or responds with an error. The service is probably unavailable to users, and it has no other metrics until it is back.",
  dashboard,
};

const backendAbsent = {
  labels: { job: "juce-backend", service: "juce-backend", ...critical },
  summary: "juce-backend has no targets",
  description:
    "Prometheus has no targets for job juce-backend: all instances have disappeared, or none was ever discovered. juce-backend is not monitored, so treat it as down until you have verified that it works.",
  dashboard,
};

export const infrastructure: readonly Case[] = [
  {
    alert: "ServiceDown",
    proves: "fires",
    name: "one of two instances is down for longer than a minute",
    series: { [up(backend)]: "1x4 0x20", [up({ ...backend, instance: "api-2:8000" })]: "1x24", ...othersUp },
    checks: [
      { at: "2m", firing: [] },
      { at: "3m", firing: [backendDown] },
      { at: "3m", alert: "ServiceAbsent", firing: [] },
    ],
  },
  {
    alert: "ServiceDown",
    proves: "comes close and stays silent",
    name: "three scrapes fail, the fourth works",
    series: { [up(backend)]: "1x4 0x2 1x20", ...othersUp },
    checks: [
      { at: "2m", firing: [] },
      { at: "3m", firing: [] },
    ],
  },
  {
    alert: "ServiceDown",
    proves: "fires",
    name: "the target that is down disappears: ServiceAbsent takes over",
    series: { [up(backend)]: "1x4 0x8 stale", ...othersUp },
    checks: [
      { at: "3m", firing: [backendDown] },
      { at: "5m", firing: [] },
      { at: "5m", alert: "ServiceAbsent", firing: [] },
      { at: "6m", firing: [] },
      { at: "6m", alert: "ServiceAbsent", firing: [backendAbsent] },
    ],
  },
  {
    alert: "ServiceAbsent",
    proves: "fires",
    name: "a job never had a target",
    series: othersUp,
    checks: [
      { at: "1m45s", firing: [] },
      { at: "2m15s", firing: [backendAbsent] },
    ],
  },
  {
    alert: "ServiceAbsent",
    proves: "comes close and stays silent",
    name: "the targets of a job are gone for a minute, as in a deployment",
    series: { [up(backend)]: "1x8 stale _x3 1x20", ...othersUp },
    checks: [
      { at: "3m", firing: [] },
      { at: "5m", firing: [] },
    ],
  },
  {
    alert: "HighCpuUsage",
    proves: "fires",
    name: "two CPUs, 95 % and 90 % busy",
    series: {
      [of(host, "node_cpu_seconds_total", { cpu: "0", mode: "idle" })]: "0+0.5x60",
      [of(host, "node_cpu_seconds_total", { cpu: "0", mode: "iowait" })]: "0+0.25x60",
      [of(host, "node_cpu_seconds_total", { cpu: "0", mode: "user" })]: "0+14.25x60",
      [of(host, "node_cpu_seconds_total", { cpu: "1", mode: "idle" })]: "0+1.5x60",
      [of(host, "node_cpu_seconds_total", { cpu: "1", mode: "user" })]: "0+13.5x60",
    },
    checks: [
      { at: "4m", firing: [] },
      {
        at: "7m",
        firing: [
          {
            labels: { ...host, ...critical },
            summary: "CPU usage of host-1:9100 is 92.5%",
            description:
              "CPU usage of host-1:9100 is above 90 %: 92.5% on average over the last 5m. Workloads on this host become slow, audio first.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "HighCpuUsage",
    proves: "comes close and stays silent",
    name: "one CPU is busy all the time, the average of both is 89 %",
    series: {
      [of(host, "node_cpu_seconds_total", { cpu: "0", mode: "idle" })]: "0x60",
      [of(host, "node_cpu_seconds_total", { cpu: "1", mode: "idle" })]: "0+3.3x60",
    },
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "HighCpuUsage",
    proves: "counter reset",
    name: "the host reboots at 87 %",
    series: {
      [of(host, "node_cpu_seconds_total", { cpu: "0", mode: "idle" })]: "90000+1.95x30 0+1.95x60",
      [of(host, "node_cpu_seconds_total", { cpu: "1", mode: "idle" })]: "90000+1.95x30 0+1.95x60",
    },
    checks: [
      { at: "9m", firing: [] },
      { at: "14m", firing: [] },
    ],
  },
  {
    alert: "HighMemoryUsage",
    proves: "fires",
    name: "95 % used",
    series: {
      [of(host, "node_memory_MemTotal_bytes")]: "16000000000x60",
      [of(host, "node_memory_MemAvailable_bytes")]: "800000000x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      {
        at: "6m",
        firing: [
          {
            labels: { ...host, ...critical },
            summary: "Memory usage of host-1:9100 is 95%",
            description:
              "95% of the memory of host-1:9100 is in use and cannot be reclaimed, above the threshold of 90 %. When memory runs out, the kernel kills the largest process.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "HighMemoryUsage",
    proves: "comes close and stays silent",
    name: "89 % used, most of the rest is cache",
    series: {
      [of(host, "node_memory_MemTotal_bytes")]: "16000000000x60",
      [of(host, "node_memory_MemAvailable_bytes")]: "1760000000x60",
      [of(host, "node_memory_MemFree_bytes")]: "100000000x60",
    },
    checks: [{ at: "10m", firing: [] }],
  },
  {
    alert: "HighMemoryUsage",
    proves: "comes close and stays silent",
    name: "95 % used, more than half of it by the cache of ZFS",
    series: {
      [of(host, "node_memory_MemTotal_bytes")]: "16000000000x60",
      [of(host, "node_memory_MemAvailable_bytes")]: "800000000x60",
      [of(host, "node_zfs_arc_size")]: "9000000000x60",
      [of(host, "node_zfs_arc_c_min")]: "500000000x60",
    },
    checks: [{ at: "10m", firing: [] }],
  },
  {
    alert: "HighMemoryUsage",
    proves: "fires",
    name: "95 % used, and the cache of ZFS is at its minimum",
    series: {
      [of(host, "node_memory_MemTotal_bytes")]: "16000000000x60",
      [of(host, "node_memory_MemAvailable_bytes")]: "800000000x60",
      [of(host, "node_zfs_arc_size")]: "400000000x60",
      [of(host, "node_zfs_arc_c_min")]: "500000000x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      {
        at: "6m",
        firing: [
          {
            labels: { ...host, ...critical },
            summary: "Memory usage of host-1:9100 is 95%",
            description:
              "95% of the memory of host-1:9100 is in use and cannot be reclaimed, above the threshold of 90 %. When memory runs out, the kernel kills the largest process.",
            dashboard,
          },
        ],
      },
    ],
  },
];
