import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { images } from "../../config/products/images.ts";
import { type Log, step } from "../lib/step.ts";
import { ensureBuilt, programPath } from "./built-programs.ts";
import { cacheFolder, shortHash, withScratchFolder } from "./cache.ts";
import { suite, UnstableSuite } from "./debian.ts";
import type { GoProgram } from "./go-build.ts";

/** Newest Kubernetes with published modules. Staging modules use the same version with major v0. */
const kubernetesVersion = "v1.37.2";

/** Programs of a test cluster in build order. */
const programs = {
  "kube-apiserver": kubernetesProgram("kube-apiserver"),
  "kube-controller-manager": kubernetesProgram("kube-controller-manager"),
  "kube-scheduler": kubernetesProgram("kube-scheduler"),
  kubectl: kubernetesProgram("kubectl"),
  kubelet: kubernetesProgram("kubelet"),
  "kube-proxy": kubernetesProgram("kube-proxy"),
  /** Simulates nodes and pods. */
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
  /** Used only to enforce NetworkPolicies, which the bridge plugin does not support. */
  "kube-router": {
    module: "github.com/cloudnativelabs/kube-router/v2",
    version: "v2.1.0",
    package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
  },
} as const satisfies Record<string, GoProgram>;

export type ClusterProgram = keyof typeof programs;

/** A control plane without nodes. */
export const controlPlanePrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
] as const satisfies ClusterProgram[];

export const clusterPrograms = Object.keys(programs) as readonly ClusterProgram[];

/** Taken from Debian: the etcd and containerd modules lack generated files, and there are many CNI plugins. */
const debianPackages = ["etcd-server", "containerd", "containernetworking-plugins"];

/** Paths of the cluster programs. */
export interface ClusterPrograms {
  readonly path: (name: ClusterProgram | "etcd" | "containerd" | "ctr") => string;
  /** Directory of the CNI plugins. */
  readonly networkPlugins: string;
  /** PATH that includes the packaged programs. */
  readonly searchPath: string;
}

/** Cache paths of the cluster programs; the files may not exist yet. */
export function clusterProgramPaths(cacheDir = cacheFolder()): ClusterPrograms {
  const packaged = join(cacheDir, "programs", `cluster-packages-${shortHash(suite, debianPackages)}`);
  const bin = join(packaged, "usr", "bin");
  return {
    path: (name) => (name in programs ? builtPath(name as ClusterProgram, cacheDir) : join(bin, name)),
    networkPlugins: join(packaged, "usr", "lib", "cni"),
    searchPath: [bin, process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter),
  };
}

/** Builds or downloads missing programs. The first build takes up to an hour on two cores. */
export async function ensureClusterPrograms(
  names: readonly ClusterProgram[],
  { cacheDir = cacheFolder(), log }: { readonly cacheDir?: string; readonly log: Log },
): Promise<ClusterPrograms> {
  const paths = clusterProgramPaths(cacheDir);
  const wanted = clusterPrograms.filter((name) => names.includes(name));
  const builds = wanted.map((name) => ({ program: programs[name], path: builtPath(name, cacheDir) }));
  await ensureBuilt(builds, cacheDir, log);
  if (!existsSync(paths.path("etcd"))) {
    await step(log, `Downloading ${debianPackages.join(", ")}`, () => unpackPackages(paths.path("etcd"), cacheDir));
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
