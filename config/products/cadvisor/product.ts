import type { HostExporter } from "../product.ts";

/** Metrics of the containers on a Docker host. */
export const cadvisor = {
  workload: "cadvisor",
  image: "cadvisor",
  port: 8080,
  probe: { path: "/healthz", by: "wget" },
  // Root without capabilities, because Docker's data directory and the cgroup files belong to root.
  user: "0:0",
  job: "cadvisor",
  service: "cadvisor",
  command: ["/usr/bin/cadvisor"],
  placement: "every-node",
  imageFacts: {
    source: "https://github.com/google/cadvisor/blob/v0.60.5/deploy/Dockerfile",
    programs: ["/bin/sh", "/usr/bin/cadvisor", "sleep", "wget"],
    version: ["/usr/bin/cadvisor", "--version"],
  },
  settings: {
    title: "cAdvisor",
    description:
      "Enables container metrics from cAdvisor. On Kubernetes they come from the kubelets, and no cAdvisor is deployed.",
    enabled: true,
    memory: "256Mi",
    cpu: 0.5,
  },
} as const satisfies HostExporter;
