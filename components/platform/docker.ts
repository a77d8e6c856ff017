import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { bytes, seconds } from "../../config/settings/units.ts";
import { carrierArgs, type FileVolume, failIfRejected, gateArgs, isGated } from "./docker-files.ts";
import type { Deployed, Platform } from "./platform.ts";
import { besideWorkload, type FileSet, pingSysctl, type Workload } from "./workload.ts";

export interface DockerPlatformArgs {
  /** Prefix of resource names: the name of the stack component. */
  readonly stack: string;
  /** Name prefix of containers, volumes and networks, so that several stacks can share a host. */
  readonly prefix: string;
  /**
   * Where a port is published: address, and host name in user-facing URLs. Or the URL of its page, if only another program
   * publishes it.
   */
  readonly published: (
    port: number,
  ) => { readonly address: string; readonly host: string } | { readonly page: string | undefined };
  /** Additional host entries of containers, name to address. */
  readonly extraHosts: Readonly<Record<string, string>>;
  /**
   * Interval of health checks during start-up; "0s" for the regular interval. Engines before version 25 reject other values.
   */
  readonly startInterval: string;
  /** Whether the network also has IPv6. Engines before version 27 require a subnet for it. */
  readonly ipv6: boolean;
  /** SELinux type of containers with host paths. */
  readonly seLinuxType: string | undefined;
}

/** A set with its volume and the container that writes it. */
interface Carried extends FileVolume {
  readonly set: FileSet;
  readonly carrier: docker.Container;
}

interface DeployOptions {
  readonly parent: pulumi.Resource;
  readonly dependsOn?: readonly pulumi.Resource[];
}

/** Container inputs that the provider accepts as updates but never applies to the running container. */
const neverUpdated = ["healthcheck", "tmpfs", "init", "#initerror"];

/** A Docker host, local or remote: a network, and for each workload a container with its volumes and carriers. */
export class DockerPlatform extends pulumi.ComponentResource implements Platform {
  /** Docker's embedded DNS server, in all networks but the default one. */
  readonly resolver = "127.0.0.11";
  private readonly args: DockerPlatformArgs;
  private readonly network: docker.Network;
  private readonly sharedVolumes = new Map<string, docker.Volume>();

  constructor(name: string, args: DockerPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:platform:Docker", name, { prefix: args.prefix }, opts);
    this.args = args;
    this.network = new docker.Network(
      `${name}-network`,
      { name: args.prefix, ...(args.ipv6 && { ipv6: true }) },
      { parent: this },
    );
    this.registerOutputs({});
  }

  deploy(workload: Workload, opts: DeployOptions): Deployed {
    const { parent } = opts;
    const dataVolumes = (workload.volumes ?? []).map((volume) => ({
      name: volume.name,
      directory: volume.directory,
      readOnly: false,
      volume: new docker.Volume(
        this.resourceName(workload.slot ?? workload.name, volume.name),
        { name: this.named(workload.name, volume.name) },
        // `pulumi stack rename` changes the prefix: the volume keeps its name, and with it the data.
        { parent, retainOnDelete: volume.keep, ignoreChanges: ["name"] },
      ),
    }));
    const deployed = this.run(workload, dataVolumes, opts);
    for (const sidecar of workload.sidecars ?? []) {
      const shared = dataVolumes.filter(({ name }) => sidecar.shares.includes(name));
      this.run(besideWorkload(sidecar, workload, workload.name), shared, { parent, dependsOn: deployed.resources });
    }
    return deployed;
  }

  /** A container with its carriers. */
  private run(workload: Workload, dataVolumes: readonly FileVolume[], opts: DeployOptions): Deployed {
    const { parent } = opts;
    const slot = workload.slot ?? workload.name;
    const shared = (workload.sharedVolumes ?? []).map(({ name, directory, size, readOnly }) => ({
      directory,
      readOnly,
      volume: this.sharedVolume(name, size),
    }));
    const fileSets: Carried[] = [];
    for (const set of workload.files ?? [])
      fileSets.push(this.carry(workload, set, { data: dataVolumes, fileSets }, parent));

    const container = new docker.Container(
      this.resourceName(slot),
      this.containerArgs(workload, [...dataVolumes, ...shared, ...fileSets]),
      {
        parent,
        dependsOn: [...fileSets.map(({ carrier }) => carrier), ...(opts.dependsOn ?? [])],
        deleteBeforeReplace: true,
        replaceOnChanges: neverUpdated,
        replaceWith: fileSets.filter(({ set }) => set.reload.kind === "restart").map(({ carrier }) => carrier),
      },
    );
    return {
      workload,
      resources: [container],
      url: (portName) => {
        const { publishedPort, tls } = workload.ports.find(({ name }) => name === portName) ?? {};
        if (publishedPort === undefined) return undefined;
        const published = this.args.published(publishedPort);
        if ("page" in published) return published.page;
        return `${tls ? "https" : "http"}://${published.host}:${publishedPort}`;
      },
    };
  }

  /** All containers of a stack share one network, separate from other stacks. */
  connect(): void {}

  /** A volume with the files of a set, and the container that writes them. */
  private carry(
    workload: Workload,
    set: FileSet,
    { data, fileSets }: { readonly data: readonly FileVolume[]; readonly fileSets: readonly Carried[] },
    parent: pulumi.Resource,
  ): Carried {
    const name = this.resourceName(workload.slot ?? workload.name, set.name);
    const volume = new docker.Volume(name, { name: this.named(workload.name, set.name) }, { parent });
    const common = { name: this.named(workload.name, set.name), volume, workload, set };
    const read = fileSets.filter((other) => set.checkReads?.includes(other.set.name));
    const args = isGated(set) ? gateArgs({ ...common, network: this.network, data, read }) : carrierArgs(common);
    const carrier = new docker.Container(name, args, {
      parent,
      ...(read.length > 0 && { dependsOn: read.map((other) => other.carrier) }),
      deleteBeforeReplace: true,
      replaceOnChanges: ["#initerror"],
    });
    if (isGated(set)) failIfRejected(workload, set, carrier);
    return { directory: set.directory, readOnly: true, volume, set, carrier };
  }

