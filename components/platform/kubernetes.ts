import { DaemonSet } from "@pulumi/kubernetes/apps/v1/daemonSet.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { carry, rollingAnnotations } from "./kubernetes-files.ts";
import { claimName, podSpec, quantity } from "./kubernetes-pod.ts";
import type { Deployed, Platform } from "./platform.ts";
import type { DataVolume, Workload } from "./workload.ts";

export interface KubernetesPlatformArgs {
  /** Label app.kubernetes.io/instance of everything. */
  readonly instance: string;
  /** Namespace of the services, Pod Security `restricted`. */
  readonly namespace: string;
  /** Namespace of what runs on every node, Pod Security `privileged`. */
  readonly agentsNamespace: string;
  /** Services that agents call by their short names. */
  readonly calledByAgents: readonly string[];
  /** Further names that pods resolve, name to address. */
  readonly extraHosts: Readonly<Record<string, string>>;
}

/** The provider would else wait for what only a running pod brings about: the workload's own wait says more. */
const unawaited = { annotations: { "pulumi.com/skipAwait": "true" } };

/** A cluster: two namespaces, and for each workload a Deployment or a DaemonSet with its files, claims and Service. */
export class KubernetesPlatform extends pulumi.ComponentResource implements Platform {
  private readonly args: KubernetesPlatformArgs;
  private readonly provider: Provider;
  private readonly hashKey: pulumi.Output<string>;
  private readonly namespaces: Readonly<Record<Workload["placement"], Namespace>>;

  constructor(name: string, args: KubernetesPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:platform:Kubernetes", name, { namespace: args.namespace }, opts);
    this.args = args;
    this.provider = clusterProvider(name, this);
    this.hashKey = new random.RandomPassword("pod-hash-key", { length: 32, special: false }, { parent: this }).result;
    this.namespaces = {
      // With a namespace goes every claim in it.
      service: this.namespace(args.namespace, "restricted", { protect: true }),
      // Agents mount the node's own paths, and the collector runs as root to read everybody's logs.
      "every-node": this.namespace(args.agentsNamespace, "privileged"),
    };
    this.registerOutputs({});
  }

  deploy(
    workload: Workload,
    { parent, dependsOn = [] }: { readonly parent: pulumi.Resource; readonly dependsOn?: readonly pulumi.Resource[] },
  ): Deployed {
    const [shared] = workload.sharedVolumes ?? [];
    if (shared !== undefined) {
      throw new pulumi.RunError(
        `${workload.name} shares the volume ${shared.name} with other programs, which platform kubernetes does not offer`,
      );
    }
    const opts = { parent, provider: this.provider, dependsOn: [this.namespaces[workload.placement]] };
    const metadata = { namespace: this.namespaceOf(workload), labels: this.labels(workload.name) };
    const files = (workload.files ?? []).map((set) => carry(workload, set, metadata, opts));
    const claims =
      workload.placement === "service"
        ? (workload.volumes ?? []).map((volume) => this.claim(workload, volume, opts))
        : [];
    const running = this.run(workload, { ...opts, dependsOn: [...opts.dependsOn, ...files, ...claims, ...dependsOn] });
    if (workload.ports.length > 0) this.serve(workload, { ...opts, dependsOn: Object.values(this.namespaces) });
    // Nothing is published: people come in by an ingress or by port-forwarding.
    return { workload, resources: [running], url: () => undefined };
  }

  private run(workload: Workload, opts: pulumi.CustomResourceOptions): Deployment | DaemonSet {
    const { name, placement } = workload;
    const labels = this.labels(name);
    const metadata = { name, namespace: this.namespaceOf(workload), labels };
    const annotations = rollingAnnotations(workload, this.hashKey);
    const common = {
      selector: { matchLabels: this.selector(name) },
      template: { metadata: { labels, annotations }, spec: podSpec(workload, this.args.extraHosts) },
    };
    if (placement === "every-node") return new DaemonSet(name, { metadata, spec: common }, opts);
    // A claim is one pod's at a time: the old one goes before the new one comes.
    const strategy = workload.volumes?.length ? "Recreate" : "RollingUpdate";
    return new Deployment(name, { metadata, spec: { replicas: 1, strategy: { type: strategy }, ...common } }, opts);
  }

  /** A resource of its own, so that nothing that replaces the pod ever replaces the data. */
  private claim(workload: Workload, volume: DataVolume, opts: pulumi.CustomResourceOptions): PersistentVolumeClaim {
    const name = claimName(workload, volume);
    return new PersistentVolumeClaim(
      name,
      {
        metadata: { name, namespace: this.args.namespace, labels: this.labels(workload.name), ...unawaited },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: quantity(volume.size) } } },
      },
      { ...opts, protect: volume.keep },
    );
  }

  /** The workload's name on the cluster's network, in its own namespace and, as an alias, where it is called from the other. */
  private serve(workload: Workload, opts: pulumi.CustomResourceOptions): void {
    const { name, placement } = workload;
    const { namespace, agentsNamespace, calledByAgents } = this.args;
    const own = this.namespaceOf(workload);
    const labels = this.labels(name);
    new Service(
      name,
      {
        metadata: { name, namespace: own, labels, ...unawaited },
        spec: {
          type: "ClusterIP",
          selector: this.selector(name),
          ports: workload.ports.map((port) => ({ name: port.name, port: port.port, targetPort: port.name })),
          // Who asks keeps asking the same node's agent: counters of several nodes taken in turn would make no sense.
          ...(placement === "every-node" && {
            sessionAffinity: "ClientIP",
            sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_400 } },
          }),
        },
      },
      opts,
    );
    if (placement === "service" && !calledByAgents.includes(name)) return;
    const other = placement === "service" ? agentsNamespace : namespace;
    // Configs name programs as on Docker, "loki:3100": one short name for both platforms, whichever namespace asks.
    new Service(
      `${name}-from-${other}`,
      {
        metadata: { name, namespace: other, labels },
        spec: { type: "ExternalName", externalName: `${name}.${own}.svc.cluster.local` },
      },
      opts,
    );
  }

  private namespace(name: string, level: "restricted" | "privileged", opts?: pulumi.CustomResourceOptions) {
    const modes = ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]);
    return new Namespace(
      name,
      { metadata: { name, labels: { ...this.commonLabels(), ...Object.fromEntries(modes) } } },
      { parent: this, provider: this.provider, ...opts },
    );
  }

  private namespaceOf({ placement }: Workload): string {
    return placement === "every-node" ? this.args.agentsNamespace : this.args.namespace;
  }

  private labels(name: string): Record<string, string> {
    return { ...this.selector(name), ...this.commonLabels() };
  }

  /** Never changes: no version, nothing from config. */
  private selector(name: string): Record<string, string> {
    return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": this.args.instance };
  }

  private commonLabels(): Record<string, string> {
    return { "app.kubernetes.io/part-of": "white-room-monitoring", "app.kubernetes.io/managed-by": "pulumi" };
  }
}

/** Edits ConfigMaps and Secrets in place, where the default provider would replace them and with them what mounts them. */
function clusterProvider(name: string, parent: pulumi.Resource): Provider {
  // A provider made by hand ignores the stack's own kubernetes:context and kubernetes:kubeconfig.
  const configured = new pulumi.Config("kubernetes");
  const context = configured.get("context");
  const kubeconfig = configured.getSecret("kubeconfig");
  return new Provider(
    name,
    {
      enableConfigMapMutable: true,
      enableSecretMutable: true,
      ...(context !== undefined && { context }),
      ...(kubeconfig !== undefined && { kubeconfig }),
    },
    { parent },
  );
}
