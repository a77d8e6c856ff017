import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toYaml } from "../../../config/file.ts";
import { findProgram } from "../../../scripts/lib/find-program.ts";
import { pauseImage } from "../../../scripts/offline/cluster-images.ts";
import type { ClusterPrograms } from "../../../scripts/offline/cluster-programs.ts";
import { until } from "../../logs/programs.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { ApiObject } from "./kubectl.ts";
import { type Machine, machineAddress } from "./machine.ts";
import { dnsAddress, podRange, serviceRange } from "./ranges.ts";

export interface NodeOptions {
  readonly plane: ControlPlane;
  readonly machine: Machine;
  readonly programs: ClusterPrograms;
}

/** A real node: containerd and kubelet with a bridge for pods, Services by kube-proxy, NetworkPolicies by kube-router. */
export class RealNode {
  readonly name = "real";
  readonly #plane: ControlPlane;
  readonly #machine: Machine;
  readonly #programs: ClusterPrograms;
  readonly #socket: string;

  constructor({ plane, machine, programs }: NodeOptions) {
    this.#plane = plane;
    this.#machine = machine;
    this.#programs = programs;
    this.#socket = join(plane.folder, "containerd.sock");
  }

  /** Starts only containerd, because images must be imported before pods start. */
  async start(): Promise<void> {
    await this.#startContainerd();
  }

  async join(): Promise<void> {
    await this.#startKubelet();
    await this.#startNetwork();
    await until("the node is ready", async () => this.#isReady(), 120);
  }

  /** Imports the images of a tar file, as `docker save` writes it. */
  async importImages(tar: string): Promise<void> {
    await this.containerd(["images", "import", "--no-unpack=false", tar]);
  }

  containerd(words: readonly string[]): Promise<string> {
    return this.#machine.run(this.#programs.path("ctr"), ["--address", this.#socket, "--namespace=k8s.io", ...words]);
  }

  async #startContainerd(): Promise<void> {
    const folder = join(this.#plane.folder, "containerd");
    mkdirSync(join(folder, "cni"), { recursive: true });
    const config = join(folder, "config.toml");
    writeFileSync(config, containerdConfig(folder, this.#socket, this.#programs.networkPlugins));
    await this.#plane.processes.start({
      name: "containerd",
      command: this.#programs.path("containerd"),
      args: [`--config=${config}`],
      env: { PATH: this.#programs.searchPath },
      ready: async () => {
        try {
          await this.containerd(["version"]);
          return true;
        } catch {
          return false;
        }
      },
    });
  }

  async #startKubelet(): Promise<void> {
    const { folder, authority, processes } = this.#plane;
    const serving = await authority.issue("kubelet-serving", {
      user: `system:node:${this.name}`,
      addresses: [this.name, machineAddress],
    });
    const resolver = join(folder, "resolv.conf");
    writeFileSync(resolver, "");
    const config = join(folder, "kubelet.yaml");
    writeFileSync(
      config,
      toYaml({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address: machineAddress,
        authentication: {
          anonymous: { enabled: false },
          webhook: { enabled: true },
          x509: { clientCAFile: authority.certificate },
        },
        authorization: { mode: "Webhook" },
        tlsCertFile: serving.certificate,
        tlsPrivateKeyFile: serving.key,
        containerRuntimeEndpoint: `unix://${this.#socket}`,
        clusterDNS: [dnsAddress],
        clusterDomain: "cluster.local",
        resolvConf: resolver,
        // Works with cgroup v1 and without systemd.
        cgroupDriver: "cgroupfs",
        cgroupsPerQOS: false,
        enforceNodeAllocatable: [],
        failCgroupV1: false,
        failSwapOn: false,
        // Do not evict pods because this machine's disk is nearly full.
        evictionHard: { "memory.available": "1%", "nodefs.available": "1%", "imagefs.available": "1%" },
        imageGCHighThresholdPercent: 100,
        // ConfigMaps reach pods within seconds instead of a minute or two.
        syncFrequency: "5s",
        configMapAndSecretChangeDetectionStrategy: "Watch",
      }),
    );
    await processes.start({
      name: "kubelet",
      command: this.#programs.path("kubelet"),
      args: [
        `--config=${config}`,
        `--root-dir=${join(folder, "kubelet")}`,
        `--kubeconfig=${await this.#plane.kubeconfig("kubelet", `system:node:${this.name}`, "system:nodes")}`,
        `--hostname-override=${this.name}`,
        `--node-ip=${machineAddress}`,
        "--node-labels=topology.kubernetes.io/zone=zone-a",
      ],
      env: { PATH: this.#programs.searchPath },
      ready: async () => (await this.#node())?.spec.podCIDR !== undefined,
    });
  }

  async #startNetwork(): Promise<void> {
    const { folder, processes } = this.#plane;
    const subnet = (await this.#node())?.spec.podCIDR;
    writeFileSync(
      join(folder, "containerd", "cni", "10-bridge.conflist"),
      JSON.stringify({
        cniVersion: "1.0.0",
        name: "pods",
        plugins: [
          {
            type: "bridge",
            bridge: "cni0",
            isGateway: true,
            hairpinMode: true,
            ipam: {
              type: "host-local",
              dataDir: join(folder, "addresses"),
              ranges: [[{ subnet }]],
              routes: [{ dst: "0.0.0.0/0" }],
            },
          },
        ],
      }),
    );
    await processes.start({
      name: "kube-proxy",
      command: this.#programs.path("kube-proxy"),
      args: [
        `--kubeconfig=${await this.#plane.kubeconfig("kube-proxy", "system:kube-proxy")}`,
        `--hostname-override=${this.name}`,
        "--proxy-mode=nftables",
        `--cluster-cidr=${podRange}`,
      ],
      env: { PATH: this.#programs.searchPath },
    });
    await processes.start({
      name: "kube-router",
      command: this.#programs.path("kube-router"),
      args: [
        `--kubeconfig=${this.#plane.kubectl.kubeconfig}`,
        `--hostname-override=${this.name}`,
        "--run-firewall=true",
        "--run-router=false",
        "--run-service-proxy=false",
        `--service-cluster-ip-range=${serviceRange}`,
      ],
      env: { PATH: this.#programs.searchPath },
    });
  }

  async #node(): Promise<Node | undefined> {
    const { code, stdout } = await this.#plane.kubectl.try(["get", "node", this.name, "--output=json"]);
    return code === 0 ? (JSON.parse(stdout) as Node) : undefined;
  }

  async #isReady(): Promise<boolean> {
    const node = await this.#node();
    return node?.status.conditions.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  }
}

interface Node extends ApiObject {
  readonly spec: { readonly podCIDR?: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

function containerdConfig(folder: string, socket: string, networkPlugins: string): string {
  return `version = 3
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${pauseImage}"
[plugins."io.containerd.cri.v1.runtime"]
  # Without CAP_SYS_RESOURCE no process may be given a lower score than its parent's.
  restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["${networkPlugins}"]
  conf_dir = "${folder}/cni"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  BinaryName = "${findProgram("runc", "/usr/sbin")}"
  SystemdCgroup = false
`;
}
