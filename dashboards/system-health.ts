import { watchesServers } from "../config/alerts/monitored.ts";
import { probeJob } from "../config/products/blackbox/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { instant, range } from "./lib/query.ts";
import { chosenService, job } from "./lib/selectors.ts";
import { answers, upOrDown, upOrDownTiles } from "./lib/states.ts";
import { cluster, host, prometheusSource, seriesLabel } from "./lib/variables.ts";
import { stat, timeline, timeSeries } from "./lib/visualizations.ts";
import { containers } from "./system-health/containers.ts";
import { hostRows } from "./system-health/hosts.ts";
import { servers } from "./system-health/servers.ts";

/** Hosts, containers, and the servers used by White Room. */
export function systemHealth(settings: Settings): Dashboard {
  const { node, cadvisor } = settings.exporters;
  return {
    name: "systemHealth",
    title: "System Health",
    description: "Status and resource usage of hosts, containers, databases and Nginx.",
    from: "now-1h",
    variables: [
      prometheusSource,
      cluster,
      // Services that only probes watch have no programs.
      seriesLabel("service", "Service", `up{cluster=~"$cluster", job!="${probeJob}"}`, ".+"),
      ...(node.enabled ? [host] : []),
    ],
    annotations: annotations(settings),
    rows: [
      status(settings),
      ...(node.enabled ? hostRows(settings) : []),
      ...(cadvisor.enabled ? [containers(settings)] : []),
      ...servers((kind) => watchesServers(settings, kind)),
    ],
  };
}

/** Whether all targets of a service are up, including servers behind exporters. */
const byService = (settings: Settings) => `min by (service) (${answers(settings, chosenService)})`;

function status(settings: Settings): Row {
  const hosts = settings.exporters.node.enabled;
  const uptime = stat({
    title: "Uptime of hosts",
    description: "Time since each host booted. A short uptime after an alert means that the host restarted.",
    unit: "s",
    decimals: 1,
    width: 6,
    queries: [
      instant(
        `time() - max by (instance) (node_boot_time_seconds{${job("node")}, instance=~"$instance"})`,
        "{{instance}}",
      ),
    ],
  });
  return {
    title: "Status",
    panels: [
      stat(
        {
          title: "Status of every service",
          description:
            "Green: all targets of the service are up, including servers behind exporters. Red: at least one is down.",
          unit: "short",
          width: hosts ? 12 : 18,
          ...upOrDownTiles,
          alerts: ["ServiceDown", "ServiceAbsent"],
          leadsToLogs: true,
          queries: [instant(byService(settings), "{{service}}")],
        },
        "tiles",
      ),
      ...(hosts ? [uptime] : []),
      stat(
        {
          title: "Uptime of programs",
          description:
            "Time since the most recent process start of each service. For servers, the uptime of the exporter.",
          unit: "s",
          decimals: 1,
          width: 6,
          leadsToLogs: true,
          queries: [instant(`time() - max by (service) (process_start_time_seconds{${chosenService}})`, "{{service}}")],
        },
        "many",
      ),
      timeline({
        title: "Status over time",
        description: "When each service was up, and when at least one of its targets or servers was down.",
        unit: "short",
        width: 12,
        ...upOrDown,
        leadsToLogs: true,
        queries: [range(byService(settings), "{{service}}")],
      }),
      timeSeries({
        title: "Memory of programs",
        description:
          "Resident memory of each service's processes, as self-reported. For servers, the memory of the exporter.",
        unit: "bytes",
        min: 0,
        width: 12,
        leadsToLogs: true,
        queries: [range(`sum by (service) (process_resident_memory_bytes{${chosenService}})`, "{{service}}")],
      }),
    ],
  };
}
