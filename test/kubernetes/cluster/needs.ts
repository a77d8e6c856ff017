import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { findProgram } from "../../../scripts/lib/find-program.ts";
import { type ClusterProgram, clusterProgramPaths } from "../../../scripts/offline/cluster-programs.ts";
import { gatewayApiFolder } from "../../../scripts/offline/gateway-api.ts";

/**
 * Options for tests on a cluster: skipped if a program is missing, with a message that says how to get it. In CI a missing
 * program is an error, so that no test is skipped silently.
 */
export function needsCluster(...names: readonly ClusterProgram[]): { readonly skip: string | false } {
  const { path } = clusterProgramPaths();
  const built = [...names, "etcd" as const].filter((name) => !existsSync(path(name)));
  return needed(built);
}

/** Like needsCluster, but skipped without an IPv6 loopback address, as in most containers. */
export function needsIpv6Cluster(...names: readonly ClusterProgram[]): { readonly skip: string | false } {
  const found = needsCluster(...names);
  const addresses = Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address));
  return found.skip === false && !addresses.includes("::1") ? { skip: "no IPv6 loopback address" } : found;
}

/** Like needsCluster, but also requires the CRDs of the Gateway API. */
export function needsGatewayApi(...names: readonly ClusterProgram[]): { readonly skip: string | false } {
  const found = needsCluster(...names);
  if (found.skip !== false) return found;
  return needed(existsSync(gatewayApiFolder()) ? [] : ["the CRDs of the Gateway API"]);
}

function needed(built: readonly string[]): { readonly skip: string | false } {
  const installed = ["openssl", "setpriv"].filter((name) => findProgram(name) === undefined);
  if (built.length + installed.length === 0) return { skip: false };
  const cures = [
    ...(built.length > 0 ? [`not built yet: ${built.join(", ")}: write \`npm run test:e2e -- --kubernetes\``] : []),
    ...(installed.length > 0 ? [`not on PATH: ${installed.join(", ")}: install openssl and util-linux`] : []),
  ];
  if (process.env.CI) throw new Error(cures.join("; "));
  return { skip: cures.join("; ") };
}
