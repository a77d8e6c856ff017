import { createHash } from "node:crypto";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { candidatePod, type PodPlatform } from "./kubernetes-pod.ts";
import { fileSetName } from "./kubernetes-volumes.ts";
import type { FileSet, Workload } from "./workload.ts";

interface Candidate {
  /** Pulumi name of an object. */
  readonly resourceName: (name: string) => string;
  readonly workload: Workload;
  readonly set: FileSet & { readonly check: readonly string[] };
  readonly data: Record<string, pulumi.Input<string>>;
  readonly namespace: string;
  readonly labelsOf: (name: string) => Record<string, string>;
  readonly pod: PodPlatform;
}

/**
 * Runs the product's checker on the new files before they replace the old ones: if it rejects them, `up` fails and
 * everything that depends on the returned Job stays unchanged. Jobs are immutable, so the name depends on the files.
 */
export function checked(
  { resourceName, workload, set, data, namespace, labelsOf, pod }: Candidate,
  opts: pulumi.CustomResourceOptions,
): Job {
  const name = `${fileSetName(workload, set)}-check`;
  const labels = labelsOf(name);
  // The same change is already shown in the ConfigMap that the program reads.
  const hidden = { ...opts, hideDiffs: ["data"] };
  const candidates = new ConfigMap(resourceName(name), { metadata: { name, namespace, labels }, data }, hidden);
  const spec = candidatePod(workload, set, name, pod);
  const hash = pulumi.all([data]).apply(([files]) =>
    createHash("sha256")
      .update(JSON.stringify([spec, files]))
      .digest("hex"),
  );
  return new Job(
    resourceName(name),
    {
      metadata: { name: pulumi.interpolate`${name}-${hash.apply((text) => text.slice(0, 10))}`, namespace, labels },
      spec: {
        // A retry would give the same result.
        backoffLimit: 0,
        activeDeadlineSeconds: 600,
        template: { metadata: { labels }, spec },
      },
    },
    {
      ...opts,
      dependsOn: [...[opts.dependsOn ?? []].flat(), candidates] as pulumi.Resource[],
      // If everything that the provider reports is hidden, the engine prints the whole Job. With a trigger, it does not ask the
      // provider:
      // https://github.com/pulumi/pulumi/blob/v3.260.0/pkg/backend/display/diff.go#L448
      replacementTrigger: hash,
      // Its name only shows that the files differ.
      hideDiffs: ["metadata.name"],
      // The next `up` retries a Job that failed for another reason than its files, such as an image that could not be pulled.
      replaceOnChanges: ["#initerror"],
      deleteBeforeReplace: true,
    },
  );
}
