import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, targetLabels } from "./expression.ts";
import { orHeld, symptoms, upAgain } from "./held.ts";
import { applicationJobs, watchesJourneys, watchesProbes } from "./monitored.ts";
import { down, withoutTargets } from "./planned.ts";
import { recordedWindow } from "./rates.ts";
import { cpuBusy, realFilesystems, recorded } from "./recording.ts";

/** Targets, hosts and containers. */
export function infrastructureAlerts(settings: Settings): AlertingRule[] {
  const { node, cadvisor } = settings.exporters;
  return [
    ...targets(settings),
    ...(node.enabled ? hosts(settings) : []),
    ...(cadvisor.enabled ? containers(settings) : []),
  ];
}

function targets(settings: Settings): AlertingRule[] {
  return [
    ...alert(settings, "ServiceDown", () => ({
      expression: promql`
        ${down(settings)}
          ${orHeldTarget(settings)}`,
      summary: "{{ $labels.service }} is down on {{ $labels.instance }}",
      description:
        "Prometheus cannot scrape {{ $labels.instance }} (job {{ $labels.job }}): the target does not respond, or responds with an error. The service is probably unavailable to users, and it has no other metrics until it is back.",
      dashboard: "systemHealth",
    })),
    ...applicationJobs(settings).flatMap(({ job, service }) =>
      alert(settings, "ServiceAbsent", () => ({
        expression: promql`
          ${withoutTargets(settings, job, service)}
            ${orHeldJob(settings, job, service)}`,
        summary: `${service} has no targets`,
        description: `Prometheus has no targets for job ${job}: all instances have disappeared, or none was ever discovered. ${service} is not monitored, so treat it as down until you have verified that it works.`,
        dashboard: "systemHealth",
        service,
      })),
    ),
  ];
}

/** On Kubernetes, a container counts as crashing for five minutes after its last crash. */
function orHeldTarget(settings: Settings): string {
  return orHeld(settings, {
    name: "ServiceDown",
    waits: true,
    ended: upAgain(watchesProbes(settings) ? 'up{job!="probe"}' : "up"),
    identity: "job, instance, cluster, env",
    inhibited: [
      { names: symptoms, equal: "service, instance, cluster, env" },
      ...(watchesJourneys(settings) ? [{ names: ["JourneyFailed"] as const, equal: "service, cluster, env" }] : []),
      ...(traitsOf(settings).discoversTargets && settings.exporters.kubeStateMetrics.enabled
        ? [
            {
              names: ["KubernetesPodCrashLooping", "KubernetesPodNotReady"] as const,
              equal: "namespace, pod, cluster, env",
            },
          ]
        : []),
    ],
  });
}

/** Series of an absent job have only the label `job`. */
function orHeldJob(settings: Settings, job: string, service: string): string {
  const targets = `up{job="${job}"}`;
  return orHeld(settings, {
    name: "ServiceAbsent",
    waits: true,
    ended: (within) =>
      `label_replace(max_over_time(absent(${targets})[${within}:1m]), "service", "${service}", "", "") and on (job) ${targets}`,
    identity: "job",
    inhibited: [
      { names: [...symptoms, ...(watchesJourneys(settings) ? (["JourneyFailed"] as const) : [])], equal: "service" },
    ],
  });
}

function hosts(settings: Settings): AlertingRule[] {
  const service = "host";
  return [
    ...alert(settings, "HighCpuUsage", ({ threshold, window }) => ({
      expression:
        window === recordedWindow ? `${recorded.cpuBusy} > ${threshold}` : `(${cpuBusy(window)}) > ${threshold}`,
      summary: "CPU usage of {{ $labels.instance }} is {{ $value | humanizePercentage }}",
      description: `CPU usage of {{ $labels.instance }} is above ${percent(threshold)}: {{ $value | humanizePercentage }} on average over the last ${window}. Workloads on this host become slow, audio first.`,
      dashboard: "systemHealth",
      service,
    })),
    ...alert(settings, "HighMemoryUsage", ({ threshold }) => ({
      expression: `${recorded.memoryUsed} > ${threshold}`,
      summary: "Memory usage of {{ $labels.instance }} is {{ $value | humanizePercentage }}",
      description: `{{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is in use and cannot be reclaimed, above the threshold of ${percent(threshold)}. When memory runs out, the kernel kills the largest process.`,
      dashboard: "systemHealth",
      service,
    })),
    ...alert(settings, "LowDiskSpace", ({ threshold }) => ({
      expression: `${recorded.filesystemAvailable} < ${threshold}`,
      summary:
        "{{ $labels.mountpoint }} on {{ $labels.instance }} has {{ $value | humanizePercentage }} free space left",
      description: `{{ $value | humanizePercentage }} of the filesystem {{ $labels.mountpoint }} on {{ $labels.instance }} is free, below the threshold of ${percent(threshold)}. When it is full, databases stop writing and logs are lost.`,
      dashboard: "systemHealth",
      service,
    })),
    ...alert(settings, "DiskWillFillIn4Hours", ({ threshold, window }) => ({
      expression: promql`
        ${recorded.filesystemAvailable} < ${threshold}
          and min by (${targetLabels}, mountpoint) (
            predict_linear(node_filesystem_avail_bytes{${realFilesystems}}[${window}], 4 * 3600)
          ) < 0`,
      summary: "{{ $labels.mountpoint }} on {{ $labels.instance }} will be full within 4 hours",
      description: `{{ $value | humanizePercentage }} of the filesystem {{ $labels.mountpoint }} on {{ $labels.instance }} is free, and at the rate of the last ${window} it will be full within 4 hours. There is still time to act.`,
      dashboard: "systemHealth",
      service,
    })),
  ];
}

/** Container name: namespace, pod and container on Kubernetes, the container name on Docker. */
const containerName =
  "{{ if $labels.pod }}{{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}){{ else }}{{ $labels.name }}{{ end }}";

/** Memory of containers that cannot be freed. Older kubelets do not report the file cache. */
export function containerMemory(matchers: string): string {
  const workingSet = `container_memory_working_set_bytes{${matchers}}`;
  return `(${workingSet} - container_memory_total_active_file_bytes{${matchers}} or ${workingSet})`;
}

function containers(settings: Settings): AlertingRule[] {
  const labels = `${targetLabels}, name, namespace, pod, container`;
  return alert(settings, "ContainerMemoryNearLimit", ({ threshold }) => ({
    // Containers without a limit report 0; cgroups without a name are not containers. If the container has a service label,
    // it replaces cAdvisor's.
    // The working set contains the active file cache, which the kernel frees before it kills anything.
    expression: promql`
      max by (${labels}) (
        label_replace(
          ${containerMemory('name!=""')} / (container_spec_memory_limit_bytes{name!=""} > 0),
          "service", "$1", "container_label_white_room_service", "(.+)"
        )
      ) > ${threshold}`,
    summary: `${containerName} uses {{ $value | humanizePercentage }} of its memory limit`,
    description: `Container ${containerName} on {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory limit, above the threshold of ${percent(threshold)}. At 100 %, the kernel kills it and it restarts.`,
    dashboard: "systemHealth",
  }));
}
