import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Collector } from "../../config/products/collector/collector.ts";
import { collectorOf, collectors } from "../../config/products/collector/index.ts";
import { imageReference } from "../../config/products/images.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { findProgram } from "../lib/find-program.ts";
import { tryRun } from "../lib/run-command.ts";
import type { Log } from "../lib/step.ts";
import { cacheFolder } from "../offline/cache.ts";
import { dockerAnswers, isLocalDaemon } from "../start/docker-host.ts";

/** How to run a collector on this machine. */
export interface RunnableCollector {
  readonly collector: Collector;
  /** Address of this machine as the collector sees it. */
  readonly receiverHost: string;
  /** Interface on which the collector serves its metrics. */
  readonly listenAddress: string;
  /** Command with the arguments of the collector, which may read and write `folder` and publishes `port`. */
  readonly command: (args: readonly string[], folder: string, port: number) => readonly [string, ...string[]];
}

/**
 * Finds a collector: that of the stack, as a program or else as an image, or the other one, which runs the same pipeline.
 * Throws if there is none, or if a program is used and `/usr/share/zoneinfo` lacks one of the `timezones` (IANA names).
 */
export async function findCollector(
  settings: Settings,
  timezones: readonly string[],
  log: Log,
): Promise<RunnableCollector> {
  const chosen = collectorOf(settings);
  const found = installed(chosen, timezones) ?? (await fromImage(settings, chosen, log));
  if (found !== undefined) return found;
  const other = Object.values(collectors).find(({ workload }) => workload !== chosen.workload);
  const substitute = other && installed(other, timezones);
  if (substitute === undefined) throw new Error(missing(chosen));
  log(
    `${chosen.workload} is not on this machine; using ${substitute.collector.workload}, which runs the same pipeline`,
  );
  return substitute;
}

function missing({ workload }: Collector): string {
  return [
    `no collector on this machine; use one of:`,
    `  - start Docker, which runs the stack's image of ${workload}`,
    `  - install Alloy: https://grafana.com/docs/alloy/latest/set-up/install/`,
    `  - build Promtail (about 6 minutes, Linux only): npm run sandbox -- images`,
    "",
  ].join("\n");
}

/** Finds the program on PATH or among those built for the sandbox. Throws if one of the time zones is not installed. */
function installed(collector: Collector, timezones: readonly string[]): RunnableCollector | undefined {
  const program = findProgram(collector.workload, join(cacheFolder(), "bin"));
  if (program === undefined) return undefined;
  const unknown = timezones.find((zone) => zone !== "UTC" && !existsSync(join("/usr/share/zoneinfo", zone)));
  if (unknown !== undefined)
    throw new Error(`/usr/share/zoneinfo/${unknown} does not exist; install the package tzdata`);
  return {
    collector,
    receiverHost: "127.0.0.1",
    listenAddress: "127.0.0.1",
    command: (args) => [program, ...args],
  };
}

async function fromImage({ images }: Settings, collector: Collector, log: Log): Promise<RunnableCollector | undefined> {
  if (findProgram("docker") === undefined || !(await dockerAnswers()) || !(await isLocalDaemon())) return undefined;
  const image = imageReference(collector.image, images[collector.image] ?? {}, images.mirror);
  if ((await tryRun("docker", ["image", "inspect", image])).code !== 0) {
    log(`pulling ${image} …`);
    if ((await tryRun("docker", ["pull", "--quiet", image])).code !== 0) return undefined;
  }
  // Engines in a virtual machine do not share this machine's loopback interface.
  const sharesLoopback = process.platform === "linux";
  const user = process.getuid === undefined ? [] : ["--user", `${process.getuid()}:${process.getgid?.()}`];
  return {
    collector,
    receiverHost: sharesLoopback ? "127.0.0.1" : "host.docker.internal",
    listenAddress: sharesLoopback ? "127.0.0.1" : "0.0.0.0",
    command: (args, folder, port) => [
      "docker",
      "run",
      "--rm",
      ...(sharesLoopback ? ["--network", "host"] : ["--publish", `127.0.0.1:${port}:${port}`]),
      ...user,
      ...["--cap-drop", "ALL", "--read-only", "--tmpfs", "/tmp", "--volume", `${folder}:${folder}`],
      ...["--entrypoint", collector.program, image, ...args],
    ],
  };
}
