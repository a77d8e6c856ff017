import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, targetLabels } from "./expression.ts";
import { applicationJobs } from "./parts.ts";
import { cpuBusy, realFilesystems, recorded, recordedWindow } from "./recording.ts";

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
      expression: "up == 0",
      summary: "{{ $labels.service }} is down on {{ $labels.instance }}",
      description:
        "Prometheus cannot read metrics from {{ $labels.instance }} (job {{ $labels.job }}): it does not answer, or answers with an error. What it does for users has probably stopped, and nothing else about it can be measured until it is back.",
      dashboard: "systemHealth",
    })),
    ...applicationJobs(settings).flatMap(({ job, service }) =>
      alert(settings, "ServiceAbsent", () => ({
        expression: `absent(up{job="${job}"})`,
        summary: `${service} has no target at all`,
        description: `Prometheus knows no instance of job ${job}: all have gone from its targets, or none was ever found. Nothing watches ${service} now, so treat it as down until you have seen it work.`,
        dashboard: "systemHealth",
        service,
      })),
    ),
  ];
}

function hosts(settings: Settings): AlertingRule[] {
  const service = "host";
  return [
    ...alert(settings, "HighCpuUsage", ({ threshold, window }) => ({
      expression:
        window === recordedWindow ? `${recorded.cpuBusy} > ${threshold}` : `(${cpuBusy(window)}) > ${threshold}`,
      summary: "CPU of {{ $labels.instance }} is {{ $value | humanizePercentage }} busy",
      description: `Over the last ${window} the CPUs of {{ $labels.instance }} were {{ $value | humanizePercentage }} busy on average, above ${percent(threshold)}. What runs there gets slow, audio first.`,
      dashboard: "systemHealth",
      service,
    })),
    ...alert(settings, "HighMemoryUsage", ({ threshold }) => ({
      expression: `${recorded.memoryUsed} > ${threshold}`,
      summary: "Memory of {{ $labels.instance }} is {{ $value | humanizePercentage }} used",
      description: `{{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is in use and cannot be freed, above ${percent(threshold)}. When it runs out, the kernel kills the largest process.`,
      dashboard: "systemHealth",
      service,
    })),
    ...alert(settings, "LowDiskSpace", ({ threshold }) => ({
      expression: `${recorded.filesystemAvailable} < ${threshold}`,
      summary: "{{ $labels.mountpoint }} on {{ $labels.instance }} has {{ $value | humanizePercentage }} left",
      description: `{{ $value | humanizePercentage }} of the filesystem {{ $labels.mountpoint }} on {{ $labels.instance }} is free, below ${percent(threshold)}. When it is full, databases stop writing and logs are lost.`,
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
      description: `{{ $value | humanizePercentage }} of the filesystem {{ $labels.mountpoint }} on {{ $labels.instance }} is free, and at the pace of the last ${window} nothing will be in 4 hours. There is time to act before anything breaks.`,
      dashboard: "systemHealth",
      service,
    })),
  ];
}

/** A container's name: on Kubernetes its own with its pod's, on Docker the name Docker knows. */
const containerName =
  "{{ if $labels.pod }}{{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}){{ else }}{{ $labels.name }}{{ end }}";

function containers(settings: Settings): AlertingRule[] {
  const labels = `${targetLabels}, name, namespace, pod, container`;
  return alert(settings, "ContainerMemoryNearLimit", ({ threshold }) => ({
    // A container without limit reports 0; a control group without name is no container. The container's own service,
    // where its label names one, takes the place of cAdvisor's.
    expression: promql`
      max by (${labels}) (
        label_replace(
          container_memory_working_set_bytes{name!=""} / (container_spec_memory_limit_bytes{name!=""} > 0),
          "service", "$1", "container_label_white_room_service", "(.+)"
        )
      ) > ${threshold}`,
    summary: `${containerName} uses {{ $value | humanizePercentage }} of its memory limit`,
    description: `Container ${containerName} on {{ $labels.instance }} uses {{ $value | humanizePercentage }} of the memory it may have, above ${percent(threshold)}. At 100 % the kernel kills it, and it restarts.`,
    dashboard: "systemHealth",
  }));
}
