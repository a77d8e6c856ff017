import type { Settings } from "../settings/schema.ts";

/** HAProxy as the stack uses it: as a filter with fixed rules in front of a program. */
export const haproxy = {
  program: "/usr/local/sbin/haproxy",
  directory: "/etc/haproxy",
  file: "haproxy.cfg",
} as const;

/**
 * A port on all addresses, as in `bind`. `:port` alone is IPv4 only. With an IPv6 network, the container's name also has an
 * IPv6 address, and BusyBox wget does not fall back to IPv4.
 */
export function onAllAddresses({ docker }: Settings, port: number): string {
  return docker.ipv6 ? `:::${port} v4v6` : `:${port}`;
}

/** Command of a container. It logs to stdout and stays in the foreground. */
export const haproxyCommand = [haproxy.program, "-db", "-f", `${haproxy.directory}/${haproxy.file}`] as const;

export interface HaproxyOptions {
  /** Address of the metrics and of the health check, as in `bind`. */
  readonly metrics: string;
  readonly healthPath: string;
  /** Maximum number of concurrent connections; further ones have to wait. */
  readonly connections: number;
  /** Time after which a silent connection is closed, in HAProxy's format. */
  readonly idle: string;
  /** Backends that must be up for it to be healthy. */
  readonly needs: readonly string[];
  /** Whether it uses certificates. Their keys are next to them: `tls.key` for `tls.crt`. */
  readonly tls?: boolean;
  /** Lines of a section are indented. */
  readonly sections: readonly string[];
}

/** `haproxy.cfg`, with Prometheus metrics and a health check. Refused requests are logged, others are not. */
export function haproxyConfig({
  metrics,
  healthPath,
  connections,
  idle,
  needs,
  tls,
  sections,
}: HaproxyOptions): string {
  return `${[
    `global
  log stdout format raw daemon
  maxconn ${connections}
  nbthread 1
  # Followed logs never end by themselves.
  hard-stop-after 2s${tls ? "\n  ssl-load-extra-del-ext\n  ssl-load-extra-files key" : ""}`,
    `defaults
  mode http
  log global
  log-format "%[date,utime(%Y-%m-%dT%H:%M:%SZ)] %f refused or failed: %HM %HP, status %ST, state %ts"
  timeout connect 5s
  timeout http-request 10s
  timeout client ${idle}
  timeout server ${idle}
  timeout tunnel ${idle}`,
    ...sections,
    `frontend metrics
  bind ${metrics}
  monitor-uri ${healthPath}${needs.map((backend) => `\n  monitor fail if { nbsrv(${backend}) eq 0 }`).join("")}
  http-request set-log-level silent
  http-request set-query scope=global&scope=frontend&scope=backend
  http-request use-service prometheus-exporter if { path /metrics }
  http-request deny`,
  ].join("\n\n")}\n`;
}

/** Methods that only read. */
export const reads = ["GET", "HEAD"] as const;

/** Rules that allow requests matching one of `allowed` and answer all others with 403. */
export function onlyAllowed(
  allowed: readonly { readonly methods: readonly string[]; readonly path: string }[],
): string {
  return allowed
    .map(({ methods, path }, index) => {
      const name = `allowed_${index}`;
      return `  acl ${name}_path path -m reg ^${path}$
  acl ${name}_method method ${methods.join(" ")}
  http-request set-var(txn.allowed) bool(true) if ${name}_path ${name}_method`;
    })
    .concat(
      "  http-request deny deny_status 403 unless { var(txn.allowed) -m bool }",
      "  http-request set-log-level silent",
    )
    .join("\n");
}
