import { existsSync } from "node:fs";
import { join } from "node:path";
import { images } from "../../config/images.ts";
import { ensureBuilt, programPath } from "./built-programs.ts";
import { cacheFolder } from "./cache.ts";
import { UnstableSuite } from "./debian.ts";
import type { GoProgram } from "./go-build.ts";
import { findProgram, type Log } from "./run-command.ts";
import { alertmanagerPages, prometheusPages } from "./web-pages.ts";

const cadvisorSource = join(import.meta.dirname, "cadvisor");

/**
 * The programs that are built from modules, in the order in which people wait for them. The versions are those of the
 * images they stand in for.
 */
const programs = {
  amtool: alertmanagerProgram("amtool"),
  promtool: prometheusProgram("promtool"),
  prometheus: prometheusProgram("prometheus"),
  loki: lokiProgram("cmd/loki", images.loki.tag),
  promtail: lokiProgram("clients/cmd/promtail", images.promtail.tag),
  lokitool: lokiProgram("cmd/lokitool", images.loki.tag),
  node_exporter: {
    module: "github.com/prometheus/node_exporter",
    version: images.nodeExporter.tag,
    package: "github.com/prometheus/node_exporter",
    variables: prometheusVersion(images.nodeExporter.tag),
  },
  alertmanager: alertmanagerProgram("alertmanager"),
  cadvisor: {
    module: "github.com/google/cadvisor",
    version: `v${images.cadvisor.tag}`,
    package: ".",
    source: cadvisorSource,
    requires: { "github.com/google/cadvisor/lib": `v${images.cadvisor.tag}` },
    variables: { "github.com/google/cadvisor/lib/version.Version": images.cadvisor.tag },
  },
} as const satisfies Record<string, GoProgram>;

export type BinaryName = keyof typeof programs;

/** Every program of the sandbox that is built here. */
export const binaryNames = Object.keys(programs) as readonly BinaryName[];

/** Where a built program is kept, whether it is there or not. */
export function binaryPath(name: BinaryName, cacheDir = cacheFolder()): string {
  return programPath(name, programs[name], wantsJournal(name), cacheDir);
}

/** Builds those of the programs that are missing, in the order of {@link binaryNames}; returns their paths. */
export async function ensureBinaries<Name extends BinaryName>(
  names: readonly Name[],
  { cacheDir = cacheFolder(), log }: { readonly cacheDir?: string; readonly log: Log },
): Promise<Record<Name, string>> {
  const wanted = binaryNames.filter((name) => names.includes(name as Name));
  const builds = wanted.map((name) => ({
    program: programs[name],
    path: binaryPath(name, cacheDir),
    ...(wantsJournal(name) && { prepare: withJournal }),
  }));
  await ensureBuilt(builds, cacheDir, log);
  return Object.fromEntries(names.map((name) => [name, binaryPath(name, cacheDir)])) as Record<Name, string>;
}

/** As a Go module Prometheus 3.15.1 is v0.315.1. */
export function prometheusModule(): Pick<GoProgram, "module" | "version"> {
  const [, major, minor, patch] = /^v(\d+)\.(\d+)\.(\d+)$/.exec(images.prometheus.tag) ?? [];
  return { module: "github.com/prometheus/prometheus", version: `v0.${Number(major) * 100 + Number(minor)}.${patch}` };
}

function prometheusProgram(command: string): GoProgram {
  const program: GoProgram = {
    ...prometheusModule(),
    package: `github.com/prometheus/prometheus/cmd/${command}`,
    variables: prometheusVersion(images.prometheus.tag),
  };
  return command === "promtool" ? program : { ...program, completion: prometheusPages, tags: ["builtinassets"] };
}

function alertmanagerProgram(command: string): GoProgram {
  const program: GoProgram = {
    module: "github.com/prometheus/alertmanager",
    version: images.alertmanager.tag,
    package: `github.com/prometheus/alertmanager/cmd/${command}`,
    variables: prometheusVersion(images.alertmanager.tag),
  };
  return command === "amtool" ? program : { ...program, completion: alertmanagerPages };
}

function lokiProgram(path: string, tag: string): GoProgram {
  return {
    module: "github.com/grafana/loki/v3",
    version: `v${tag}`,
    package: `github.com/grafana/loki/v3/${path}`,
    variables: { "github.com/grafana/loki/v3/pkg/util/build.Version": tag },
  };
}

function prometheusVersion(tag: string): Record<string, string> {
  return { "github.com/prometheus/common/version.Version": tag.replace(/^v/, "") };
}

/** Promtail reads the journal only in a build against systemd's headers, which needs a C compiler. */
function wantsJournal(name: BinaryName): boolean {
  return name === "promtail" && findProgram("gcc") !== undefined;
}

async function withJournal(program: GoProgram, scratch: string, log: Log): Promise<GoProgram> {
  const tags = ["promtail_journal_enabled"];
  if (existsSync("/usr/include/systemd/sd-journal.h")) return { ...program, tags, cFlags: "" };
  try {
    const debian = await UnstableSuite.open(join(scratch, "apt"));
    await debian.unpack(["libsystemd-dev"], join(scratch, "root"));
    return { ...program, tags, cFlags: `-I${join(scratch, "root", "usr", "include")}` };
  } catch (error) {
    log(`promtail: built without the systemd journal, whose headers cannot be had: ${(error as Error).message}`);
    return program;
  }
}
