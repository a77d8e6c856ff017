import { z } from "zod";
import { isDnsSubdomain } from "../kubernetes-names.ts";
import { annotation, dnsLabel, labelKey, labelValue, name, objectName, seLinuxType, text } from "../units.ts";
import { annotations, routeKeys } from "./route.ts";

/** Pages that may be published outside the cluster. */
const clusterPages = ["prometheus", "alertmanager", "jaeger"] as const;
export type ClusterPage = (typeof clusterPages)[number];

/** Pages without their own sign-in, published behind a sign-in of the cluster. */
const pages = z.strictObject({
  publish: z
    .array(z.enum(clusterPages))
    .default([])
    .describe(
      "Pages to publish, each at the host of its URL: metrics.externalUrl, alerting.externalUrl and tracing.url. They have no sign-in of their own, so auth is required.",
    ),
  auth: z
    .strictObject({
      annotations: annotations.describe(
        "With kind: ingress, the annotations that make the controller require a sign-in, such as nginx.ingress.kubernetes.io/auth-url.",
      ),
      filters: z
        .array(
          z.strictObject({
            group: text(isDnsSubdomain, 'is not a valid API group; use a group such as "traefik.io"').describe(
              "API group of the filter.",
            ),
            kind: text(/^[A-Z][A-Za-z0-9]{0,62}$/, 'is not a valid kind; use a kind such as "Middleware"').describe(
              "Kind of the filter.",
            ),
            name: objectName.describe("Name of the filter, in the stack's namespace."),
          }),
        )
        .default([])
        .describe(
          "With kind: gateway, the filters that require a sign-in, added to every route as extensionRef. Requests fail while a filter does not exist.",
        ),
    })
    .prefault({}),
  ...routeKeys({ pages: "the published pages", ownGateway: "Required with kind: gateway." }),
});

/** Kubernetes-specific settings. */
export const kubernetes = z
  .strictObject({
    namespace: name.default("monitoring").describe("Namespace of the services (Pod Security level restricted)."),
    agentsNamespace: name
      .default("monitoring-agents")
      .describe("Namespace of the node agents (Pod Security level privileged)."),
    storageClass: objectName
      .optional()
      .describe("Storage class of all volumes. Defaults to the cluster's default class."),
    scrapeNamespaces: z
      .array(dnsLabel)
      .min(1)
      .optional()
      .describe(
        "Namespaces in which annotated pods and Services are scraped, and which Prometheus may reach. If unset, all namespaces: then any pod can take the name of one of your services.",
      ),
    clusterDomain: text(isDnsSubdomain, 'is not a valid domain; use a domain such as "cluster.local"')
      .default("cluster.local")
      .describe("DNS domain of the cluster."),
    protectData: z
      .boolean()
      .default(true)
      .describe(
        "Protects the volumes and namespaces from deletion. If false, `pulumi destroy` deletes the data, but not the namespaces.",
      ),
    priorityClassName: objectName
      .optional()
      .describe("Existing PriorityClass for all pods. If unset, the stack creates one (value 1000000)."),
    imagePullSecrets: z
      .array(objectName)
      .default([])
      .describe(
        "Secrets with registry credentials (type kubernetes.io/dockerconfigjson) for all pods. Each must exist in both namespaces.",
      ),
    nodeSelector: z
      .record(labelKey, labelValue)
      .default({})
      .describe("Labels of the nodes that services run on. Node agents run on all Linux nodes."),
    tolerations: z
      .array(
        z.strictObject({
          key: labelKey.optional().describe("Key of the taint. If unset, with operator Exists, all taints."),
          operator: z.enum(["Exists", "Equal"]).default("Equal").describe("Whether the value must be equal."),
          value: labelValue.optional().describe("Value of the taint."),
          effect: z
            .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
            .optional()
            .describe("Effect of the taint. If unset, all effects."),
          tolerationSeconds: z.int().min(0).optional().describe("How long to tolerate a NoExecute taint."),
        }),
      )
      .default([])
      .describe("Taints that services tolerate. Node agents tolerate all taints."),
    createNamespaces: z
      .boolean()
      .default(true)
      .describe(
        "Creates both namespaces. If false, they must exist, and that of the agents must allow the Pod Security level privileged. Namespaces that the stack created are never deleted: not by `pulumi destroy`, nor if this is set to false later.",
      ),
    podLabels: z
      .record(labelKey, labelValue)
      .default({})
      .describe(
        'Labels of all pods, such as sidecar.istio.io/inject: "true" of a service mesh. Jobs that check files do not have them.',
      ),
    podAnnotations: z
      .record(labelKey, annotation)
      .default({})
      .describe("Annotations of all pods, such as linkerd.io/inject: enabled. Jobs that check files do not have them."),
    assignUsers: z
      .boolean()
      .default(true)
      .describe(
        "Sets the user and group IDs of pods. If false, the cluster chooses them, as OpenShift does. Node agents that need root keep it.",
      ),
    serviceAccountAnnotations: z
      .record(labelKey, annotation)
      .default({})
      .describe(
        'Annotations of the service account of programs that use object storage with a role, such as eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/loki".',
      ),
    seLinuxType: seLinuxType.describe(
      "SELinux type of the pods that read from their nodes, such as spc_t. Required on nodes with SELinux enabled, which otherwise deny access to log files.",
    ),
    pages: pages
      .prefault({})
      .describe(
        "Ingress or routes for the pages of Prometheus, Alertmanager and Jaeger, behind the cluster's own sign-in.",
      ),
    kubelet: z
      .strictObject({
        insecureSkipVerify: z
          .boolean()
          .default(false)
          .describe(
            "Skips certificate verification when scraping kubelets, for clusters with self-signed kubelet certificates.",
          ),
      })
      .prefault({}),
  })
  .prefault({});
