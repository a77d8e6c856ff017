import type * as pulumi from "@pulumi/pulumi";
import type { Workload } from "./workload.ts";

/** A deployed workload. */
export interface Deployed {
  readonly workload: Workload;
  /** Dependencies for resources that require it to run. */
  readonly resources: readonly pulumi.Resource[];
  /** URL of a published port; undefined if it is not published. */
  readonly url: (portName: string) => string | undefined;
}

/** Turns workloads into resources. Only implementations know Docker or Kubernetes. */
export interface Platform {
  /** Address of the containers' DNS server, if it is fixed. */
  readonly resolver?: string;
  deploy(
    workload: Workload,
    opts: { readonly parent: pulumi.Resource; readonly dependsOn?: readonly pulumi.Resource[] },
  ): Deployed;
  /** Called once after all workloads are deployed: allows their declared connections, if the platform restricts them. */
  connect(): void;
}
