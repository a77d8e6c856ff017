import type { Workload } from "./workload.ts";

/** The standard labels, https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/. */
export class KubernetesLabels {
  private readonly instance: string;

  constructor(instance: string) {
    this.instance = instance;
  }

  /** Never changes: no version, nothing from config. */
  selector(name: string): Record<string, string> {
    return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": this.instance };
  }

  /** Finds the pods of every workload of a family. */
  familySelector(family: string): Record<string, string> {
    return { "white-room-monitoring/family": family, "app.kubernetes.io/instance": this.instance };
  }

  common(): Record<string, string> {
    return { "app.kubernetes.io/part-of": "white-room-monitoring", "app.kubernetes.io/managed-by": "pulumi" };
  }

  /** Of everything that belongs to a workload. */
  of(name: string): Record<string, string> {
    return { ...this.selector(name), ...this.common() };
  }

  /** What its pods have beside those. */
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
