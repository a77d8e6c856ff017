import { type Case, host, of } from "../case.ts";

const dashboard = "white-room-system-health";

/** Size, free space and writability of one filesystem. */
function filesystem(
  place: { readonly mountpoint: string; readonly fstype: string; readonly device: string; readonly instance?: string },
  available: string,
  { size = "100e9x500", readOnly = "0x500" } = {},
): Record<string, string> {
  return {
    [of(host, "node_filesystem_size_bytes", place)]: size,
    [of(host, "node_filesystem_avail_bytes", place)]: available,
    [of(host, "node_filesystem_readonly", place)]: readOnly,
  };
}

const root = { mountpoint: "/", fstype: "ext4", device: "/dev/vda1" } as const;

export const disks: readonly Case[] = [
  {
    alert: "LowDiskSpace",
    proves: "fires",
    name: "8 % free; a full snap, a full memory disk and a full read-only disk do not count",
    series: {
      ...filesystem(root, "8e9x60"),
      ...filesystem({ mountpoint: "/snap/core", fstype: "squashfs", device: "/dev/loop1" }, "0x60"),
      ...filesystem({ mountpoint: "/run", fstype: "tmpfs", device: "tmpfs" }, "0x60"),
      ...filesystem({ mountpoint: "/media", fstype: "ext4", device: "/dev/vdb1" }, "0x60", { readOnly: "1x60" }),
    },
    checks: [
      { at: "4m30s", firing: [] },
      {
        at: "6m",
        firing: [
          {
            labels: { ...host, mountpoint: "/", severity: "critical", priority: "P0", team: "platform" },
            summary: "/ on host-1:9100 has 8% free space left",
            description:
              "8% of the filesystem / on host-1:9100 is free, below the threshold of 10 %. When it is full, databases stop writing and logs are lost.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "LowDiskSpace",
    proves: "comes close and stays silent",
    name: "10.5 % free",
    series: filesystem(root, "10.5e9x60"),
    checks: [{ at: "10m", firing: [] }],
  },
  {
    alert: "DiskWillFillIn4Hours",
    proves: "fires",
    name: "7.2 GB an hour, 23.2 GB left",
    step: "1m",
    series: filesystem(root, "70e9-120e6x420"),
    checks: [
      { at: "6h", firing: [] },
      {
        at: "6h30m",
        firing: [
          {
            labels: { ...host, mountpoint: "/", severity: "high", priority: "P1", team: "platform" },
            summary: "/ on host-1:9100 will be full within 4 hours",
            description:
              "23.2% of the filesystem / on host-1:9100 is free, and at the rate of the last 6h it will be full within 4 hours. There is still time to act.",
            dashboard,
          },
        ],
      },
      { at: "6h30m", alert: "LowDiskSpace", firing: [] },
    ],
  },
  {
    alert: "DiskWillFillIn4Hours",
    proves: "comes close and stays silent",
    name: "one with 34 % left is full in three hours, another with 26 % left in five",
    step: "1m",
    series: {
      ...filesystem(root, "99e9-166e6x420"),
      ...filesystem({ ...root, instance: "host-2:9100" }, "58.5e9-83e6x420"),
    },
    checks: [{ at: "6h30m", firing: [] }],
  },
];
