import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bracketed } from "../../../config/products/links.ts";
import { freePort } from "../../../scripts/lib/free-port.ts";
import { run } from "../../../scripts/lib/run-command.ts";
import type { ClusterPrograms } from "../../../scripts/offline/cluster-programs.ts";
import { until } from "../../logs/programs.ts";
import { Authority, type Certificate } from "./certificates.ts";
import { Kubectl } from "./kubectl.ts";
import { Processes } from "./processes.ts";
import { type IpFamily, rangesOf } from "./ranges.ts";

export interface ControlPlaneOptions {
  readonly programs: ClusterPrograms;
  /** Where the API server listens, by default on a free loopback port. Pods reach it at the same address. */
  readonly listen?: { readonly address: string; readonly port: number };
  /** Prefix that runs a command in the cluster's network namespace. */
  readonly within?: readonly string[];
  /** Default: only IPv4. */
  readonly families?: readonly [IpFamily, ...IpFamily[]];
}

/** etcd, API server, controller manager and scheduler, without nodes, network or storage. */
export class ControlPlane {
  readonly folder: string;
  readonly processes: Processes;
  readonly authority: Authority;
  readonly kubectl: Kubectl;
  readonly #programs: ClusterPrograms;
  readonly #server: string;
  readonly #ranges: ReturnType<typeof rangesOf>;

  private constructor(
    folder: string,
    authority: Authority,
    server: string,
    admin: string,
    options: ControlPlaneOptions,
  ) {
    this.folder = folder;
    this.authority = authority;
    this.#programs = options.programs;
    this.#server = server;
    this.#ranges = rangesOf(options.families ?? ["IPv4"]);
    this.processes = new Processes(folder, options.within);
    this.kubectl = new Kubectl(options.programs.path("kubectl"), admin);
  }

  /** Keeps all files in one temporary folder; `stop` ends and removes exactly what this starts. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), "white-room-cluster-"));
    const authority = await Authority.create(folder);
    const loopback = options.families?.[0] === "IPv6" ? "::1" : "127.0.0.1";
    const { address, port } = options.listen ?? { address: loopback, port: await freePort() };
    const server = `https://${bracketed(address)}:${port}`;
    const admin = await authority.issue("admin", { user: "admin", group: "system:masters" });
    const plane = new ControlPlane(
      folder,
      authority,
      server,
      writeKubeconfig(join(folder, "admin.kubeconfig"), server, authority, admin),
      options,
    );
    try {
      await plane.#startAll(address, port);
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /** Path of a kubeconfig for one of the cluster's own users, such as a component or a node. */
  async kubeconfig(name: string, user: string, group?: string): Promise<string> {
    const identity = await this.authority.issue(name, { user, ...(group !== undefined && { group }) });
    return writeKubeconfig(join(this.folder, `${name}.kubeconfig`), this.#server, this.authority, identity);
  }

  async stop(): Promise<void> {
    await this.processes.endAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #startAll(address: string, port: number): Promise<void> {
    const etcd = await this.#startEtcd();
    await this.#startApiServer(address, port, etcd);
    await this.#startController("kube-controller-manager", "system:kube-controller-manager", [
      "--use-service-account-credentials",
      `--service-account-private-key-file=${join(this.folder, "service-accounts.key")}`,
      `--root-ca-file=${this.authority.certificate}`,
      "--allocate-node-cidrs",
      `--cluster-cidr=${this.#ranges.podRange}`,
      `--service-cluster-ip-range=${this.#ranges.serviceRange}`,
    ]);
    await this.#startController("kube-scheduler", "system:kube-scheduler", []);
    await until("the default service account is there", async () => {
      const { code } = await this.kubectl.try(["get", "serviceaccount", "default", "--namespace", "default"]);
      return code === 0;
    });
  }

  async #startEtcd(): Promise<string> {
    const client = `http://127.0.0.1:${await freePort()}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    await this.processes.start({
      name: "etcd",
      command: this.#programs.path("etcd"),
      args: [
        `--data-dir=${join(this.folder, "etcd")}`,
        ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
        ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
    });
    return client;
  }

  async #startApiServer(address: string, port: number, etcd: string): Promise<void> {
    const serving = await this.authority.issue("kube-apiserver", {
      user: "kube-apiserver",
      addresses: [
        address,
        this.#ranges.apiServerAddress,
        "localhost",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
      ],
    });
    const kubelets = await this.authority.issue("kubelet-client", { user: "kube-apiserver", group: "system:masters" });
    const tokens = join(this.folder, "service-accounts.key");
    await run("openssl", ["genrsa", "-out", tokens, "2048"]);
    const loopback = address === "::1" || address.startsWith("127.");
    await this.processes.start({
      name: "kube-apiserver",
      command: this.#programs.path("kube-apiserver"),
      args: [
        `--bind-address=${address}`,
        `--secure-port=${port}`,
        // A loopback address cannot be advertised to other hosts.
        ...(loopback ? ["--endpoint-reconciler-type=none"] : [`--advertise-address=${address}`]),
        `--etcd-servers=${etcd}`,
        `--service-cluster-ip-range=${this.#ranges.serviceRange}`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",
        `--client-ca-file=${this.authority.certificate}`,
        `--tls-cert-file=${serving.certificate}`,
        `--tls-private-key-file=${serving.key}`,
        `--kubelet-certificate-authority=${this.authority.certificate}`,
        `--kubelet-client-certificate=${kubelets.certificate}`,
        `--kubelet-client-key=${kubelets.key}`,
        // No name server knows the nodes' names.
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        `--service-account-key-file=${tokens}`,
        `--service-account-signing-key-file=${tokens}`,
      ],
      ready: async () => (await this.kubectl.try(["get", "--raw", "/readyz"])).code === 0,
    });
  }

  async #startController(name: "kube-controller-manager" | "kube-scheduler", user: string, args: readonly string[]) {
    await this.processes.start({
      name,
      command: this.#programs.path(name),
      args: [
        `--kubeconfig=${await this.kubeconfig(name, user)}`,
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        `--secure-port=${await freePort()}`,
        `--cert-dir=${this.folder}`,
        ...args,
      ],
    });
  }
}

function writeKubeconfig(
  path: string,
  server: string,
  authority: Authority,
  { certificate, key }: Certificate,
): string {
  const named = { name: "white-room-test" };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ ...named, cluster: { server, "certificate-authority": authority.certificate } }],
    users: [{ ...named, user: { "client-certificate": certificate, "client-key": key } }],
    contexts: [{ ...named, context: { cluster: named.name, user: named.name } }],
    "current-context": named.name,
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
