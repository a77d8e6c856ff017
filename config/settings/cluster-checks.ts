import { isDeepStrictEqual } from "node:util";
import { traitsOf } from "../../components/platform/traits.ts";
import { hasLoki } from "../products/loki/product.ts";
import { longTermOf } from "../products/thanos/long-term.ts";
import { checkPages } from "./cluster-page-checks.ts";
import { isRoutableHost } from "./kubernetes-names.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { kubernetes as kubernetesSchema } from "./sections/kubernetes.ts";
import { parseQuantity } from "./units.ts";

/** Settings that exist only on one platform, and requirements of replicas on Kubernetes. */
export const clusterChecks: readonly ((settings: Settings) => Problem[])[] = [
  checkReplicas,
  checkKubernetesOnly,
  checkDockerOnly,
  checkRequests,
  checkLokiReplicas,
  checkGrafanaReplicas,
  checkIngress,
  checkPages,
  checkNamespaces,
  checkHostGateway,
  checkTolerations,
  checkServiceAccount,
  checkPodMetadata,
  checkReplicaLabel,
];

function checkReplicas(settings: Settings): Problem[] {
  const { metrics, alerting, logs, tracing, visualization } = settings;
  if (traitsOf(settings).hasReplicas) return [];
  const query = metrics.longTerm?.query ?? { replicas: undefined };
  const parts = { metrics, "metrics.longTerm.query": query, alerting, logs, tracing, visualization };
  return Object.entries(parts).flatMap(([part, { replicas }]) =>
    replicas === undefined || replicas === 1
      ? []
      : [
          {
            path: `${part}.replicas`,
            message: `${replicas} is supported only with platform: kubernetes; use 1`,
          },
        ],
  );
}

/** Rejected rather than ignored, so that nobody relies on a setting without effect. */
function checkKubernetesOnly(settings: Settings): Problem[] {
  const { logs, exporters, visualization, network, kubernetes } = settings;
  if (traitsOf(settings).discoversTargets) return [];
  const switches: [string, boolean][] = [
    ["logs.sources.pods.enabled", logs.sources.pods.enabled],
    ["logs.sources.events.enabled", logs.sources.events.enabled],
    ["exporters.kubeStateMetrics.enabled", exporters.kubeStateMetrics.enabled],
    ["visualization.ingress.enabled", visualization.ingress.enabled],
  ];
  const defaults: Record<string, unknown> = kubernetesSchema.parse({});
  const objects = [
    ...(visualization.database ? ["visualization.database"] : []),
    ...Object.entries(network.egress).flatMap(([key, ranges]) =>
      ranges === undefined || isDeepStrictEqual(ranges, defaultDns) ? [] : [`network.egress.${key}`],
    ),
    ...Object.entries(kubernetes).flatMap(([key, value]) =>
      isDeepStrictEqual(value, defaults[key]) ? [] : [`kubernetes.${key}`],
    ),
    ...allLimits(settings).flatMap(({ path, requests }) => (requests === undefined ? [] : [`${path}.requests`])),
    ...allLimits(settings).flatMap(({ path, ephemeralStorage }) =>
      ephemeralStorage === undefined ? [] : [`${path}.ephemeralStorage`],
    ),
  ];
  return [
    ...switches
      .filter(([, on]) => on)
      .map(([path]) => ({ path, message: `true is supported only with platform: kubernetes; use false` })),
    ...objects.map((path) => ({ path, message: `is supported only with platform: kubernetes; remove it` })),
  ];
}

const defaultDns = ["169.254.20.10/32"];

function checkDockerOnly(settings: Settings): Problem[] {
  const { network } = settings;
  if (traitsOf(settings).usesDockerEngine) return [];
  const published = [
    ...Object.keys(network.bindAddresses).map((part) => `network.bindAddresses.${part}`),
    ...(network.allowUnauthenticated.length > 0 ? ["network.allowUnauthenticated"] : []),
  ].map((path) => ({ path, message: "is supported only with platform: docker; remove it" }));
  if (!settings.logs.sources.containers.enabled) return published;
  return [
    ...published,
    {
      path: "logs.sources.containers.enabled",
      message:
        "true is supported only with platform: docker; remove it and use logs.sources.pods, which collects the same output",
    },
  ];
}

