export type IpFamily = "IPv4" | "IPv6";

/** Addresses of the cluster's pods. */
export const podRange = "10.210.0.0/16";

/** Addresses of its Services, of which the first is the API server's. */
export const serviceRange = "10.211.0.0/16";

/** Address of the DNS Service. */
export const dnsAddress = "10.211.0.10";

const ranges = {
  IPv4: { podRange, serviceRange, apiServerAddress: "10.211.0.1" },
  IPv6: { podRange: "fd00:10:210::/56", serviceRange: "fd00:10:211::/112", apiServerAddress: "fd00:10:211::1" },
} as const;

/** Ranges of a cluster with these families, as arguments of its programs. Services get an address of the first family. */
export function rangesOf(families: readonly [IpFamily, ...IpFamily[]]) {
  return {
    podRange: families.map((family) => ranges[family].podRange).join(),
    serviceRange: families.map((family) => ranges[family].serviceRange).join(),
    apiServerAddress: ranges[families[0]].apiServerAddress,
  };
}
