import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";
import type { Registered } from "../../scripts/render/register.ts";
import type { PodSpec } from "./pod-security.ts";
import { stackConfig } from "./stack.ts";

/** As much of a registered object as tests look at. */
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

/** A stack of production with every secret that it needs. */
export function production(values: Record<string, unknown> = {}) {
  const config = stackConfig("prod", values);
  const settings = toSettings(config, { requireSecrets: false });
  return stackConfig(
    "prod",
    values,
    missingSecretNeeds(settings, config.secrets).map(({ key }) => key),
  );
}

/** Production as one Docker host can run it: without what only a cluster has. */
export function productionOnDocker() {
  const { metrics, alerting } = stackConfig("prod").values as Record<string, Record<string, unknown>>;
  return production({
    platform: "docker",
    metrics: { ...metrics, replicas: 1 },
    alerting: { ...alerting, replicas: 1 },
    kubernetes: {},
  });
}

/** The least that a cluster can run: everything that can be left out is. */
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

/** The pod templates of all that stays running, by name. */
export function pods(objects: readonly KubernetesObject[]) {
  return new Map(
    objects.flatMap(({ kind, metadata, spec }) =>
      spec?.template === undefined || kind === "Job" ? [] : [[metadata.name, spec.template]],
    ),
  );
}
