import type { networking } from "@pulumi/kubernetes/types/input.js";
import type { Reach, ReachOutside, Workload } from "./workload.ts";

type Spec = networking.v1.NetworkPolicySpec;
type Rule = networking.v1.NetworkPolicyEgressRule & networking.v1.NetworkPolicyIngressRule;
type Peer = networking.v1.NetworkPolicyPeer;

/** Cluster facts for the NetworkPolicies. */
export interface NetworkFacts {
  readonly namespaces: Readonly<Record<Workload["placement"], string>>;
  /** Selector labels of the pods of a workload or its family. */
  readonly selector: (workload: Workload) => Record<string, string>;
  /** DNS servers in addition to the cluster's DNS pods: address ranges, or pods of a namespace. */
  readonly dns: readonly (string | DnsPods)[];
  readonly apiRanges?: readonly string[] | undefined;
  readonly nodeRanges?: readonly string[] | undefined;
  /** Namespaces of scrape targets outside the stack. If unset, all. */
  readonly scrapeNamespaces?: readonly string[] | undefined;
  /** Sources of user connections, by workload. */
  readonly routes: Readonly<Record<string, { readonly namespace: string; readonly ranges: readonly string[] }>>;
}

/** DNS pods. `port` is that of the pods, which may differ from their Service's 53. */
export interface DnsPods {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly port: number;
}

/** A connection between two workloads of the stack, or their families. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

/** All declared connections between workloads; drops edges to absent workloads. */
function edges(workloads: readonly Workload[]): Edge[] {
  const units = new Map(workloads.map((workload) => [workload.name, unitOf(workload)]));
  const scraped = workloads.flatMap(({ name, ports }) =>
    ports.flatMap(({ port, scraped }) => (scraped ? [{ workload: name, port }] : [])),
  );
  const all = workloads.flatMap((workload) => {
    const reached: readonly Reach[] = [...(workload.reaches ?? []), ...(workload.scrapes ? scraped : [])];
    return reached.flatMap(({ workload: to, port, protocol = "TCP" as const }): Edge[] => {
      const unit = units.get(to);
      return unit === undefined ? [] : [{ from: unitOf(workload), to: unit, port, protocol }];
    });
  });
  return distinct(all);
}

