import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../scripts/lib/run-command.ts";
import { buildClusterImages } from "../../../scripts/offline/cluster-images.ts";
import { clusterProgramPaths } from "../../../scripts/offline/cluster-programs.ts";
import { ControlPlane } from "../cluster/control-plane.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { Machine, machineAddress } from "../cluster/machine.ts";
import { RealNode } from "../cluster/node.ts";
import { type Claim, createObjects, defaultStorageClass, volumeFor } from "../cluster/objects.ts";
import { allReady, type Pod } from "../cluster/readiness.ts";
import { applyStrictly, renderedManifests } from "../rendered.ts";
import { applications } from "./applications.ts";
import { nameServer } from "./names.ts";

/** A cluster of one real node with the rendered stack, a monitored application and a receiver of notifications. */
export class RealCluster {
  readonly kubectl: Kubectl;
  readonly #plane: ControlPlane;
  readonly #machine: Machine;

  private constructor(plane: ControlPlane, machine: Machine) {
    this.#plane = plane;
    this.#machine = machine;
    this.kubectl = plane.kubectl;
  }

  static async start(log: (line: string) => void): Promise<RealCluster> {
    const programs = clusterProgramPaths();
    const images = await buildClusterImages({ log });
    const machine = await Machine.start();
    try {
      const listen = { address: machineAddress, port: 6443 };
      const plane = await ControlPlane.start({ programs, listen, within: machine.within });
      const cluster = new RealCluster(plane, machine);
      try {
        const node = new RealNode({ plane, machine, programs });
        await node.start();
        const tar = join(plane.folder, "images.tar");
        await run("docker", ["save", `--output=${tar}`, ...images]);
        await node.importImages(tar);
        await node.join();
        await createObjects(plane.kubectl, [...nameServer, defaultStorageClass(), ...applications]);
        return cluster;
      } catch (error) {
        await cluster.stop();
        throw error;
      }
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#machine.stop();
    await this.#plane.stop();
  }

  /** As {@link apply}, with the config as text. */
  async applyConfig(text: string): Promise<void> {
    const file = join(this.#plane.folder, "changed.yaml");
    writeFileSync(file, text);
    await this.apply(file);
  }

  /** Renders a config and applies it, with a volume on the node's disk for each pending claim. */
  async apply(configFile: string): Promise<void> {
    const rendered = await renderedManifests(configFile);
    try {
      await applyStrictly(this.kubectl, rendered.manifests);
    } finally {
      rendered.remove();
    }
    await this.#provideVolumes();
  }

  pods(namespace: string): Promise<Pod[]> {
    return this.kubectl.list<Pod>(["pods", "--namespace", namespace]);
  }

  allReady(seconds: number): Promise<void> {
    return allReady(this.kubectl, seconds);
  }

  /** The response of a program in a pod, requested through the API server. */
  async get<T>(pod: string, port: number, path: string, namespace = "monitoring"): Promise<T> {
    return JSON.parse(await this.kubectl.run(["get", "--raw", proxyPath(pod, port, path, namespace)])) as T;
  }

  /** Whether a pod can reach a URL, with wget's output. */
  async reaches(
    namespace: string,
    pod: string,
    url: string,
  ): Promise<{ readonly reached: boolean; readonly said: string }> {
    const words = ["exec", "--namespace", namespace, pod, "--", "wget", "-q", "-T", "4", "-O", "/dev/null", url];
    const { code, output } = await this.kubectl.try(words);
    return { reached: code === 0, said: output };
  }

  async #provideVolumes(): Promise<void> {
    const claims = await this.kubectl.list<Claim>(["persistentvolumeclaims", "--all-namespaces"]);
    const volumes = claims
      .filter(({ status }) => status.phase === "Pending")
      .map((claim) => {
        const path = join(this.#plane.folder, "volumes", claim.metadata.name);
        mkdirSync(path, { recursive: true });
        return volumeFor(claim, {
          local: { path },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["real"] }] },
              ],
            },
          },
        });
      });
    if (volumes.length > 0) await createObjects(this.kubectl, volumes);
  }
}

function proxyPath(pod: string, port: number, path: string, namespace = "monitoring"): string {
  return `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`;
}
