import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { images } from "../../config/products/images.ts";
import { type Log, step } from "../lib/run-command.ts";
import { ensureBuilt, programPath } from "./built-programs.ts";
import { cacheFolder, shortHash, withScratchFolder } from "./cache.ts";
import { suite, UnstableSuite } from "./debian.ts";
import type { GoProgram } from "./go-build.ts";

/** The newest Kubernetes whose modules are published; its staging modules carry the same number under v0. */
const kubernetesVersion = "v1.37.2";

/** The programs of a cluster for tests, in the order in which they are built: those of one module share what is compiled. */
const programs = {
  "kube-apiserver": kubernetesProgram("kube-apiserver"),
  "kube-controller-manager": kubernetesProgram("kube-controller-manager"),
  "kube-scheduler": kubernetesProgram("kube-scheduler"),
  kubectl: kubernetesProgram("kubectl"),
  kubelet: kubernetesProgram("kubelet"),
  "kube-proxy": kubernetesProgram("kube-proxy"),
  /** Nodes and pods that exist in the API only. */
  kwok: {
    module: "sigs.k8s.io/kwok",
    version: "v0.8.0",
    package: "sigs.k8s.io/kwok/cmd/kwok",
  },
  coredns: {
    module: "github.com/coredns/coredns",
    version: "v1.14.7",
    package: ".",
    source: join(import.meta.dirname, "coredns"),
  },
  "kube-state-metrics": {
    module: "k8s.io/kube-state-metrics/v2",
    version: images.kubeStateMetrics.tag,
    package: "k8s.io/kube-state-metrics/v2",
  },
  "prometheus-config-reloader": {
    module: "github.com/prometheus-operator/prometheus-operator",
    version: images.configReloader.tag,
    package: "github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader",
  },
  /** Enforces NetworkPolicies, which the bridge plugin does not; here it does nothing else. */
  "kube-router": {
    module: "github.com/cloudnativelabs/kube-router/v2",
    version: "v2.1.0",
    package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
  },
} as const satisfies Record<string, GoProgram>;

export type ClusterProgram = keyof typeof programs;

/** What answers the API, without any node. */
export const controlPlanePrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
] as const satisfies ClusterProgram[];

export const clusterPrograms = Object.keys(programs) as readonly ClusterProgram[];

/** Not built here: etcd's and containerd's modules lack generated files, and the network plugins are many. */
const debianPackages = ["etcd-server", "containerd", "containernetworking-plugins"];

/** Where each program lies, and a PATH with the packaged ones. */
export interface ClusterPrograms {
  readonly path: (name: ClusterProgram | "etcd" | "containerd" | "ctr") => string;
  /** Folder of the network plugins. */
  readonly networkPlugins: string;
  readonly searchPath: string;
}

/** Where the programs of a cluster are kept, whether they are there or not. */
export function clusterProgramPaths(cacheDir = cacheFolder()): ClusterPrograms {
  const packaged = join(cacheDir, "programs", `cluster-packages-${shortHash(suite, debianPackages)}`);
  const bin = join(packaged, "usr", "bin");
  return {
    path: (name) => (name in programs ? builtPath(name as ClusterProgram, cacheDir) : join(bin, name)),
    networkPlugins: join(packaged, "usr", "lib", "cni"),
    searchPath: [bin, process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter),
  };
}

/** Builds or fetches what is missing. Long: the first time it takes the larger part of an hour on two busy cores. */
export async function ensureClusterPrograms(
  names: readonly ClusterProgram[],
  { cacheDir = cacheFolder(), log }: { readonly cacheDir?: string; readonly log: Log },
): Promise<ClusterPrograms> {
  const paths = clusterProgramPaths(cacheDir);
  const wanted = clusterPrograms.filter((name) => names.includes(name));
  const builds = wanted.map((name) => ({ program: programs[name], path: builtPath(name, cacheDir) }));
  await ensureBuilt(builds, cacheDir, log);
  if (!existsSync(paths.path("etcd"))) {
    await step(log, `Fetching ${debianPackages.join(", ")}`, () => unpackPackages(paths.path("etcd"), cacheDir));
  }
  return paths;
}

async function unpackPackages(etcd: string, cacheDir: string): Promise<void> {
  await withScratchFolder(cacheDir, async (scratch) => {
    const debian = await UnstableSuite.open(join(scratch, "apt"));
    await debian.unpack(debianPackages, join(scratch, "root"));
    await rename(join(scratch, "root"), join(etcd, "..", "..", ".."));
  });
}

function builtPath(name: ClusterProgram, cacheDir: string): string {
  return programPath(name, programs[name], cacheDir);
}

function kubernetesProgram(command: string): GoProgram {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)\./.exec(kubernetesVersion) ?? [];
  const version = "k8s.io/component-base/version";
  return {
    module: "k8s.io/kubernetes",
    version: kubernetesVersion,
    package: `k8s.io/kubernetes/cmd/${command}`,
    folderVersion: kubernetesVersion.replace(/^v1/, "v0"),
    variables: {
      [`${version}.gitVersion`]: kubernetesVersion,
      [`${version}.gitMajor`]: major,
      [`${version}.gitMinor`]: minor,
    },
  };
}