type Limits = Settings["metrics"]["limits"];

/** All `limits` objects in the settings. */
function allLimits(node: object, path = ""): (Limits & { path: string })[] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value !== "object" || value === null) return [];
    const inner = path === "" ? key : `${path}.${key}`;
    if (/limits$/i.test(key) && "memory" in value && "cpu" in value) return [{ path: inner, ...(value as Limits) }];
    return allLimits(value, inner);
  });
}

function checkRequests(settings: Settings): Problem[] {
  return allLimits(settings).flatMap(({ path, memory, cpu, requests }) => {
    const problems: Problem[] = [];
    if ((parseQuantity(requests?.memory ?? memory) ?? 0) > (parseQuantity(memory) ?? 0)) {
      problems.push(tooMuch(path, "memory", requests?.memory, memory));
    }
    if ((requests?.cpu ?? 0) > cpu) problems.push(tooMuch(path, "cpu", requests?.cpu, cpu));
    return problems;
  });
}

function tooMuch(path: string, what: "memory" | "cpu", found: unknown, limit: unknown): Problem {
  return {
    path: `${path}.requests.${what}`,
    message: `${show(found)} is more than ${path}.${what} ${show(limit)}; use at most ${show(limit)}, or raise the limit`,
  };
}

/** Replication factor 3 tolerates one missing replica; all replicas need shared storage. */
function checkLokiReplicas(settings: Settings): Problem[] {
  const { logs, kubernetes } = settings;
  const { replicas, objectStorage } = logs;
  if (!hasLoki(settings) || !traitsOf(settings).hasReplicas) return [];
  const problems: Problem[] = [];
  if (replicas === 2) {
    problems.push({
      path: "logs.replicas",
      message: "2 cannot hold three copies of each line; use 1, or at least 3",
    });
  }
  if (replicas > 1 && objectStorage === undefined) {
    problems.push({
      path: "logs.objectStorage",
      message: `is required with logs.replicas: ${replicas}; set the endpoint and bucket of an S3-compatible storage, or use logs.replicas: 1`,
    });
  }
  if (replicas > 1 && kubernetes.storageClass === undefined) {
    problems.push({
      path: "kubernetes.storageClass",
      message: `is required with logs.replicas: ${replicas}, because logs not yet uploaded are kept on volumes; set it to a storage class, such as "standard" (\`kubectl get storageclass\` lists them)`,
    });
  }
  return problems;
}

function checkGrafanaReplicas(settings: Settings): Problem[] {
  const { enabled, replicas, database } = settings.visualization;
  if (!enabled || !traitsOf(settings).hasReplicas || replicas === 1 || database !== undefined) return [];
  return [
    {
      path: "visualization.replicas",
      message: `${replicas} cannot share Grafana's SQLite file; use 1, or set visualization.database to a PostgreSQL server`,
    },
  ];
}

