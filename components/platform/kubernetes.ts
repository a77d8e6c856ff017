import { DaemonSet } from "@pulumi/kubernetes/apps/v1/daemonSet.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import { PriorityClass } from "@pulumi/kubernetes/scheduling/v1/priorityClass.js";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { replicasService } from "../../config/products/workload-names.ts";
import { account } from "./kubernetes-access.ts";
import { clusterProvider } from "./kubernetes-cluster.ts";
import { carry, rollingAnnotations } from "./kubernetes-files.ts";
import { KubernetesLabels } from "./kubernetes-labels.ts";
import { denyAll, type NetworkFacts, workloadPolicies } from "./kubernetes-network.ts";
import { hasAccount, type PodPlatform, podSpec } from "./kubernetes-pod.ts";
import { quantity } from "./kubernetes-quantities.ts";
import { createRoute, type Route } from "./kubernetes-routes.ts";
import { serve, serveEach, unawaited } from "./kubernetes-services.ts";
import { claimNames } from "./kubernetes-volumes.ts";
import type { Deployed, Platform } from "./platform.ts";
import { besideWorkload, type DataVolume, type Workload, withSidecars } from "./workload.ts";

export interface KubernetesPlatformArgs {
  /** Prefix of resource names: the name of the stack component. */
  readonly stack: string;
  /** Label app.kubernetes.io/instance of all objects, and name of cluster-scoped ones. */
  readonly instance: string;
  /** Namespace of the services, Pod Security `restricted`. */
  readonly namespace: string;
  /** Namespace of the node agents, Pod Security `privileged`. */
  readonly agentsNamespace: string;
  /** Namespaces of scrape targets outside the stack. If unset, all. */
  readonly scrapeNamespaces?: readonly string[] | undefined;
  readonly clusterDomain: string;
  /** Additional host entries of pods, name to address. */
  readonly extraHosts: Readonly<Record<string, string>>;
  readonly imagePullSecrets: PodPlatform["imagePullSecrets"];
  readonly nodeSelector: PodPlatform["nodeSelector"];
  readonly tolerations: PodPlatform["tolerations"];
  readonly assignUsers: boolean;
  /** Additional labels and annotations of the pods of services and agents. */
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
  /** Whether the namespaces belong to the stack, or exist already. */
  readonly createNamespaces: boolean;
  /** Annotations of the service accounts of workloads that use a cloud role. */
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  /** Defaults to the cluster's default. */
  readonly storageClass?: string | undefined;
  /** Protects claims and namespaces from deletion. */
  readonly protectData: boolean;
  /** If unset, one is created. */
  readonly priorityClassName?: string | undefined;
  /** SELinux type of pods with host paths. */
  readonly seLinuxType: string | undefined;
  readonly reloaderImage: string;
  readonly egress: { readonly dns: NetworkFacts["dns"] } & Readonly<
    Partial<Record<"apiServer" | "nodes", readonly string[] | undefined>>
  >;
  /** External access, by workload. All others are reachable only with port forwarding. */
  readonly routes: Readonly<Record<string, Route>>;
}

/** A Kubernetes cluster: two namespaces, and for each workload its pods, files, claims, Services, account and policy. */
export class KubernetesPlatform extends pulumi.ComponentResource implements Platform {
  private readonly args: KubernetesPlatformArgs;
  private readonly provider: pulumi.ProviderResource;
  private readonly hashKey: pulumi.Output<string>;
  private readonly labels: KubernetesLabels;
  /** Empty if the namespaces exist already. */
  private readonly namespaces: Readonly<Record<Workload["placement"], readonly Namespace[]>>;
  private readonly priority: { readonly name: string; readonly made: readonly pulumi.Resource[] };
  private readonly deployed = new Map<Workload, pulumi.Resource>();
  private readonly resourceName = (name: string): string => `${this.args.stack}-${name}`;
  /** Families whose Service exists. */
  private readonly served = new Set<string>();

  constructor(name: string, args: KubernetesPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:platform:Kubernetes", name, { namespace: args.namespace }, opts);
    this.args = args;
    this.labels = new KubernetesLabels(args.instance);
    this.provider = clusterProvider(name, this);
    this.hashKey = new random.RandomPassword(
      this.resourceName("pod-hash-key"),
      { length: 32, special: false },
      { parent: this },
    ).result;
    this.namespaces = {
      service: this.namespace(args.namespace, "restricted"),
      // Agents mount host paths, and the collector runs as root to read all logs.
      "every-node": this.namespace(args.agentsNamespace, "privileged"),
    };
    this.priority = this.priorityClass();
    this.registerOutputs({});
  }

