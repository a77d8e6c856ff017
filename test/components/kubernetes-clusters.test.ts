import assert from "node:assert/strict";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { type KubernetesObject, objectsOf, pods, production } from "./kubernetes-objects.ts";
import { registered, stackConfig } from "./stack.ts";

interface Pod {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations?: readonly unknown[];
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly affinity?: { readonly nodeAffinity?: unknown };
  readonly volumes: readonly { readonly hostPath?: { readonly path: string } }[];
  readonly containers: readonly {
    readonly command: readonly string[];
    readonly volumeMounts: readonly Readonly<Record<string, unknown>>[];
  }[];
}

const prod = stackConfig("prod").values as Record<string, Record<string, unknown>>;
const objects = async (values: Record<string, unknown> = {}) => objectsOf(await registered(production(values)));

/** All pod templates, those of Jobs included, by kind and name. */
function podsOf(found: readonly KubernetesObject[]): [string, Pod][] {
  return found.flatMap(({ kind, metadata, spec }): [string, Pod][] =>
    spec?.template === undefined ? [] : [[`${kind} ${metadata.name}`, spec.template.spec as unknown as Pod]],
  );
}
const isAgent = (name: string) => name.startsWith("DaemonSet ");

test("every pod asks for Linux, and agents avoid virtual nodes", async () => {
  const found = podsOf(await objects());
  assert.ok(found.some(([name]) => name.startsWith("Job ")));
  for (const [name, { nodeSelector, affinity }] of found) {
    assert.deepEqual(nodeSelector, { "kubernetes.io/os": "linux" }, name);
    assert.equal(JSON.stringify(affinity?.nodeAffinity ?? "").includes("fargate"), isAgent(name), name);
  }
});

test("node selector and tolerations apply to services and Jobs, pull secrets to all pods", async () => {
  const tolerations = [{ key: "dedicated", operator: "Equal", value: "monitoring", effect: "NoSchedule" }];
  const kubernetes = {
    ...prod["kubernetes"],
    nodeSelector: { pool: "monitoring" },
    tolerations,
    imagePullSecrets: ["registry", "mirror"],
  };
  for (const [name, pod] of podsOf(await objects({ kubernetes }))) {
    assert.deepEqual(pod.imagePullSecrets, [{ name: "registry" }, { name: "mirror" }], name);
    assert.deepEqual(pod.tolerations, isAgent(name) ? [{ operator: "Exists" }] : tolerations, name);
    assert.equal(pod.nodeSelector["pool"], isAgent(name) ? undefined : "monitoring", name);
    assert.equal(pod.nodeSelector["kubernetes.io/os"], "linux", name);
  }
});

test("labels and annotations of pods are those of a service mesh and the stack, except in Jobs", async () => {
  const podLabels = { "sidecar.istio.io/inject": "true" };
  const podAnnotations = { "linkerd.io/inject": "enabled" };
  const plain = await objects();
  const meshed = await objects({ kubernetes: { ...prod["kubernetes"], podLabels, podAnnotations } });
  const templates = (found: readonly KubernetesObject[]) =>
    found.flatMap(({ kind, metadata, spec }) =>
      spec?.template === undefined ? [] : [{ kind, name: metadata.name, ...spec.template.metadata }],
    );
  const expected = templates(plain).map(({ labels, annotations, ...rest }) =>
    rest.kind === "Job"
      ? { ...rest, labels, ...(annotations && { annotations }) }
      : { ...rest, labels: { ...labels, ...podLabels }, annotations: { ...annotations, ...podAnnotations } },
  );
  assert.ok(expected.some(({ kind }) => kind === "Job"));
  assert.deepEqual(templates(meshed), expected);
  const selected = (found: readonly KubernetesObject[]) => found.map(({ spec }) => JSON.stringify(spec?.["selector"]));
  assert.deepEqual(selected(meshed), selected(plain));
});

