import { bytes } from "../../config/settings/units.ts";
import type { Limits } from "./workload.ts";

/** Requests all of the memory limit, because memory cannot be reclaimed, and a quarter of the CPU limit. */
export function resources({ memory, cpu, requests, ephemeralStorage = "1Gi" }: Limits) {
  return {
    requests: {
      memory: quantity(requests?.memory ?? memory),
      cpu: cores(requests?.cpu ?? cpu / 4),
      "ephemeral-storage": usualStorage,
    },
    // Data is on volumes; the node's disk holds only the log, which the kubelet rotates at 50 MiB by default.
    limits: { memory: quantity(memory), cpu: cores(cpu), "ephemeral-storage": quantity(ephemeralStorage) },
  };
}

const usualStorage = "16Mi";

/** The format in which the API server returns it; any other would show as a diff at every refresh. */
export function quantity(text: string): string {
  const size = Math.ceil(bytes(text));
  const power = ["Pi", "Ti", "Gi", "Mi", "Ki"].findIndex((_, index) => size % 1024 ** (5 - index) === 0);
  return power < 0 ? String(size) : `${size / 1024 ** (5 - power)}${["Pi", "Ti", "Gi", "Mi", "Ki"][power]}`;
}

function cores(count: number): string {
  const thousandths = Math.ceil(count * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}
