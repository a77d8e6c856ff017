/** Addresses of the cluster's pods. */
export const podRange = "10.210.0.0/16";

/** Addresses of its Services, of which the first is the API server's. */
export const serviceRange = "10.211.0.0/16";
export const apiServerAddress = "10.211.0.1";

/** Where pods ask for names: the Service of CoreDNS. */
export const dnsAddress = "10.211.0.10";

/** The same addresses of a cluster that has only IPv6. */
export const ipv6 = {
  podRange: "fd00:10:210::/56",
  serviceRange: "fd00:10:211::/112",
  apiServerAddress: "fd00:10:211::1",
};
