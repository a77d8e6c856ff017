import type * as pulumi from "@pulumi/pulumi";
import type { Workload } from "./workload.ts";

/** A workload that a platform runs. */
export interface Deployed {
  readonly workload: Workload;
  /** What others wait for when they need it running. */
  readonly resources: readonly pulumi.Resource[];
  /** Where people reach a published port, or undefined for one that is not published. */
  readonly url: (portName: string) => string | undefined;
}

/** Turns workloads into resources. The only place that knows Docker or Kubernetes. */
export interface Platform {
  /** DNS server that containers can ask by address, where the platform has one at a fixed address. */
  readonly resolver?: string;
  deploy(
    workload: Workload,
    opts: { readonly parent: pulumi.Resource; readonly dependsOn?: readonly pulumi.Resource[] },
  ): Deployed;
  /** Called once, when every workload is there: lets each reach what it says it reaches, where the platform can tell. */
  connect(): void;
}
