import { realFilesystems, recorded } from "../../config/alerts/recording.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { timeSeries } from "../lib/visualizations.ts";

/** The selected hosts. */
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
  description: "CPU usage of each host, averaged over its CPUs.",
  unit: "percentunit",
  min: 0,
  width: 12,
  thresholds: { fires: "above", alerts: ["HighCpuUsage"] },
  alerts: ["HighCpuUsage"],
  queries: [range(`${recorded.cpuBusy}{${hosts}}`, "{{instance}}")],
});

const memory = timeSeries({
  title: "Memory",
  description: "Memory usage of each host, excluding caches that can be reclaimed.",
  unit: "percentunit",
  min: 0,
  width: 12,
  thresholds: { fires: "above", alerts: ["HighMemoryUsage"] },
  alerts: ["HighMemoryUsage"],
  queries: [range(`${recorded.memoryUsed}{${hosts}}`, "{{instance}}")],
});

const load = timeSeries({
  title: "Load per CPU",
  description: "5-minute load average per CPU. Work queues up if it stays above 1.",
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

/** Physical interfaces. */
const outside = 'interface!~"lo|veth.*|br-.*|docker.*|ifb.*|cali.*|cilium.*|lxc.*|flannel.*|cni.*"';

/**
 * In a container, node_exporter would see only the container's network. So cAdvisor provides the network of this host, and
 * node_exporter that of additional hosts.
 */
function network(settings: Settings) {
  const direction = (way: "receive" | "transmit") => {
    const further = `sum by (instance) (rate(node_network_${way}_bytes_total{${hosts}, device!~"lo|veth.*|br-.*|docker.*"}[$__rate_interval]))`;
    const here = `sum by (instance) (rate(container_network_${way}_bytes_total{${job("cadvisor")}, id="/", ${outside}}[$__rate_interval]))`;
    return settings.exporters.cadvisor.enabled ? `${further} or ${here}` : further;
  };
  const received = range(direction("receive"), "{{instance}} received");
  const sent = range(direction("transmit"), "{{instance}} sent");
  const switchedOff = "cAdvisor, which provides the network metrics of this host, is disabled.";
  return timeSeries({
    title: "Network",
    description: "Bytes per second received and sent by each host, excluding virtual interfaces.",
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

/** Limited to the filesystems covered by alerts. */
const watched = (expression: string) =>
  `${expression} and on (instance, mountpoint) ${recorded.filesystemAvailable}{${hosts}}`;

const diskSpace = table(
  {
    title: "Disk space",
    description:
      "All filesystems that can fill up. The time to full is based on the trend of the last 6 hours; it is empty if the free space is not shrinking.",
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
        "The free space of no filesystem is shrinking.",
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
    { of: 0, title: "Free %", unit: "percentunit", decimals: 1, coloured: true },
    { of: 3, title: "Time to full", unit: "s", decimals: 1 },
    { of: 1, title: "Free" },
    { of: 2, title: "Size" },
  ],
  { title: "Free %", descending: false },
);

const diskSpaceOverTime = timeSeries({
  title: "Disk space left",
  description: "Free space of each filesystem. The alerts fire below the lines.",
  unit: "percentunit",
  min: 0,
  max: 1,
  width: 8,
  thresholds: { fires: "below", alerts: ["LowDiskSpace", "DiskWillFillIn4Hours"] },
  alerts: ["LowDiskSpace", "DiskWillFillIn4Hours"],
  queries: [range(`min ${perFilesystem} (${recorded.filesystemAvailable}{${hosts}})`, "{{instance}} {{mountpoint}}")],
});

/** Physical disks; excludes RAM disks and partitions. */
const disks = `${hosts}, device!~"loop.*|ram.*|zram.*|dm-.*|md.*|sr.*"`;

const diskTraffic = timeSeries({
  title: "Disk I/O",
  description: "Bytes per second read and written by each host.",
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
  description: "Share of time in which a disk was busy. Near 100 %, requests queue up.",
  unit: "percentunit",
  min: 0,
  width: 8,
  queries: [range(`max by (instance, device) (${recorded.diskBusy}{${disks}})`, "{{instance}} {{device}}")],
});
