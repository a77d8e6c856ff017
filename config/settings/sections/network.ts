import { z } from "zod";
import { isHost } from "../hosts.ts";
import { isDnsSubdomain } from "../kubernetes-names.ts";
import { cidr, ipAddress, text } from "../units.ts";

const ranges = (what: string) =>
  z.array(cidr).min(1).optional().describe(`CIDR ranges of ${what}. If unset, any address on that port.`);

/** Published addresses, and network access. */
export const network = z
  .strictObject({
    bindAddress: ipAddress("127.0.0.1")
      .default("127.0.0.1")
      .describe(
        "Address to publish ports on. Only Grafana requires a password; keep this on loopback or behind a proxy.",
      ),
    publicHost: text(
      isHost,
      'is not a valid host; use a name or IP address without scheme, port and brackets, such as "monitoring.example.com"',
    )
      .optional()
      .describe(
        "Host name in user-facing URLs. Defaults to localhost when bound to loopback, otherwise to bindAddress.",
      ),
    extraHosts: z
      .record(
        text(
          (name) => isDnsSubdomain(name) && isHost(name),
          'is not a valid host name; use lower-case letters, digits, "-" and ".", such as "db.internal"',
        ),
        ipAddress("10.0.0.7"),
      )
      .default({})
      .describe("Additional /etc/hosts entries of the stack's containers, as a map of name to IP address."),
    egress: z
      .strictObject({
        pagerduty: ranges("PagerDuty, on the port of its URL"),
        slack: ranges("Slack, on the port of its URL"),
        smtp: ranges("the mail server"),
        heartbeat: ranges("the heartbeat service (443)"),
        objectStorage: ranges("the object storage"),
        remoteWrite: ranges("the remote write endpoints"),
        database: ranges("Grafana's PostgreSQL"),
        targets: ranges("the targets of applications and exporters, on their ports"),
        apiServer: ranges("the Kubernetes API server (443 and 6443)"),
        nodes: ranges("the kubelets (10250)"),
        dns: z
          .array(cidr)
          .min(1)
          .default(["169.254.20.10/32"])
          .describe(
            "CIDR ranges of DNS servers in addition to the pods k8s-app=kube-dns in kube-system, such as a node-local cache.",
          ),
      })
      .prefault({})
      .describe(
        "Allowed egress to destinations outside the stack (Kubernetes with a network plugin that enforces NetworkPolicies).",
      ),
  })
  .prefault({});