  deploy(
    workload: Workload,
    { parent, dependsOn = [] }: { readonly parent: pulumi.Resource; readonly dependsOn?: readonly pulumi.Resource[] },
  ): Deployed {
    const [shared] = workload.sharedVolumes ?? [];
    if (shared !== undefined) {
      throw new pulumi.RunError(
        `${workload.name} shares the volume ${shared.name} with other workloads, which platform kubernetes does not support`,
      );
    }
    const pod = withSidecars(workload);
    this.deployed.set(pod, parent);
    const opts = {
      parent,
      provider: this.provider,
      dependsOn: [...this.namespaces[workload.placement], ...this.priority.made],
    };
    const carrying = {
      metadata: this.metadata(workload),
      resourceName: this.resourceName,
      pod: this.pod(),
      labelsOf: (name: string) => this.labels.of(name),
    };
    const needed = [
      ...this.account(pod, opts),
      ...[workload, ...(workload.sidecars ?? []).map((sidecar) => besideWorkload(sidecar, workload, ""))].flatMap(
        (program) => (program.files ?? []).map((set) => carry(program, set, carrying, opts)),
      ),
      ...(workload.placement === "service" ? this.claims(workload, opts) : []),
    ];
    const running = this.run(workload, { ...opts, dependsOn: [...opts.dependsOn, ...needed, ...dependsOn] });
    if ((workload.replicas ?? 1) > 1) this.budget(workload, opts);
    this.serve(pod, { ...opts, dependsOn: Object.values(this.namespaces).flat() });
    return { workload, resources: [running], url: this.publish(workload, opts) };
  }

  connect(): void {
    const { namespace, agentsNamespace, egress, routes } = this.args;
    const policies = workloadPolicies([...this.deployed.keys()], {
      namespaces: { service: namespace, "every-node": agentsNamespace },
      selector: ({ name, family }) =>
        family === undefined ? this.labels.selector(name) : this.labels.familySelector(family),
      dns: egress.dns,
      apiRanges: egress.apiServer,
      nodeRanges: egress.nodes,
      scrapeNamespaces: this.args.scrapeNamespaces,
      routes,
    });
    const allowed = policies.map(({ name, workload, spec }) => {
      const opts = { parent: this.deployed.get(workload) ?? this, provider: this.provider };
      return new NetworkPolicy(
        this.resourceName(name),
        { metadata: this.metadata(workload, name), spec },
        { ...opts, dependsOn: [...this.namespaces[workload.placement]] },
      );
    });
    for (const name of [namespace, agentsNamespace]) {
      new NetworkPolicy(
        this.resourceName(`deny-all-${name}`),
        { metadata: { name: "deny-all", namespace: name, labels: this.labels.common() }, spec: denyAll },
        // Last, so that no connection is blocked in between.
        { parent: this, provider: this.provider, dependsOn: allowed },
      );
    }
  }

  /** Workloads with data become StatefulSets: each replica has its own data and a stable name. */
  private run(workload: Workload, opts: pulumi.CustomResourceOptions): Deployment | DaemonSet | StatefulSet {
    const { name, placement, replicas = 1, volumes = [] } = workload;
    const resourceName = this.resourceName(name);
    const { podLabels, podAnnotations } = this.args;
    const labels = { ...this.labels.of(name), ...this.labels.ofPods(workload) };
    const metadata = { ...this.metadata(workload), labels };
    const annotations = { ...podAnnotations, ...rollingAnnotations(workload, this.hashKey) };
    const common = {
      selector: { matchLabels: this.labels.selector(name) },
      template: {
        metadata: { labels: { ...podLabels, ...labels }, ...(Object.keys(annotations).length > 0 && { annotations }) },
        spec: podSpec(workload, this.pod()),
      },
    };
    if (placement === "every-node") return new DaemonSet(resourceName, { metadata, spec: common }, opts);
    if (volumes.length === 0) return new Deployment(resourceName, { metadata, spec: { replicas, ...common } }, opts);
    return new StatefulSet(
      resourceName,
      {
        metadata,
        spec: {
          replicas,
          serviceName: replicasService(name),
          // In parallel, because Alertmanager and Loki replicas must find each other.
          podManagementPolicy: "Parallel",
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          // Not used, because the claims are created before the pods, and must not change: a change would replace the
          // StatefulSet.
          volumeClaimTemplates: volumes.map((volume) => ({
            metadata: { name: volume.name },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          })),
          ...common,
        },
      },
      opts,
    );
  }

