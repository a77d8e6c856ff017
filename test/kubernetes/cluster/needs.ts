import { existsSync } from "node:fs";
import { findProgram } from "../../../scripts/lib/run-command.ts";
import { type ClusterProgram, clusterProgramPaths } from "../../../scripts/offline/cluster-programs.ts";

/**
 * Options for tests on a cluster: skipped, with the cure, where a program is missing. In CI a missing one is an error, so
 * that no test is skipped in silence.
 */
export function needsCluster(...names: readonly ClusterProgram[]): { readonly skip: string | false } {
  const { path } = clusterProgramPaths();
  const built = [...names, "etcd" as const].filter((name) => !existsSync(path(name)));
  const installed = ["openssl", "setpriv"].filter((name) => findProgram(name) === undefined);
  if (built.length + installed.length === 0) return { skip: false };
  const cures = [
    ...(built.length > 0 ? [`not built yet: ${built.join(", ")}: write \`npm run test:e2e -- --kubernetes\``] : []),
    ...(installed.length > 0 ? [`not on PATH: ${installed.join(", ")}: install openssl and util-linux`] : []),
  ];
  if (process.env.CI) throw new Error(cures.join("; "));
  return { skip: cures.join("; ") };
}
