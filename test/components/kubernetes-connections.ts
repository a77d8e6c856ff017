import { objectsOf, production } from "./kubernetes-objects.ts";
import { registered } from "./stack.ts";

interface Peer {
  readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ipBlock?: { readonly cidr: string };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly port?: number; readonly protocol: string }[];
}

export interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

export async function policies(config = production()): Promise<Policy[]> {
  const objects = objectsOf(await registered(config)) as unknown as (Policy & { kind: string })[];
  return objects.filter(({ kind }) => kind === "NetworkPolicy");
}

/** The other end of a rule in words: a pod of the stack, another namespace, an address, or anyone. */
function others(peers: readonly Peer[] | undefined): string[] {
  return (peers ?? [undefined]).map((peer) => {
    if (peer === undefined) return "anyone";
    if (peer.ipBlock !== undefined) return peer.ipBlock.cidr;
    const namespace = peer.namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"] ?? "other namespaces";
    const labels = peer.podSelector?.matchLabels ?? {};
    return `${namespace}/${labels["app.kubernetes.io/name"] ?? labels["white-room-monitoring/family"] ?? labels["k8s-app"] ?? "*"}`;
  });
}

/** Every connection that a rule of either direction allows, one line each. */
export function connections(found: readonly Policy[], direction: "ingress" | "egress"): string[] {
  return found.flatMap(({ metadata, spec }) =>
    (spec[direction] ?? []).flatMap((rule) =>
      rule.ports.flatMap(({ port = "*", protocol }) =>
        others(direction === "ingress" ? rule.from : rule.to).map((other) => {
          const own = `${metadata.namespace}/${metadata.name}`;
          const [from, to] = direction === "ingress" ? [other, own] : [own, other];
          return `${from} → ${to} ${port}${protocol === "UDP" ? "/UDP" : ""}`;
        }),
      ),
    ),
  );
}
