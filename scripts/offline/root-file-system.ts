import { existsSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../lib/find-program.ts";
import { run, tryRun } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { shortHash, withScratchFolder } from "./cache.ts";
import { debianMirror, installPackages, keyring, suite } from "./debian.ts";

const packages = [
  "bash",
  // Provides the same wget as the official images, for health checks.
  "busybox",
  "ca-certificates",
  "caddy",
  "haproxy",
  "libatomic1",
  "libstdc++6",
  "libsystemd0",
  "nginx",
  "postgresql",
  "prometheus-nginx-exporter",
  "prometheus-postgres-exporter",
  "prometheus-redis-exporter",
  "redis-server",
  "tzdata",
  "util-linux",
] as const;

const prepareScript = join(import.meta.dirname, "images", "prepare-root.sh");
const finishScript = join(import.meta.dirname, "images", "finish-root.sh");

/** Hash of the inputs of the root file system, except the package versions in the unstable suite. */
export function rootFileSystemHash(): string {
  return shortHash(suite, packages, readFileSync(prepareScript, "utf8"), readFileSync(finishScript, "utf8"));
}

/** Imports the root file system as an image. Rebuilds a corrupt file in the cache. */
export async function importRootFileSystem(image: string, cacheDir: string, log: Log): Promise<void> {
  const tar = await buildRootFileSystem(cacheDir, log);
  if ((await tryRun("docker", ["import", tar, image])).code === 0) return;
  await rm(tar);
  await run("docker", ["import", await buildRootFileSystem(cacheDir, log), image]);
}

/** Builds a Debian root file system with the packaged programs. Returns the path of the tar file in the cache. */
async function buildRootFileSystem(cacheDir: string, log: Log): Promise<string> {
  const tar = join(cacheDir, `root-file-system-${rootFileSystemHash()}.tar`);
  if (existsSync(tar)) return tar;
  if (findProgram("mmdebstrap") === undefined || !existsSync(keyring)) {
    await installPackages(["mmdebstrap", "debian-archive-keyring"], "mmdebstrap", log);
  }
  await step(log, "Installing Debian packages into a root file system", () =>
    withScratchFolder(cacheDir, async (scratch) => {
      const unfinished = join(scratch, "root.tar");
      const mirror = await debianMirror();
      await run("mmdebstrap", [
        "--variant=apt",
        `--keyring=${keyring}`,
        ...["doc", "man", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
        "--dpkgopt=force-confold",
        '--aptopt=APT::Install-Recommends "false"',
        ...(await aptAcquireOptions()).map((option) => `--aptopt=${option}`),
        `--essential-hook=${prepareScript}`,
        `--customize-hook=${finishScript}`,
        `--include=${packages.join(",")}`,
        suite,
        unfinished,
        ...(mirror === undefined ? [] : [mirror]),
      ]);
      await rename(unfinished, tar);
    }),
  );
  return tar;
}

/** This machine's apt options for downloads (proxy, retries, checks), to pass on to mmdebstrap. */
async function aptAcquireOptions(): Promise<string[]> {
  const { stdout } = await tryRun("apt-config", ["dump", "--no-empty"]);
  return stdout.split("\n").flatMap((line) => /^(Acquire::(?:Check-|Retries|https?::).*);$/.exec(line)?.[1] ?? []);
}