  private pod(): PodPlatform {
    return {
      ...this.args,
      priorityClassName: this.priority.name,
      selector: (workload) => this.labels.selector(workload),
    };
  }

  /** Claims as separate resources, which can be resized in place and are not affected by a replacement of the pods. */
  private claims(workload: Workload, opts: pulumi.CustomResourceOptions): PersistentVolumeClaim[] {
    const { storageClass, protectData } = this.args;
    const claim = (name: string, { size, keep }: DataVolume) =>
      new PersistentVolumeClaim(
        this.resourceName(name),
        {
          metadata: { ...this.metadata(workload), name, ...unawaited },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: quantity(size) } },
            ...(storageClass !== undefined && { storageClassName: storageClass }),
          },
        },
        { ...opts, protect: keep && protectData, retainOnDelete: keep && protectData },
      );
    return (workload.volumes ?? []).flatMap((volume) =>
      claimNames(workload, volume).map((name) => claim(name, volume)),
    );
  }

  private account(workload: Workload, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
    const { name, discovers, usesCloudRole } = workload;
    if (!hasAccount(workload)) return [];
    const roleName = `${this.args.instance}-${name}`;
    const annotations = usesCloudRole ? this.args.serviceAccountAnnotations : {};
    const args = { ...this.metadata(workload), resourceName: this.resourceName, roleName, discovers, annotations };
    return account(args, opts);
  }

  /** Allows one unavailable replica during node drains. Not for single replicas, where it would block drains forever. */
  private budget(workload: Workload, opts: pulumi.CustomResourceOptions): void {
    new PodDisruptionBudget(
      this.resourceName(workload.name),
      {
        metadata: this.metadata(workload),
        spec: {
          maxUnavailable: 1,
          selector: { matchLabels: this.labels.selector(workload.name) },
          // Pods that never become ready must not block the drain of their node.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      opts,
    );
  }

  private serve(workload: Workload, opts: pulumi.CustomResourceOptions): void {
    const { agentsNamespace, clusterDomain } = this.args;
    const { resourceName } = this;
    const { family } = workload;
    if (family !== undefined) {
      if (this.served.has(family)) return;
      this.served.add(family);
      const selector = this.labels.familySelector(family);
      serveEach(workload, { metadata: this.metadata(workload, family), resourceName, selector }, opts);
      return;
    }
    serve(
      workload,
      {
        metadata: this.metadata(workload),
        resourceName,
        selector: this.labels.selector(workload.name),
        ...(workload.calledByAgents && { aliasIn: agentsNamespace }),
        clusterDomain,
      },
      opts,
    );
  }

  private publish(workload: Workload, opts: pulumi.CustomResourceOptions): Deployed["url"] {
    const route = this.args.routes[workload.name];
    const port = workload.openTo?.find(({ who }) => who === "people")?.port;
    if (route === undefined || port === undefined) return () => undefined;
    createRoute(route, { ...this.metadata(workload), resourceName: this.resourceName, port }, opts);
    const [opened] = workload.ports.filter((found) => found.port === port);
    return (portName) => (portName === opened?.name ? `https://${route.host}${route.path}` : undefined);
  }

  /** Above applications, so that monitoring is not evicted first when the cluster is full. */
  private priorityClass(): KubernetesPlatform["priority"] {
    const { priorityClassName, instance } = this.args;
    if (priorityClassName !== undefined) return { name: priorityClassName, made: [] };
    const made = new PriorityClass(
      this.resourceName(instance),
      {
        metadata: { name: instance, labels: this.labels.common() },
        value: 1_000_000,
        description: "Priority for the monitoring stack.",
      },
      { parent: this, provider: this.provider },
    );
    return { name: instance, made: [made] };
  }

  private namespace(name: string, level: "restricted" | "privileged"): readonly Namespace[] {
    if (!this.args.createNamespaces) return [];
    const modes = ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]);
    return [
      new Namespace(
        this.resourceName(name),
        { metadata: { name, labels: { ...this.labels.common(), ...Object.fromEntries(modes) } } },
        // Deleting a namespace deletes everything in it, including claims and objects of others. It is protected like the
        // claims, so that `pulumi destroy --exclude-protected` keeps both in the state for the next `up`.
        { parent: this, provider: this.provider, protect: this.args.protectData, retainOnDelete: true },
      ),
    ];
  }

  /** Metadata of the objects of a workload, or of its family with another name. */
  private metadata({ name: own, placement }: Workload, name = own) {
    const namespace = placement === "every-node" ? this.args.agentsNamespace : this.args.namespace;
    return { name, namespace, labels: this.labels.of(name) };
  }
}
