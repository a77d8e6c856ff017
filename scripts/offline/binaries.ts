import { join } from "node:path";
import { images } from "../../config/products/images.ts";
import type { Log } from "../lib/step.ts";
import { type BuiltProgram, downloadAhead, ensureBuilt, programPath } from "./built-programs.ts";
import { cacheFolder } from "./cache.ts";
import type { GoProgram } from "./go-build.ts";
import { alertmanagerPages, prometheusPages } from "./web-pages.ts";

const cadvisorSource = join(import.meta.dirname, "cadvisor");

/** Used instead of the image's version, whose modules or UI packages are not published. */
const prometheusVersion = "v3.15.1";
const alertmanagerVersion = "v0.34.2";
const promtailVersion = "3.6.15";
/** The last version that is published as a module; its module version is v1.76.0. */
const jaegerVersion = "v2.13.0";
const versitygwVersion = "v1.8.0";

/** Programs built from Go modules, small ones first: the Prometheus UI is built while they compile. */
const programs = {
  amtool: alertmanagerProgram("amtool"),
  alertmanager: alertmanagerProgram("alertmanager"),
  node_exporter: {
    module: "github.com/prometheus/node_exporter",
    version: images.nodeExporter.tag,
    package: "github.com/prometheus/node_exporter",
    variables: commonVersion(images.nodeExporter.tag),
  },
  cadvisor: {
    module: "github.com/google/cadvisor",
    version: `v${images.cadvisor.tag}`,
    package: ".",
    source: cadvisorSource,
    requires: { "github.com/google/cadvisor/lib": `v${images.cadvisor.tag}` },
    variables: { "github.com/google/cadvisor/lib/version.Version": images.cadvisor.tag },
  },
  blackbox_exporter: {
    module: "github.com/prometheus/blackbox_exporter",
    version: images.blackboxExporter.tag,
    package: "github.com/prometheus/blackbox_exporter",
    variables: commonVersion(images.blackboxExporter.tag),
  },
  promtool: prometheusProgram("promtool"),
  prometheus: prometheusProgram("prometheus"),
  loki: lokiProgram("cmd/loki", images.loki.tag),
  /** Without systemd journal support: sandbox containers cannot read the journal. */
  promtail: {
    ...lokiProgram("clients/cmd/promtail", promtailVersion),
    // Shares compiled dependencies with Loki, which cuts the build time to a third.
    dependenciesOf: `v${images.loki.tag}`,
  },
  lokitool: lokiProgram("cmd/lokitool", images.loki.tag),
  /** Without the web UI, which the module lacks; the API is complete. */
  jaeger: {
    module: "github.com/jaegertracing/jaeger",
    version: "v1.76.0",
    package: "github.com/jaegertracing/jaeger/cmd/jaeger",
    variables: { "github.com/jaegertracing/jaeger/internal/version.latestVersion": jaegerVersion },
  },
  thanos: {
    module: "github.com/thanos-io/thanos",
    version: images.thanos.tag,
    package: "github.com/thanos-io/thanos/cmd/thanos",
    variables: commonVersion(images.thanos.tag),
    // Same build tag as upstream releases.
    tags: ["slicelabels"],
  },
  /** An S3 server that stores objects in a directory, for the bucket of Thanos. */
  versitygw: {
    module: "github.com/versity/versitygw",
    version: versitygwVersion,
    package: "github.com/versity/versitygw/cmd/versitygw",
    variables: { "main.Version": versitygwVersion },
  },
} as const satisfies Record<string, GoProgram>;

export type BinaryName = keyof typeof programs;

export const binaryNames = Object.keys(programs) as readonly BinaryName[];

/** Cache path of a program; the file may not exist yet. */
export function binaryPath(name: BinaryName, cacheDir = cacheFolder()): string {
  return programPath(name, programs[name], cacheDir);
}

/** Builds missing programs in the order of {@link binaryNames}. Returns the path of each. */
export async function ensureBinaries<Name extends BinaryName>(
  names: readonly Name[],
  { cacheDir = cacheFolder(), log }: { readonly cacheDir?: string; readonly log: Log },
): Promise<Record<Name, string>> {
  await ensureBuilt(builds(names, cacheDir), cacheDir, log);
  return Object.fromEntries(names.map((name) => [name, binaryPath(name, cacheDir)])) as Record<Name, string>;
}

/** Downloads the sources of missing programs. */
export function downloadBinaries(names: readonly BinaryName[], cacheDir = cacheFolder()): Promise<void> {
  return downloadAhead(builds(names, cacheDir), cacheDir);
}

function builds(names: readonly BinaryName[], cacheDir: string): BuiltProgram[] {
  const wanted = binaryNames.filter((name) => names.includes(name));
  return wanted.map((name) => ({ program: programs[name], path: binaryPath(name, cacheDir) }));
}

/** The Go module version of Prometheus 3.15.1 is v0.315.1. */
export function prometheusModule(): Pick<GoProgram, "module" | "version"> {
  const [, major, minor, patch] = /^v(\d+)\.(\d+)\.(\d+)$/.exec(prometheusVersion) ?? [];
  return { module: "github.com/prometheus/prometheus", version: `v0.${Number(major) * 100 + Number(minor)}.${patch}` };
}

function prometheusProgram(command: string): GoProgram {
  return {
    ...prometheusModule(),
    package: `github.com/prometheus/prometheus/cmd/${command}`,
    variables: commonVersion(prometheusVersion),
    completion: prometheusPages,
    // Cloud service discovery SDKs are a third of the compile time.
    tags: ["builtinassets", "remove_all_sd", "enable_dns_sd", "enable_kubernetes_sd"],
  };
}

function alertmanagerProgram(command: string): GoProgram {
  return {
    module: "github.com/prometheus/alertmanager",
    version: alertmanagerVersion,
    package: `github.com/prometheus/alertmanager/cmd/${command}`,
    variables: commonVersion(alertmanagerVersion),
    completion: alertmanagerPages,
  };
}

function lokiProgram(path: string, tag: string): GoProgram {
  return {
    module: "github.com/grafana/loki/v3",
    version: `v${tag}`,
    package: `github.com/grafana/loki/v3/${path}`,
    variables: { "github.com/grafana/loki/v3/pkg/util/build.Version": tag },
  };
}

function commonVersion(tag: string): Record<string, string> {
  return { "github.com/prometheus/common/version.Version": tag.replace(/^v/, "") };
}
