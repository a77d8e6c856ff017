import { z } from "zod";
import { cidr, host } from "../units.ts";

const ranges = (what: string) =>
  z.array(cidr).min(1).optional().describe(`Addresses of ${what}; left out: any on that port.`);

/** Addresses ports are published on, and the stack's network. */
export const network = z
  .strictObject({
    bindAddress: z
      .union([z.ipv4(), z.ipv6()], { error: 'is no address: write an IP address, such as "127.0.0.1"' })
      .default("127.0.0.1")
      .describe(
        "Address that ports are published on. Nothing but Grafana asks for a password: keep it on loopback or behind a proxy.",
      ),
    publicHost: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Host name in the URLs that people open; left out: localhost when bound to loopback, else the address.",
      ),
    extraHosts: z
      .record(host, z.union([z.ipv4(), z.ipv6()], { error: 'is no address: write an IP address, such as "10.0.0.7"' }))
      .default({})
      .describe("Further names the stack's containers resolve, name to address."),
    egress: z
      .strictObject({
        pagerduty: ranges("PagerDuty, on the port of its URL"),
        slack: ranges("Slack, on the port of its URL"),
        smtp: ranges("the mail server"),
        heartbeat: ranges("the heartbeat's service (443)"),
        objectStorage: ranges("the object storage"),
        remoteWrite: ranges("the long-term stores"),
        database: ranges("Grafana's PostgreSQL"),
        targets: ranges("what applications and exporters name, on the ports they name"),
        apiServer: ranges("the cluster's API (443 and 6443)"),
        nodes: ranges("the nodes' kubelets (10250)"),
        dns: z
          .array(cidr)
          .min(1)
          .default(["169.254.20.10/32"])
          .describe("DNS servers beside the pods k8s-app=kube-dns in kube-system: a node's own cache, say."),
      })
      .prefault({})
      .describe(
        "Where programs may connect to outside of the stack (Kubernetes, if its network enforces NetworkPolicies).",
      ),
  })
  .prefault({});
