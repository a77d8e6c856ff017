interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly supplementalGroups?: readonly number[];
  readonly seccompProfile?: { readonly type: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly privileged?: boolean;
  readonly procMount?: string;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly sysctls?: readonly { readonly name: string; readonly value: string }[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env?: readonly unknown[];
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly resources: Readonly<
    Record<"requests" | "limits", Readonly<Record<"cpu" | "memory" | "ephemeral-storage", string>>>
  >;
  readonly securityContext?: SecurityContext;
}

/** The fields of a pod that tests read. */
export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly priorityClassName?: string;
  readonly securityContext?: SecurityContext;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

export function containersOf({ initContainers = [], containers }: PodSpec): Container[] {
  return [...initContainers, ...containers];
}

const allowedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_syncookies",
];

/**
 * What the level `restricted` of https://kubernetes.io/docs/concepts/security/pod-security-standards/ forbids in a pod.
 * Leaves out what no pod of ours sets at all: SELinux, AppArmor and Windows options.
 */
export function restrictedViolations(pod: PodSpec): string[] {
  const shared = pod.securityContext ?? {};
  const violations = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((key) => pod[key]).map(String);
  for (const volume of pod.volumes ?? []) {
    for (const kind of Object.keys(volume)) {
      if (kind !== "name" && !allowedVolumes.includes(kind)) violations.push(`volume ${kind}`);
    }
  }
  if (shared.sysctls?.some(({ name }) => !safeSysctls.includes(name))) violations.push("sysctls");
  for (const container of containersOf(pod)) {
    const own = { ...shared, ...container.securityContext };
    if (own.privileged) violations.push("privileged");
    if (own.allowPrivilegeEscalation !== false) violations.push("allowPrivilegeEscalation");
    if (own.runAsNonRoot !== true) violations.push("runAsNonRoot");
    if (own.runAsUser === 0) violations.push("runAsUser 0");
    if (own.procMount !== undefined && own.procMount !== "Default") violations.push("procMount");
    if (!["RuntimeDefault", "Localhost"].includes(own.seccompProfile?.type ?? "")) violations.push("seccompProfile");
    if (!own.capabilities?.drop?.includes("ALL")) violations.push("capabilities not dropped");
    for (const added of own.capabilities?.add ?? []) {
      if (added !== "NET_BIND_SERVICE") violations.push(`capability ${added}`);
    }
    if (container.ports?.some(({ hostPort }) => hostPort !== undefined)) violations.push("hostPort");
  }
  return [...new Set(violations)];
}