  /**
   * In memory, so that it is bounded and removed with the stack; world-writable, because its writers run as different users.
   */
  private sharedVolume(name: string, size: string): docker.Volume {
    const known = this.sharedVolumes.get(name);
    if (known !== undefined) return known;
    const volume = new docker.Volume(
      this.resourceName(name),
      {
        name: this.named(name),
        driverOpts: { type: "tmpfs", device: "tmpfs", o: `size=${bytes(size)},mode=1777` },
      },
      { parent: this },
    );
    this.sharedVolumes.set(name, volume);
    return volume;
  }

  private containerArgs(workload: Workload, mounted: readonly FileVolume[]): docker.ContainerArgs {
    const memory = Math.round(bytes(workload.limits.memory) / 1024 ** 2);
    const { probe } = workload;
    return {
      name: this.named(workload.name),
      image: workload.image,
      entrypoints: workload.command.slice(0, 1),
      command: workload.command.slice(1),
      envs: Object.entries(workload.environment ?? {}).map(([key, value]) => `${key}=${value}`),
      user: workload.user,
      groupAdds: [...(workload.supplementaryGroups ?? [])],
      readOnly: !workload.writableRoot,
      capabilities: { drops: ["ALL"], adds: (workload.capabilities ?? []).map((capability) => `CAP_${capability}`) },
      securityOpts: [...seLinuxLabel(workload, this.args.seLinuxType), "no-new-privileges:true"],
      ...(workload.pings && { sysctls: { [pingSysctl.name]: pingSysctl.value } }),
      ...(workload.hostPid && { pidMode: "host" }),
      memory,
      // If omitted, every second preview shows a diff. Equal to memory, it disables swap.
      memorySwap: memory,
      // The format in which the engine returns it: "1" would show as a diff at every refresh.
      cpus: Number.isInteger(workload.limits.cpu) ? workload.limits.cpu.toFixed(1) : String(workload.limits.cpu),
      restart: "unless-stopped",
      networksAdvanced: [{ name: this.network.name, aliases: [workload.name] }],
      hosts: Object.entries(this.args.extraHosts).map(([host, ip]) => ({ host, ip })),
      ports: workload.ports.flatMap(({ port, publishedPort, behindGateway, protocol = "TCP" }) => {
        if (publishedPort === undefined || behindGateway) return [];
        const published = this.args.published(publishedPort);
        if ("page" in published) return [];
        return [{ internal: port, external: publishedPort, ip: published.address, protocol: protocol.toLowerCase() }];
      }),
      volumes: [
        ...mounted.map(({ directory, readOnly, volume }) => ({
          volumeName: volume.name,
          containerPath: directory,
          readOnly,
        })),
        ...(workload.hostPaths ?? [])
          .filter(({ propagation }) => propagation === undefined)
          .map(({ hostPath, directory, readOnly }) => ({ hostPath, containerPath: directory, readOnly })),
      ],
      mounts: (workload.hostPaths ?? []).flatMap(({ hostPath, directory, readOnly, propagation }) =>
        propagation === undefined
          ? []
          : [{ type: "bind", source: hostPath, target: directory, readOnly, bindOptions: { propagation } }],
      ),
      tmpfs: Object.fromEntries(
        (workload.scratch ?? []).map(({ directory, size }) => [directory, `size=${bytes(size)},mode=1777`]),
      ),
      logDriver: "json-file",
      logOpts: { "max-file": "3", "max-size": "10m" },
      labels: [
        { label: "white-room.service", value: workload.service },
        { label: "white-room.workload", value: workload.name },
      ],
      stopTimeout: workload.stopGraceSeconds,
      // If 0, the provider kills the container immediately, whatever stopTimeout is.
      destroyGraceSeconds: workload.stopGraceSeconds,
      removeVolumes: true,
      ...(probe?.command && {
        healthcheck: {
          tests: ["CMD", ...probe.command],
          interval: "10s",
          timeout: "5s",
          retries: 3,
          startPeriod: "30s",
          ...(seconds(this.args.startInterval) > 0 && { startInterval: goDuration(this.args.startInterval) }),
        },
        wait: true,
        waitTimeout: 180,
      }),
    };
  }

  private resourceName(...parts: readonly string[]): string {
    return [this.args.stack, ...parts].join("-");
  }

  private named(...parts: readonly string[]): string {
    return [this.args.prefix, ...parts].join("-");
  }
}

/** A duration up to a minute as Go writes it, which has no days. */
function goDuration(duration: string): string {
  const length = seconds(duration);
  return length < 1 ? `${Math.round(length * 1000)}ms` : `${length}s`;
}

/**
 * Docker disables labels for containers with the host's PID namespace; if omitted, this would show as a diff. Mounts are not
 * relabelled (":z"), because that would change the labels of the host's own files.
 */
function seLinuxLabel({ hostPid, hostPaths = [], sharedVolumes = [] }: Workload, type: string | undefined): string[] {
  if (hostPid) return ["label=disable"];
  const readsHost = hostPaths.length > 0 || sharedVolumes.some(({ reachesHost }) => reachesHost);
  return type === undefined || !readsHost ? [] : [`label=type:${type}`];
}
