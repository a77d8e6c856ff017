import * as pulumi from "@pulumi/pulumi";
import { blackboxSecrets, renderBlackbox } from "../config/products/blackbox/blackbox.ts";
import { allProbes, type Probe, withPort } from "../config/products/blackbox/probes.ts";
import { blackbox, blackboxDirectory } from "../config/products/blackbox/product.ts";
import { tlsArguments } from "../config/products/internal-tls.ts";
import { described, httpPort, type StackContext, secretSet, tlsSet } from "./context.ts";
import { urlPort } from "./outside.ts";
import type { ReachOutside, Workload } from "./platform/workload.ts";

/** blackbox_exporter, which probes endpoints from outside. Reloads its config itself, and reads secrets at each probe. */
export class Probes extends pulumi.ComponentResource {
  constructor(name: string, context: StackContext, opts?: pulumi.ComponentResourceOptions) {
    super("white-room-monitoring:probes:Probes", name, {}, opts);
    context.platform.deploy(blackboxWorkload(context), { parent: this });
    this.registerOutputs({});
  }
}

function blackboxWorkload({ settings, secrets }: StackContext): Workload {
  const { port, limits } = settings.probes;
  const probes = allProbes(settings);
  const secretKeys = blackboxSecrets(settings);
  return {
    ...described(settings, blackbox),
    service: "monitoring",
    command: [
      "/bin/blackbox_exporter",
      `--config.file=${blackboxDirectory}/blackbox.yml`,
      "--config.enable-auto-reload",
      "--config.auto-reload-interval=5",
      ...tlsArguments(settings, blackbox),
    ],
    files: [
      ...tlsSet(settings, secrets, blackbox),
      ...(secretKeys.length > 0 ? [secretSet(secrets, blackbox, "secrets", secretKeys)] : []),
      {
        name: "config",
        directory: blackboxDirectory,
        files: renderBlackbox(settings),
        secret: false,
        reload: { kind: "watches" },
        check: ["/bin/blackbox_exporter", "--config.check", "--config.file={directory}/blackbox.yml"],
      },
    ],
    ports: [httpPort(settings, blackbox, port)],
    limits,
    placement: "service",
    stopGraceSeconds: 5,
    ...(probes.some(({ kind }) => kind === "icmp") && { pings: true }),
    reachesOutside: probed(probes, settings.network.egress.probes),
  };
}

/** Destinations of the probes. */
function probed(probes: readonly Probe[], ranges: readonly string[] | undefined): ReachOutside[] {
  const ports = (protocol: "TCP" | "UDP") =>
    [...new Set(probes.flatMap((probe) => (protocolOf(probe) === protocol ? portsOf(probe) : [])))].sort(
      (a, b) => a - b,
    );
  const to = { what: "probed addresses", ranges };
  return [
    ...(ports("TCP").length > 0 ? [{ ...to, ports: ports("TCP") }] : []),
    ...(ports("UDP").length > 0 ? [{ ...to, ports: ports("UDP"), protocol: "UDP" as const }] : []),
    // A NetworkPolicy cannot name ICMP: it allows everything to an address, or only ports.
    ...(probes.some(({ kind }) => kind === "icmp")
      ? [{ ...to, ports: [], ranges: ranges ?? ["0.0.0.0/0", "::/0"] }]
      : []),
  ];
}

function protocolOf({ kind, transport }: Probe): "TCP" | "UDP" | "ICMP" {
  if (kind === "icmp") return "ICMP";
  return kind === "dns" && transport !== "tcp" ? "UDP" : "TCP";
}

/** Redirects lead to the standard ports. */
function portsOf(probe: Probe): number[] {
  if (probe.kind !== "http") return [Number(/\d+$/.exec(withPort(probe))?.[0])];
  if (probe.proxyUrl !== undefined) return [urlPort(probe.proxyUrl)];
  return [urlPort(probe.address), ...(probe.followRedirects === false ? [] : [80, 443])];
}
