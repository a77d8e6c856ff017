import { globSync } from "node:fs";
import { resolve } from "node:path";
import { findProgram } from "../lib/run-command.ts";
import { buildClusterImages } from "../offline/cluster-images.ts";
import { clusterPrograms, controlPlanePrograms, ensureClusterPrograms } from "../offline/cluster-programs.ts";
import { installPackages, isRoot } from "../offline/debian.ts";
import { ensureDockerEngine, stopDockerEngine } from "./docker-engine.ts";
import { nodeTests } from "./test.ts";

const root = resolve(import.meta.dirname, "../..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/** What every manifest must pass on a real API server, without a node. Returns the exit code. */
export async function runKubernetesTests(): Promise<number> {
  await installMissing({ openssl: "openssl" });
  await ensureClusterPrograms([...controlPlanePrograms, "kwok"], { log });
  const engine = globSync("test/kubernetes/engine/*.test.ts", { cwd: root });
  const missing = ["pulumi", "pulumi-resource-kubernetes"].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0)
    log(`There is no ${missing.join(", no ")} on PATH: the tests on the real engine are left out.`);
  return nodeTests([
    ...globSync("test/kubernetes/*.test.ts", { cwd: root }).sort(),
    ...(missing.length > 0 ? [] : engine),
  ]);
}

/** The stack as pods of a real node on this machine. Returns the exit code. */
export async function runPodTests(): Promise<number> {
  if (!isRoot()) {
    log(
      "A node needs root: it makes network namespaces, mounts and control groups. Write `sudo npm run test:e2e -- --pods`.",
    );
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

/** Installs the packages whose program is not there. */
async function installMissing(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing = Object.entries(programs).filter(([name]) => findProgram(name, "/usr/sbin", "/sbin") === undefined);
  const packages = missing.map(([, name]) => name);
  if (packages.length > 0) await installPackages(packages, packages.join(", "), log);
}
