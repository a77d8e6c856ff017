import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { Registered } from "../../scripts/render/register.ts";
import type { PodSpec } from "./pod-security.ts";
import { stackConfig } from "./stack.ts";

/** The fields of a registered object that tests read. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template?: {
      readonly metadata: {
        readonly annotations: Readonly<Record<string, string>>;
        readonly labels: Readonly<Record<string, string>>;
      };
      readonly spec: PodSpec;
    };
    readonly externalName?: string;
    readonly resources?: { readonly requests: { readonly storage: string } };
    readonly replicas?: number;
    readonly storageClassName?: string;
  };
}

/** Config of stack prod with every required secret. */
export function production(values: Record<string, unknown> = {}) {
  const config = stackConfig("prod", values);
  const settings = toSettings(config, { requireSecrets: false });
  return stackConfig(
    "prod",
    values,
    missingSecretNeeds(settings, config.secrets).map(({ key }) => key),
  );
}

/** Config of stack prod for a single Docker host, without the keys that need a cluster. */
export function productionOnDocker() {
  const { metrics, alerting } = stackConfig("prod").values as Record<string, Record<string, unknown>>;
  return production({
    platform: "docker",
    metrics: { ...metrics, replicas: 1 },
    alerting: { ...alerting, replicas: 1 },
    kubernetes: {},
  });
}

/** The smallest stack on a cluster: everything optional is disabled. */
export const prometheusAlone = production({
  metrics: {},
  logs: { enabled: false },
  alerting: { enabled: false },
  visualization: { enabled: false },
  exporters: Object.fromEntries(
    ["node", "cadvisor", "kubeStateMetrics", "postgres", "redis", "nginx"].map((part) => [part, { enabled: false }]),
  ),
});

export function objectsOf(resources: readonly Registered[]): KubernetesObject[] {
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => inputs as unknown as KubernetesObject);
}

/** Pod templates of all long-running workloads, by name. */
export function pods(objects: readonly KubernetesObject[]) {
  return new Map(
    objects.flatMap(({ kind, metadata, spec }) =>
      spec?.template === undefined || kind === "Job" ? [] : [[metadata.name, spec.template]],
    ),
  );
}
