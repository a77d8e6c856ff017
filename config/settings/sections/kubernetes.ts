import { z } from "zod";
import { isDnsSubdomain } from "../kubernetes-names.ts";
import { name, objectName, seLinuxType, text } from "../units.ts";

/** Kubernetes-specific settings. */
export const kubernetes = z
  .strictObject({
    namespace: name
      .default("monitoring")
      .describe("Namespace of the services (Pod Security level restricted). Created by the stack."),
    agentsNamespace: name
      .default("monitoring-agents")
      .describe("Namespace of the node agents (Pod Security level privileged). Created by the stack."),
    storageClass: objectName
      .optional()
      .describe("Storage class of all volumes. Defaults to the cluster's default class."),
    clusterDomain: text(isDnsSubdomain, 'is not a valid domain; use a domain such as "cluster.local"')
      .default("cluster.local")
      .describe("DNS domain of the cluster."),
    protectData: z
      .boolean()
      .default(true)
      .describe("Protects the volumes and their namespace from deletion. If false, `pulumi destroy` deletes the data."),
    priorityClassName: objectName
      .optional()
      .describe("Existing PriorityClass for all pods. If unset, the stack creates one (value 1000000)."),
    seLinuxType: seLinuxType.describe(
      "SELinux type of the pods that read from their nodes, such as spc_t. Required on nodes with SELinux enabled, which otherwise deny access to log files.",
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
