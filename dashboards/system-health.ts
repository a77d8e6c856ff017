import { watchesServers } from "../config/alerts/parts.ts";
import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { instant, range } from "./lib/query.ts";
import { chosenService, job } from "./lib/selectors.ts";
import { answers, upOrDown, upOrDownTiles } from "./lib/states.ts";
import { cluster, host, prometheusSource, service } from "./lib/variables.ts";
import { stat, timeline, timeSeries } from "./lib/visualizations.ts";
import { containers } from "./system-health/containers.ts";
import { hostRows } from "./system-health/hosts.ts";
import { servers } from "./system-health/servers.ts";

/** Hosts, containers, and the servers that White Room stands on. */
export function systemHealth(settings: Settings): Dashboard {
  const { node, cadvisor } = settings.exporters;
  return {
    name: "systemHealth",
    title: "System Health",
    description: "Is everything up, and has it room to breathe: hosts, containers, databases, Nginx.",
    from: "now-1h",
    variables: [prometheusSource, cluster, service(), ...(node.enabled ? [host] : [])],
    annotations: annotations(settings),
    rows: [
      status(settings),
      ...(node.enabled ? hostRows(settings) : []),
      ...(cadvisor.enabled ? [containers(settings)] : []),
      ...servers((kind) => watchesServers(settings, kind)),
    ],
  };
}

/** Whether every target of a service answers, and every server behind one. */
const byService = (settings: Settings) => `min by (service) (${answers(settings, chosenService)})`;

function status(settings: Settings): Row {
  const hosts = settings.exporters.node.enabled;
  const uptime = stat({
    title: "Uptime of hosts",
    description: "Time since each host started. A short one after an alert: it restarted.",
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
            "Green: every target of the service answered the last time, and so did the server behind an exporter. Red: at least one did not.",
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
          description: "Time since each service's youngest process started. Of a server it is its exporter's.",
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
        description: "When each service was up, and when one of its targets, or the server behind one, was not.",
        unit: "short",
        width: 12,
        ...upOrDown,
        leadsToLogs: true,
        queries: [range(byService(settings), "{{service}}")],
      }),
      timeSeries({
        title: "Memory of programs",
        description:
          "Resident memory of each service's processes, as they report it themselves. Of a server it is its exporter's.",
        unit: "bytes",
        min: 0,
        width: 12,
        leadsToLogs: true,
        queries: [range(`sum by (service) (process_resident_memory_bytes{${chosenService}})`, "{{service}}")],
      }),
    ],
  };
}
