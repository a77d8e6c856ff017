import { realFilesystems, recorded } from "../../config/alerts/recording.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { timeSeries } from "../lib/visualizations.ts";

/** The chosen hosts. */
const hosts = `${job("node")}, instance=~"$instance"`;

/** CPU, memory, load, disks and network of each host. */
export function hostRows(settings: Settings): Row[] {
  return [
    { title: "Hosts", panels: [cpu, memory, load, network(settings)] },
    { title: "Disks", panels: [diskSpace, diskSpaceOverTime, diskTraffic, diskBusy] },
  ];
}

const cpu = timeSeries({
  title: "CPU",
  description: "Share of each host's CPU time that went into work, averaged over its CPUs.",
  unit: "percentunit",
  min: 0,
  width: 12,
  thresholds: { fires: "above", alerts: ["HighCpuUsage"] },
  alerts: ["HighCpuUsage"],
  queries: [range(`${recorded.cpuBusy}{${hosts}}`, "{{instance}}")],
});

const memory = timeSeries({
  title: "Memory",
  description: "Share of each host's memory that is not available to programs: caches do not count as used.",
  unit: "percentunit",
  min: 0,
  width: 12,
  thresholds: { fires: "above", alerts: ["HighMemoryUsage"] },
  alerts: ["HighMemoryUsage"],
  queries: [range(`${recorded.memoryUsed}{${hosts}}`, "{{instance}}")],
});

const load = timeSeries({
  title: "Load per CPU",
  description: "Processes that run or wait, over 5 minutes, for each CPU. Above 1 for long: work queues up.",
  unit: "short",
  decimals: 2,
  min: 0,
  width: 12,
  queries: [
    range(
      `max by (instance) (node_load5{${hosts}}) / count by (instance) (node_cpu_seconds_total{${hosts}, mode="idle"})`,
      "{{instance}}",
    ),
  ],
});

/** Interfaces that lead out of the host. */
const outside = 'interface!~"lo|veth.*|br-.*|docker.*|ifb.*|cali.*|cilium.*|lxc.*|flannel.*|cni.*"';

/** In a container node_exporter would see the container's own network: cAdvisor measures that of its host, and node_exporter that of further hosts. */
function network(settings: Settings) {
  const direction = (way: "receive" | "transmit") => {
    const further = `sum by (instance) (rate(node_network_${way}_bytes_total{${hosts}, device!~"lo|veth.*|br-.*|docker.*"}[$__rate_interval]))`;
    const here = `sum by (instance) (rate(container_network_${way}_bytes_total{${job("cadvisor")}, id="/", ${outside}}[$__rate_interval]))`;
    return settings.exporters.cadvisor.enabled ? `${further} or ${here}` : further;
  };
  const received = range(direction("receive"), "{{instance}} received");
  const sent = range(direction("transmit"), "{{instance}} sent");
  const switchedOff = "cAdvisor, which measures the network of this host, is switched off.";
  return timeSeries({
    title: "Network",
    description: "Bytes a second that each host receives and sends, over all its interfaces but virtual ones.",
    unit: "Bps",
    min: 0,
    width: 12,
    queries: settings.exporters.cadvisor.enabled
      ? [received, sent]
      : [mayBeEmpty(switchedOff, received), mayBeEmpty(switchedOff, sent)],
  });
}

const real = `${hosts}, ${realFilesystems}`;
const perFilesystem = "by (instance, mountpoint)";

/** Of the filesystems that alerts watch, and of no other. */
const watched = (expression: string) =>
  `${expression} and on (instance, mountpoint) ${recorded.filesystemAvailable}{${hosts}}`;

const diskSpace = table(
  {
    title: "Disk space",
    description:
      "Every filesystem that can fill up. The time to full follows the trend of the last 6 hours, and is empty where space is not shrinking.",
    unit: "bytes",
    width: 24,
    height: 6,
    alerts: ["LowDiskSpace", "DiskWillFillIn4Hours"],
    thresholds: { fires: "below", alerts: ["LowDiskSpace", "DiskWillFillIn4Hours"] },
    queries: [
      rows(`min ${perFilesystem} (${recorded.filesystemAvailable}{${hosts}})`),
      rows(watched(`max ${perFilesystem} (node_filesystem_avail_bytes{${real}})`)),
      rows(watched(`max ${perFilesystem} (node_filesystem_size_bytes{${real}})`)),
      mayBeEmpty(
        "No filesystem is shrinking.",
        rows(
          watched(
            `max ${perFilesystem} (node_filesystem_avail_bytes{${real}}) / -(min ${perFilesystem} (${recorded.filesystemTrend}{${hosts}}) < 0)`,
          ),
        ),
      ),
    ],
  },
  [
    { of: "instance", title: "Host", minWidth: 130 },
    { of: "mountpoint", title: "Mount point", minWidth: 130 },
    { of: 0, title: "Free share", unit: "percentunit", decimals: 1, coloured: true },
    { of: 3, title: "Time to full", unit: "s", decimals: 1 },
    { of: 1, title: "Free" },
    { of: 2, title: "Size" },
  ],
  { title: "Free share", descending: false },
);

const diskSpaceOverTime = timeSeries({
  title: "Disk space left",
  description: "Share of each filesystem that is free. Below the lines its alerts fire.",
  unit: "percentunit",
  min: 0,
  max: 1,
  width: 8,
  thresholds: { fires: "below", alerts: ["LowDiskSpace", "DiskWillFillIn4Hours"] },
  alerts: ["LowDiskSpace", "DiskWillFillIn4Hours"],
  queries: [range(`min ${perFilesystem} (${recorded.filesystemAvailable}{${hosts}})`, "{{instance}} {{mountpoint}}")],
});

/** Devices that are neither memory nor another device's view. */
const disks = `${hosts}, device!~"loop.*|ram.*|zram.*|dm-.*|md.*|sr.*"`;

const diskTraffic = timeSeries({
  title: "Disk I/O",
  description: "Bytes a second that each host reads from its disks and writes to them.",
  unit: "Bps",
  min: 0,
  width: 8,
  queries: [
    range(`sum by (instance) (rate(node_disk_read_bytes_total{${disks}}[$__rate_interval]))`, "{{instance}} read"),
    range(
      `sum by (instance) (rate(node_disk_written_bytes_total{${disks}}[$__rate_interval]))`,
      "{{instance}} written",
    ),
  ],
});

const diskBusy = timeSeries({
  title: "Disk busy",
  description: "Share of the time in which a disk had a request under way. Near 100 %, requests wait for it.",
  unit: "percentunit",
  min: 0,
  width: 8,
  queries: [range(`max by (instance, device) (${recorded.diskBusy}{${disks}})`, "{{instance}} {{device}}")],
});
