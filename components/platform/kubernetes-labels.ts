import type { Workload } from "./workload.ts";

/** Recommended labels, https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/. */
export class KubernetesLabels {
  private readonly instance: string;

  constructor(instance: string) {
    this.instance = instance;
  }

  /** Immutable: contains no version and nothing from the config. */
  selector(name: string): Record<string, string> {
    return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": this.instance };
  }

  /** Selects the pods of all workloads of a family. */
  familySelector(family: string): Record<string, string> {
    return { "white-room-monitoring/family": family, "app.kubernetes.io/instance": this.instance };
  }

  common(): Record<string, string> {
    return { "app.kubernetes.io/part-of": "white-room-monitoring", "app.kubernetes.io/managed-by": "pulumi" };
  }

  /** Labels of all objects of a workload. */
  of(name: string): Record<string, string> {
    return { ...this.selector(name), ...this.common() };
  }

  /** Additional labels of pods. */
  ofPods({ image, service, family }: Workload): Record<string, string> {
    const [, tag = ""] = /:([\w][\w.-]*)(?:@|$)/.exec(image) ?? [];
    const version = tag.slice(0, 63).replace(/[^A-Za-z0-9]+$/, "");
    return {
      "app.kubernetes.io/component": service,
      "app.kubernetes.io/version": version,
      ...(family !== undefined && this.familySelector(family)),
    };
  }
}
