import { type Case, cadvisor, of } from "../case.ts";

const high = { severity: "high", priority: "P1", team: "platform" } as const;
const dashboard = "white-room-system-health";
const labelled = { container_label_white_room_service: "postgres" } as const;

export const containers: readonly Case[] = [
  {
    alert: "ContainerMetricsMissing",
    proves: "fires",
    name: "cAdvisor reports only the root control group",
    series: {
      [of(cadvisor, "up")]: "1x80",
      [of(cadvisor, "container_memory_working_set_bytes", { id: "/" })]: "15e9x80",
      // The other host reports its containers.
      [of({ ...cadvisor, instance: "host-2:8080" }, "up")]: "1x80",
      [of({ ...cadvisor, instance: "host-2:8080" }, "container_memory_working_set_bytes", { name: "api" })]: "4e6x80",
    },
    checks: [
      { at: "9m30s", firing: [] },
      {
        at: "10m30s",
        firing: [
          {
            labels: { ...cadvisor, severity: "medium", priority: "P2", team: "platform" },
            summary: "cAdvisor on host-1:8080 reports no containers",
            description:
              "cAdvisor on host-1:8080 is up, but its metrics contain no containers, which means that it cannot read them from Docker. Container CPU and memory usage are unknown, and container alerts cannot fire.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ContainerMetricsMissing",
    proves: "comes close and stays silent",
    name: "the last container is cAdvisor's own",
    series: {
      [of(cadvisor, "up")]: "1x80",
      [of(cadvisor, "container_memory_working_set_bytes", { name: "white-room-dev-cadvisor" })]: "60e6x80",
    },
    checks: [{ at: "20m", firing: [] }],
  },
  {
    alert: "ContainerMetricsMissing",
    proves: "comes close and stays silent",
    name: "cAdvisor itself is down: ServiceDown says so",
    series: { [of(cadvisor, "up")]: "0x80" },
    checks: [{ at: "20m", firing: [] }],
  },
  {
    alert: "ContainerMemoryNearLimit",
    proves: "fires",
    name: "a Docker container at 95 %, beside one without a limit",
    series: {
      [of(cadvisor, "container_memory_working_set_bytes", { name: "api", id: "/docker/1", image: "api:1" })]:
        "475e6x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { name: "api", id: "/docker/1", image: "api:1" })]: "500e6x60",
      [of(cadvisor, "container_memory_working_set_bytes", { name: "free", id: "/docker/2" })]: "9e9x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { name: "free", id: "/docker/2" })]: "0x60",
      [of(cadvisor, "container_memory_working_set_bytes", { id: "/" })]: "15e9x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { id: "/" })]: "16e9x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      {
        at: "6m",
        firing: [
          {
            labels: { ...cadvisor, ...high, name: "api" },
            summary: "api uses 95% of its memory limit",
            description:
              "Container api on host-1:8080 uses 95% of its memory limit, above the threshold of 90 %. At 100 %, the kernel kills it and it restarts.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ContainerMemoryNearLimit",
    proves: "fires",
    name: "a container of a Kubernetes pod",
    series: {
      [of(cadvisor, "container_memory_working_set_bytes", {
        name: "5af1",
        namespace: "white-room",
        pod: "api-7c9",
        container: "api",
      })]: "475e6x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", {
        name: "5af1",
        namespace: "white-room",
        pod: "api-7c9",
        container: "api",
      })]: "500e6x60",
    },
    checks: [
      {
        at: "6m",
        firing: [
          {
            labels: { ...cadvisor, ...high, name: "5af1", namespace: "white-room", pod: "api-7c9", container: "api" },
            summary: "white-room/api-7c9 (api) uses 95% of its memory limit",
            description:
              "Container white-room/api-7c9 (api) on host-1:8080 uses 95% of its memory limit, above the threshold of 90 %. At 100 %, the kernel kills it and it restarts.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ContainerMemoryNearLimit",
    proves: "comes close and stays silent",
    name: "89 % of the limit",
    series: {
      [of(cadvisor, "container_memory_working_set_bytes", { name: "api" })]: "445e6x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { name: "api" })]: "500e6x60",
    },
    checks: [{ at: "10m", firing: [] }],
  },
  {
    alert: "ContainerMemoryNearLimit",
    proves: "comes close and stays silent",
    name: "960 MB of 1000, of which 850 are file cache in use",
    series: {
      [of(cadvisor, "container_memory_working_set_bytes", { name: "db" })]: "960e6x60",
      [of(cadvisor, "container_memory_total_active_file_bytes", { name: "db" })]: "850e6x60",
      [of(cadvisor, "container_memory_rss", { name: "db" })]: "100e6x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { name: "db" })]: "1000e6x60",
    },
    checks: [{ at: "10m", firing: [] }],
  },
  {
    alert: "ContainerMemoryNearLimit",
    proves: "fires",
    name: "955 MB of 1000, of which 10 are file cache, beside a container that does not report it",
    series: {
      [of(cadvisor, "container_memory_working_set_bytes", { name: "db" })]: "955e6x60",
      [of(cadvisor, "container_memory_total_active_file_bytes", { name: "db" })]: "10e6x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { name: "db" })]: "1000e6x60",
      [of(cadvisor, "container_memory_working_set_bytes", { name: "old" })]: "920e6x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { name: "old" })]: "1000e6x60",
    },
    checks: [
      {
        at: "6m",
        firing: [
          {
            labels: { ...cadvisor, ...high, name: "db" },
            summary: "db uses 94.5% of its memory limit",
            description:
              "Container db on host-1:8080 uses 94.5% of its memory limit, above the threshold of 90 %. At 100 %, the kernel kills it and it restarts.",
            dashboard,
          },
          {
            labels: { ...cadvisor, ...high, name: "old" },
            summary: "old uses 92% of its memory limit",
            description:
              "Container old on host-1:8080 uses 92% of its memory limit, above the threshold of 90 %. At 100 %, the kernel kills it and it restarts.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ContainerMemoryNearLimit",
    proves: "fires",
    name: "a container whose label names its service",
    series: {
      [of(cadvisor, "container_memory_working_set_bytes", { name: "db", ...labelled })]: "475e6x60",
      [of(cadvisor, "container_spec_memory_limit_bytes", { name: "db", ...labelled })]: "500e6x60",
    },
    checks: [
      {
        at: "6m",
        firing: [
          {
            labels: { ...cadvisor, ...high, service: "postgres", name: "db" },
            summary: "db uses 95% of its memory limit",
            description:
              "Container db on host-1:8080 uses 95% of its memory limit, above the threshold of 90 %. At 100 %, the kernel kills it and it restarts.",
            dashboard,
          },
        ],
      },
    ],
  },
];
