import { globSync } from "node:fs";
import { resolve } from "node:path";
import { findProgram } from "../lib/find-program.ts";
import { buildClusterImages } from "../offline/cluster-images.ts";
import { clusterPrograms, controlPlanePrograms, ensureClusterPrograms } from "../offline/cluster-programs.ts";
import { installPackages, isRoot } from "../offline/debian.ts";
import { ensureGatewayApi } from "../offline/gateway-api.ts";
import { ensureDockerEngine, stopDockerEngine } from "./docker-engine.ts";
import { nodeTests } from "./test.ts";

const root = resolve(import.meta.dirname, "../..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/** Runs the tests against a real API server without nodes. Returns the exit code. */
export async function runKubernetesTests(): Promise<number> {
  await installMissing({ openssl: "openssl" });
  await ensureClusterPrograms([...controlPlanePrograms, "kwok"], { log });
  await ensureGatewayApi({ log });
  const engine = globSync("test/kubernetes/engine/*.test.ts", { cwd: root });
  const missing = ["pulumi", "pulumi-resource-kubernetes"].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) log(`Skipping the tests on the real engine: not on PATH: ${missing.join(", ")}.`);
  return nodeTests([
    ...globSync("test/kubernetes/*.test.ts", { cwd: root }).sort(),
    ...(missing.length > 0 ? [] : engine),
  ]);
}

/** Runs the tests with real pods on a node on this machine. Returns the exit code. */
export async function runPodTests(): Promise<number> {
  if (!isRoot()) {
    log("Running a node requires root (network namespaces, mounts, cgroups). Run `sudo npm run test:e2e -- --pods`.");
    return 1;
  }
  await installMissing({
    openssl: "openssl",
    ip: "iproute2",
    iptables: "iptables",
    nft: "nftables",
    ipset: "ipset",
    runc: "runc",
  });
  await ensureClusterPrograms(clusterPrograms, { log });
  const engine = await ensureDockerEngine(log);
  try {
    await buildClusterImages({ log });
    return await nodeTests(globSync("test/kubernetes/pods/*.test.ts", { cwd: root }).sort());
  } finally {
    if (engine.started) await stopDockerEngine(log);
  }
}

/** Installs the package of each program that is not on PATH. */
async function installMissing(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing = Object.entries(programs).filter(([name]) => findProgram(name, "/usr/sbin", "/sbin") === undefined);
  const packages = missing.map(([, name]) => name);
  if (packages.length > 0) await installPackages(packages, packages.join(", "), log);
}
