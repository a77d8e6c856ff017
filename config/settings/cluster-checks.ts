import { isDeepStrictEqual } from "node:util";
import { traitsOf } from "../../components/platform/traits.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { kubernetes as kubernetesSchema } from "./sections/kubernetes.ts";
import { parseQuantity } from "./units.ts";

/** What a cluster offers and one Docker host does not, and what a cluster needs to keep its promises. */
export const clusterChecks: readonly ((settings: Settings) => Problem[])[] = [
  hostRunsOne,
  hostHasNoCluster,
  clusterHasNoDocker,
  requestsWithinLimits,
  lokiReplicasShare,
  grafanaReplicasShare,
  wayInIsSecure,
  namespacesDiffer,
  replicaIsTheStacks,
];

const orKubernetes = "or platform: kubernetes";

function hostRunsOne(settings: Settings): Problem[] {
  const { metrics, alerting, logs, visualization } = settings;
  if (traitsOf(settings).hasReplicas) return [];
  return Object.entries({ metrics, alerting, logs, visualization }).flatMap(([part, { replicas }]) =>
    replicas === 1
      ? []
      : [
          {
            path: `${part}.replicas`,
            message: `${replicas} is for platform kubernetes only: write 1, ${orKubernetes}`,
          },
        ],
  );
}

/** Refused where set: it would be believed to work. */
function hostHasNoCluster(settings: Settings): Problem[] {
  const { logs, exporters, visualization, network, kubernetes } = settings;
  if (traitsOf(settings).discoversTargets) return [];
  const switches: [string, boolean][] = [
    ["logs.sources.pods.enabled", logs.sources.pods.enabled],
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
  ];
  return [
    ...switches
      .filter(([, on]) => on)
      .map(([path]) => ({ path, message: `true is for platform kubernetes only: write false, ${orKubernetes}` })),
    ...objects.map((path) => ({ path, message: `is for platform kubernetes only: leave it out, ${orKubernetes}` })),
  ];
}

const defaultDns = ["169.254.20.10/32"];

function clusterHasNoDocker(settings: Settings): Problem[] {
  if (traitsOf(settings).usesDockerEngine || !settings.logs.sources.containers.enabled) return [];
  return [
    {
      path: "logs.sources.containers.enabled",
      message:
        "true is for platform docker only, nodes have no Docker to ask: leave it out, logs.sources.pods reads the same",
    },
  ];
}

type Limits = Settings["metrics"]["limits"];

/** Every object of limits in the settings, wherever it is. */
function allLimits(node: object, path = ""): (Limits & { path: string })[] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value !== "object" || value === null) return [];
    const inner = path === "" ? key : `${path}.${key}`;
    if (/limits$/i.test(key) && "memory" in value && "cpu" in value) return [{ path: inner, ...(value as Limits) }];
    return allLimits(value, inner);
  });
}

function requestsWithinLimits(settings: Settings): Problem[] {
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
    message: `${show(found)} is more than ${path}.${what} ${show(limit)}: write at most ${show(limit)}, or raise the limit`,
  };
}

/** Three copies of each line, of which one may be missing; stored where every replica finds them. */
function lokiReplicasShare(settings: Settings): Problem[] {
  const { logs, kubernetes } = settings;
  const { enabled, replicas, objectStorage } = logs;
  if (!enabled || !traitsOf(settings).hasReplicas) return [];
  const problems: Problem[] = [];
  if (replicas === 2) {
    problems.push({
      path: "logs.replicas",
      message: "2 cannot keep three copies of each line: write 1, or at least 3",
    });
  }
  if (replicas > 1 && objectStorage === undefined) {
    problems.push({
      path: "logs.objectStorage",
      message: `is missing, and logs.replicas ${replicas} needs it: write endpoint and bucket of an S3-compatible storage, or logs.replicas: 1`,
    });
  }
  if (replicas > 1 && kubernetes.storageClass === undefined) {
    problems.push({
      path: "kubernetes.storageClass",
      message: `is missing, and logs.replicas ${replicas} needs it, since what is not stored yet lies on volumes: write the class's name, such as "standard" (\`kubectl get storageclass\` lists them)`,
    });
  }
  if (objectStorage?.endpoint.startsWith(`${objectStorage.bucket}.`)) {
    problems.push({
      path: "logs.objectStorage.endpoint",
      message: `${show(objectStorage.endpoint)} begins with the bucket's name: write "${objectStorage.endpoint.slice(objectStorage.bucket.length + 1)}"`,
    });
  }
  return problems;
}

function grafanaReplicasShare(settings: Settings): Problem[] {
  const { enabled, replicas, database } = settings.visualization;
  if (!enabled || !traitsOf(settings).hasReplicas || replicas === 1 || database !== undefined) return [];
  return [
    {
      path: "visualization.replicas",
      message: `${replicas} cannot share the file (SQLite) that Grafana keeps without a database: write 1, or a PostgreSQL server as visualization.database`,
    },
  ];
}

function wayInIsSecure(settings: Settings): Problem[] {
  const { enabled, url, ingress } = settings.visualization;
  if (traitsOf(settings).publishesPorts || !enabled || !ingress.enabled) return [];
  const problems: Problem[] = [];
  if (url === undefined || !url.startsWith("https:")) {
    problems.push({
      path: "visualization.url",
      message: `${url === undefined ? "is missing" : `${show(url)} is not over TLS`}, and visualization.ingress leads to its host: write "https://" and the host, such as "https://grafana.example.com"`,
    });
  }
  const ownGateway = ingress.kind === "gateway" && ingress.gateway === undefined;
  if (ingress.tlsSecretName === undefined && (ingress.kind === "ingress" || ownGateway)) {
    problems.push({
      path: "visualization.ingress.tlsSecretName",
      message:
        'is missing, and without it passwords would travel in clear: write the name of the Secret with the certificate, such as "grafana-tls"',
    });
  }
  if (ownGateway && ingress.className === undefined) {
    problems.push({
      path: "visualization.ingress.className",
      message:
        "is missing, and a Gateway has no default: write the GatewayClass, or name a Gateway as visualization.ingress.gateway",
    });
  }
  return problems;
}

function namespacesDiffer({ kubernetes }: Settings): Problem[] {
  if (kubernetes.namespace !== kubernetes.agentsNamespace) return [];
  return [
    {
      path: "kubernetes.agentsNamespace",
      message: `${show(kubernetes.agentsNamespace)} is the services' namespace, where agents are not allowed what they need: write another name`,
    },
  ];
}

function replicaIsTheStacks(settings: Settings): Problem[] {
  if (!traitsOf(settings).hasReplicas || settings.metrics.externalLabels["replica"] === undefined) return [];
  return [
    {
      path: "metrics.externalLabels.replica",
      message: "is set by the stack, to the name of each Prometheus: leave it out",
    },
  ];
}