function checkIngress(settings: Settings): Problem[] {
  const { enabled, url, ingress } = settings.visualization;
  if (traitsOf(settings).publishesPorts || !enabled || !ingress.enabled) return [];
  const problems: Problem[] = [];
  const { protocol, hostname } = new URL(url ?? "http://localhost");
  if (!isRoutableHost(hostname)) {
    problems.push({
      path: "visualization.url",
      message: `${show(url)} has no host name that ${ingress.kind === "ingress" ? "an Ingress" : "a Gateway"} can route; use a DNS name of lower-case letters, digits, "-" and ".", such as "https://grafana.example.com"`,
    });
  }
  if (protocol !== "https:") {
    problems.push({
      path: "visualization.url",
      message: `${url === undefined ? "is required by visualization.ingress" : `${show(url)} does not use TLS`}; use an https:// URL, such as "https://grafana.example.com"`,
    });
  }
  const ownGateway = ingress.kind === "gateway" && ingress.gateway === undefined;
  if (ingress.tlsSecretName === undefined && (ingress.kind === "ingress" || ownGateway)) {
    problems.push({
      path: "visualization.ingress.tlsSecretName",
      message:
        'is required, because passwords would otherwise be sent unencrypted; set it to the Secret that holds the certificate, such as "grafana-tls"',
    });
  }
  if (ownGateway && ingress.className === undefined) {
    problems.push({
      path: "visualization.ingress.className",
      message:
        "is required, because a Gateway has no default class; set it to a GatewayClass, or set visualization.ingress.gateway",
    });
  }
  return problems;
}

/** Pods have no equivalent of "host-gateway": their node differs from pod to pod. */
function checkHostGateway(settings: Settings): Problem[] {
  if (traitsOf(settings).usesDockerEngine) return [];
  return Object.entries(settings.network.extraHosts)
    .filter(([, ip]) => ip === "host-gateway")
    .map(([host]) => ({
      path: `network.extraHosts.${host}`,
      message: '"host-gateway" is supported only with platform: docker; use an IP address',
    }));
}

/** Only programs that use object storage get a service account with these annotations. */
function checkServiceAccount(settings: Settings): Problem[] {
  const { kubernetes, logs } = settings;
  const unused = (!hasLoki(settings) || logs.objectStorage === undefined) && longTermOf(settings) === undefined;
  if (!unused || Object.keys(kubernetes.serviceAccountAnnotations).length === 0) return [];
  return [
    {
      path: "kubernetes.serviceAccountAnnotations",
      message:
        "has no effect without object storage; remove it, or set logs.objectStorage or metrics.longTerm.objectStorage",
    },
  ];
}

/** Selectors, previews and rollouts rely on these keys. */
function checkPodMetadata({ kubernetes }: Settings): Problem[] {
  return (["podLabels", "podAnnotations"] as const).flatMap((key) =>
    Object.keys(kubernetes[key])
      .filter((each) => /^(?:app\.kubernetes\.io|white-room-monitoring)\//.test(each))
      .map((each) => ({ path: `kubernetes.${key}.${each}`, message: "is set by the stack; use another key" })),
  );
}

/** The API server rejects these combinations only once other objects have changed. */
function checkTolerations({ kubernetes }: Settings): Problem[] {
  return kubernetes.tolerations.flatMap(({ key, operator, value, effect, tolerationSeconds }, index) => {
    const path = `kubernetes.tolerations[${index}]`;
    if (key === undefined && operator === "Equal") {
      return [{ path, message: 'has no key; set key, or operator: "Exists" to tolerate all taints' }];
    }
    if (operator === "Exists" && value !== undefined) {
      return [{ path: `${path}.value`, message: "is not compared with operator Exists; remove it, or use Equal" }];
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      return [
        { path: `${path}.tolerationSeconds`, message: 'requires effect: "NoExecute"; set it, or remove this key' },
      ];
    }
    return [];
  });
}

function checkNamespaces({ kubernetes }: Settings): Problem[] {
  if (kubernetes.namespace !== kubernetes.agentsNamespace) return [];
  return [
    {
      path: "kubernetes.agentsNamespace",
      message: `${show(kubernetes.agentsNamespace)} is also kubernetes.namespace, which does not allow the privileges that agents need; use another name`,
    },
  ];
}

function checkReplicaLabel(settings: Settings): Problem[] {
  if (!traitsOf(settings).hasReplicas || settings.metrics.externalLabels["replica"] === undefined) return [];
  return [
    {
      path: "metrics.externalLabels.replica",
      message: "is set by the stack to the name of each Prometheus replica; remove it",
    },
  ];
}