test("existing namespaces are used, and not created", async () => {
  const found = await objects({ kubernetes: { ...prod["kubernetes"], createNamespaces: false } });
  const all = await objects();
  const names = (list: readonly KubernetesObject[]) =>
    list
      .filter(({ kind }) => kind !== "Namespace")
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
  assert.deepEqual(names(found), names(all));
  const namespaces = (list: readonly KubernetesObject[]) => list.filter(({ kind }) => kind === "Namespace").length;
  assert.deepEqual([namespaces(found), namespaces(all)], [0, 2]);
});

test("without assigned users, only agents that need root set theirs", async () => {
  const assigned = podsOf(await objects({ kubernetes: { ...prod["kubernetes"], assignUsers: false } }))
    .filter(([, { securityContext }]) => ["runAsUser", "runAsGroup", "fsGroup"].some((key) => key in securityContext))
    .map(([name]) => name);
  assert.deepEqual(assigned, ["DaemonSet alloy"]);
});

test("two stacks of a cluster share neither host paths nor objects", async () => {
  const other = {
    kubernetes: { ...prod["kubernetes"], namespace: "staging", agentsNamespace: "staging-agents" },
  };
  const writable = (found: readonly KubernetesObject[]) =>
    [...pods(found).values()].flatMap(({ spec }) => {
      const { volumes } = spec as unknown as Pod;
      return volumes.flatMap(({ hostPath }) =>
        hostPath?.path.startsWith("/var/lib/white-room-monitoring/") ? [hostPath.path] : [],
      );
    });
  const names = (found: readonly KubernetesObject[]) =>
    found
      .filter(({ kind }) => !["Namespace", "Job"].includes(kind))
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`);
  const first = await objects();
  const second = objectsOf(await registered({ ...production(other), stack: "staging" }));
  assert.deepEqual(writable(first), ["/var/lib/white-room-monitoring/monitoring-agents/alloy/positions"]);
  assert.deepEqual(writable(second), ["/var/lib/white-room-monitoring/staging-agents/alloy/positions"]);
  const taken = new Set(names(first));
  assert.deepEqual(
    names(second).filter((name) => taken.has(name)),
    [],
  );
});

const visualization = (ingress: object, url = "https://www.example.com/grafana") => ({
  visualization: { ...prod["visualization"], url, ingress: { enabled: true, ...ingress } },
});
const ingress = { className: "nginx", tlsSecretName: "grafana-tls" };
const gateway = { kind: "gateway", gateway: { name: "shared", namespace: "gateways" } };

test("Grafana under a path claims that path only", async () => {
  for (const url of ["https://www.example.com/grafana", "https://www.example.com/grafana/"]) {
    const rules = (await objects(visualization(ingress, url))).find(({ kind }) => kind === "Ingress")?.spec;
    assert.deepEqual((rules as unknown as { rules: unknown[] }).rules, [
      {
        host: "www.example.com",
        http: {
          paths: [
            { path: "/grafana", pathType: "Prefix", backend: { service: { name: "grafana", port: { number: 3000 } } } },
          ],
        },
      },
    ]);
  }
  const route = (await objects(visualization(gateway))).find(({ kind }) => kind === "HTTPRoute")?.spec;
  assert.deepEqual((route as unknown as { rules: unknown[] }).rules, [
    {
      matches: [{ path: { type: "PathPrefix", value: "/grafana" } }],
      backendRefs: [{ name: "grafana", port: 3000 }],
    },
  ]);
});

test("Grafana on a dedicated host claims all its paths", async () => {
  const url = "https://grafana.example.com";
  const spec = (await objects(visualization(ingress, url))).find(({ kind }) => kind === "Ingress")?.spec;
  assert.match(JSON.stringify(spec), /"path":"\/"/);
  const route = (await objects(visualization(gateway, url))).find(({ kind }) => kind === "HTTPRoute")?.spec;
  assert.deepEqual((route as unknown as { rules: unknown[] }).rules, [
    { backendRefs: [{ name: "grafana", port: 3000 }] },
  ]);
});

test("DNS in another namespace and on another port is reachable", async () => {
  const dns = ["169.254.20.10/32", { namespace: "openshift-dns", port: 5353 }];
  const policies = (await objects({ network: { egress: { dns } } })).filter(({ kind }) => kind === "NetworkPolicy");
  const loki = policies.find(({ metadata }) => metadata.name === "loki")?.spec as unknown as { egress: unknown[] };
  assert.deepEqual(loki.egress.slice(-2), [
    {
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
          podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
        },
        { ipBlock: { cidr: "169.254.20.10/32" } },
      ],
      ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
    },
    {
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } },
        },
      ],
      ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
        { port: 5353, protocol: "UDP" },
        { port: 5353, protocol: "TCP" },
      ],
    },
  ]);
});

test("node_exporter sees later mounts, but not those of pods", async () => {
  const exporter = pods(await objects()).get("node-exporter")?.spec as unknown as Pod;
  const [container] = exporter.containers;
  assert.equal(
    container?.volumeMounts.find(({ mountPath }) => mountPath === "/host")?.["mountPropagation"],
    "HostToContainer",
  );
  const [, excluded = ""] = container?.command.find((word) => word.includes("mount-points-exclude"))?.split("=") ?? [];
  for (const path of ["/var/lib/kubelet/pods/1/volumes/a/mount", "/var/snap/microk8s/common/var/lib/kubelet/pods/1"]) {
    assert.match(path, new RegExp(excluded));
  }
  for (const path of ["/", "/data", "/var/lib/kubelet", "/mnt/kubelet"])
    assert.doesNotMatch(path, new RegExp(excluded));
});

test("settings of another platform, and tolerations that Kubernetes rejects, are reported", () => {
  const problemsOf = (stack: "dev" | "prod", values: Record<string, unknown>) => {
    try {
      toSettings(stackConfig(stack, values), { requireSecrets: false });
      return [];
    } catch (error) {
      return (error as Error).message.split("\n").filter((line) => line.startsWith("  "));
    }
  };
  assert.deepEqual(problemsOf("prod", { network: { extraHosts: { "host.docker.internal": "host-gateway" } } }), [
    '  network.extraHosts.host.docker.internal: "host-gateway" is supported only with platform: docker; use an IP address',
  ]);
  assert.deepEqual(problemsOf("dev", { network: { extraHosts: { "host.docker.internal": "host-gateway" } } }), []);
  const kubernetes = { ...prod["kubernetes"], tolerations: [{}, { key: "a", operator: "Exists", value: "b" }] };
  assert.deepEqual(problemsOf("prod", { kubernetes }), [
    '  kubernetes.tolerations[0]: has no key; set key, or operator: "Exists" to tolerate all taints',
    "  kubernetes.tolerations[1].value: is not compared with operator Exists; remove it, or use Equal",
  ]);
  const podLabels = { "app.kubernetes.io/name": "x", "app.kubernetes.io/team": "x", team: "x" };
  const podAnnotations = { "white-room-monitoring/hash": "x", "a b": "x" };
  assert.deepEqual(problemsOf("prod", { kubernetes: { ...prod["kubernetes"], podLabels, podAnnotations } }), [
    '  kubernetes.podAnnotations."a b": the key "a b" is not a valid key; use a name with an optional prefix, such as "topology.kubernetes.io/zone"',
    "  kubernetes.podLabels.app.kubernetes.io/name: is set by the stack; use another key",
    "  kubernetes.podLabels.app.kubernetes.io/team: is set by the stack; use another key",
    "  kubernetes.podAnnotations.white-room-monitoring/hash: is set by the stack; use another key",
  ]);
  assert.deepEqual(problemsOf("dev", { kubernetes: { podLabels: { team: "x" }, createNamespaces: false } }), [
    "  kubernetes.createNamespaces: is supported only with platform: kubernetes; remove it",
    "  kubernetes.podLabels: is supported only with platform: kubernetes; remove it",
  ]);
});