/** Subject of a policy: a workload or a family. */
function unitOf({ name, family }: Workload): string {
  return family ?? name;
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

export interface Policy {
  /** Name of the workload or family. */
  readonly name: string;
  /** A workload of the subject. */
  readonly workload: Workload;
  readonly spec: Spec;
}

/** One policy per workload or family that allows its declared connections. Everything else is denied by denyAll. */
export function workloadPolicies(workloads: readonly Workload[], facts: NetworkFacts): Policy[] {
  const all = edges(workloads);
  const units = Map.groupBy(workloads, unitOf);
  const peer = (name: string): Peer => {
    const [workload] = units.get(name) ?? [];
    if (workload === undefined) throw new Error(`no workload or family is named ${name}`);
    return {
      namespaceSelector: inNamespace(facts.namespaces[workload.placement]),
      podSelector: { matchLabels: facts.selector(workload) },
    };
  };
  return [...units].flatMap(([name, members]): Policy[] => {
    const [workload] = members;
    if (workload === undefined) return [];
    const ingress = [
      ...grouped(
        all.filter(({ to }) => to === name),
        ({ from }) => from,
      ).map(([from, found]): Rule => ({ from: [peer(from)], ports: found.map(portOf) })),
      ...distinct(members.flatMap((member) => openings(member, facts))),
    ];
    const inside = grouped(
      all.filter(({ from }) => from === name),
      ({ to }) => to,
    ).map(([to, found]): Rule => ({ to: [peer(to)], ports: found.map(portOf) }));
    const egress = [
      ...inside,
      ...distinct(members.flatMap(({ reachesOutside = [] }) => reachesOutside.map(outside))),
      ...distinct(members.flatMap((member) => discovery(member, facts))),
    ];
    // Every connection requires a DNS lookup.
    if (egress.length > 0) egress.push(...dns(facts));
    const spec: Spec = {
      podSelector: { matchLabels: facts.selector(workload) },
      policyTypes: ["Ingress", "Egress"],
      ...(ingress.length > 0 && { ingress }),
      ...(egress.length > 0 && { egress }),
    };
    return [{ name, workload, spec }];
  });
}

/** Denies all ingress and egress for all pods of a namespace. */
export const denyAll: Spec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

function openings({ name, openTo = [] }: Workload, { routes }: NetworkFacts): Rule[] {
  const route = routes[name];
  return openTo.flatMap(({ port, protocol = "TCP", who }): Rule[] => {
    const ports = [{ port, protocol }];
    if (who === "everyone") return [{ ports }];
    if (route === undefined) return [];
    return [{ from: [{ namespaceSelector: inNamespace(route.namespace) }, ...blocks(route.ranges)], ports }];
  });
}

function outside({ ports, ranges, protocol }: ReachOutside): Rule {
  return {
    ...(ranges && { to: blocks(ranges) }),
    ...(ports.length > 0 && { ports: ports.map((port) => ({ port, protocol: protocol ?? "TCP" })) }),
  };
}

/** The API server by its Service port and its own port: network plugins differ in which one they match. */
const apiPorts = [443, 6443];
const kubeletPort = 10_250;

function discovery({ discovers }: Workload, facts: NetworkFacts): Rule[] {
  const { apiRanges, nodeRanges, namespaces, scrapeNamespaces } = facts;
  if (discovers === undefined) return [];
  const own = Object.values(namespaces);
  const selectors = scrapeNamespaces?.filter((name) => !own.includes(name)).map(inNamespace) ?? [
    { matchExpressions: [{ key: namespaceLabel, operator: "NotIn", values: own }] },
  ];
  const api = outside({ what: "API", ports: apiPorts, ranges: apiRanges ?? everywhere });
  if (discovers !== "scrape targets") return [api];
  return [
    api,
    outside({ what: "kubelets", ports: [kubeletPort], ranges: nodeRanges ?? everywhere }),
    // Annotated pods define their own port. In the stack's namespaces, every edge is declared.
    ...(selectors.length === 0
      ? []
      : [{ to: selectors.map((namespaceSelector) => ({ namespaceSelector })), ports: [{ protocol: "TCP" }] }]),
  ];
}

const dnsPort = 53;

function dns({ dns: servers }: NetworkFacts): Rule[] {
  const ports = (port: number) => ["UDP", "TCP"].map((protocol) => ({ port, protocol }));
  return [
    {
      to: [
        { namespaceSelector: inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } },
        ...blocks(servers.filter((server) => typeof server === "string")),
      ],
      ports: ports(dnsPort),
    },
    // Network plugins differ in whether they match the port of the Service or of the pods.
    ...servers
      .filter((server) => typeof server !== "string")
      .map(({ namespace, podLabels, port }) => ({
        to: [
          {
            namespaceSelector: inNamespace(namespace),
            // The API server drops empty labels, which would show as a change at every `up`.
            ...(Object.keys(podLabels).length > 0 && { podSelector: { matchLabels: { ...podLabels } } }),
          },
        ],
        ports: [...new Set([dnsPort, port])].flatMap(ports),
      })),
  ];
}

/** All IPv4 and IPv6 addresses. */
export const everywhere = ["0.0.0.0/0", "::/0"] as const;

function blocks(ranges: readonly string[]): Peer[] {
  return ranges.map((cidr) => ({ ipBlock: { cidr } }));
}

const namespaceLabel = "kubernetes.io/metadata.name";

function inNamespace(name: string) {
  return { matchLabels: { [namespaceLabel]: name } };
}

function portOf({ port, protocol }: Edge) {
  return { port, protocol };
}

/** Edges grouped by peer, in a fixed order. */
function grouped(found: readonly Edge[], end: (edge: Edge) => string): [string, Edge[]][] {
  const byEnd = Object.groupBy(found, end);
  return Object.entries(byEnd)
    .map(([name, members = []]): [string, Edge[]] => [name, members])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
