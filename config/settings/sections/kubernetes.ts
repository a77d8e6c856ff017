import { z } from "zod";
import { name, objectName, text } from "../units.ts";

/** Where on a cluster the stack lives. Only for platform kubernetes. */
export const kubernetes = z
  .strictObject({
    namespace: name
      .default("monitoring")
      .describe("Namespace of the services (Pod Security restricted); the stack makes it."),
    agentsNamespace: name
      .default("monitoring-agents")
      .describe("Namespace of what runs on every node and looks at it (Pod Security privileged); the stack makes it."),
    storageClass: objectName.optional().describe("Class of every volume; left out: the cluster's default class."),
    clusterDomain: text(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, 'is no domain: write a domain such as "cluster.local"')
      .default("cluster.local")
      .describe("Domain of the cluster's own DNS names."),
    protectData: z
      .boolean()
      .default(true)
      .describe("Pulumi deletes neither volumes nor their namespace; false: destroy takes the data along."),
    priorityClassName: objectName
      .optional()
      .describe("A PriorityClass of the cluster's for all pods; left out: the stack makes one (value 1000000)."),
    kubelet: z
      .strictObject({
        insecureSkipVerify: z
          .boolean()
          .default(false)
          .describe("For clusters whose kubelets sign their own certificates: scrape them without verifying."),
      })
      .prefault({}),
  })
  .prefault({});
