import { existsSync } from "node:fs";
import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { usualDocker } from "../../config/settings/sections/docker.ts";
import { tryRun } from "../lib/run-command.ts";
import { supportsStartInterval } from "./docker-host.ts";

/** A Docker host, as its daemon describes it. */
export interface DockerHost {
  /** API version of the daemon, such as "1.41". */
  readonly apiVersion: string;
  /** Address of the daemon, such as "unix:///var/run/docker.sock". */
  readonly endpoint: string;
  readonly dataDirectory: string;
  /** Security options of the daemon, such as "name=rootless". */
  readonly securityOptions: readonly string[];
  /** Whether a path exists on the host; undefined for a remote daemon. */
  readonly exists: ((path: string) => boolean) | undefined;
}

/** Queries the daemon; undefined if it does not respond. */
export async function dockerHost(): Promise<DockerHost | undefined> {
  const ask = async (...args: string[]) => {
    const { code, stdout } = await tryRun("docker", args);
    return code === 0 ? stdout.trim() : undefined;
  };
  const [apiVersion, endpoint, info] = await Promise.all([
    ask("version", "--format", "{{.Server.APIVersion}}"),
    ask("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"),
    ask("info", "--format", "{{.DockerRootDir}}\t{{json .SecurityOptions}}"),
  ]);
  if (apiVersion === undefined || endpoint === undefined || info === undefined) return undefined;
  const [dataDirectory = "", options = ""] = info.split("\t");
  return {
    apiVersion,
    endpoint,
    dataDirectory,
    securityOptions: (JSON.parse(options) as string[] | null) ?? [],
    exists: /^(?:unix|npipe):/.test(endpoint) ? existsSync : undefined,
  };
}

/** Values that suit the Docker host, by key path. Includes only keys that the stack leaves at their defaults. */
export function hostSettings(settings: Settings, host: DockerHost): Map<string, string> {
  const found = new Map<string, string>();
  if (!traitsOf(settings).usesDockerEngine) return found;
  const { docker } = settings;
  const has = (option: string) => host.securityOptions.some((text) => text.split(",").includes(`name=${option}`));

  if (docker.startInterval === "0s" && supportsStartInterval(host.apiVersion)) found.set("docker.startInterval", "1s");

  const socket = localSocket(host.endpoint, has("rootless"));
  if (docker.socket === usualDocker.socket && socket !== undefined) found.set("docker.socket", socket);

  if (docker.dataDirectory === usualDocker.dataDirectory && host.dataDirectory.startsWith("/"))
    if (host.dataDirectory !== docker.dataDirectory) found.set("docker.dataDirectory", host.dataDirectory);

  if (docker.seLinuxType === undefined && has("selinux")) found.set("docker.seLinuxType", "spc_t");

  const { enabled, path } = settings.logs.sources.journal;
  // With the demo, "auto" only reads /var/log/journal; without it, whichever journal exists.
  const isVolatile = host.exists?.("/run/log/journal") && !host.exists("/var/log/journal");
  if (settings.logs.enabled && enabled && path === "auto" && settings.demo.enabled && isVolatile)
    found.set("logs.sources.journal.path", "/run/log/journal");
  return found;
}

/**
 * Path of the socket on the daemon's host; undefined if it is the default. Outside /run, only the socket of a rootless daemon
 * counts: others forward to a VM (Docker Desktop, Colima), where the default path is correct.
 */
function localSocket(endpoint: string, rootless: boolean): string | undefined {
  const path = /^unix:\/\/(\/.+)$/.exec(endpoint)?.[1];
  if (path === undefined || /^(?:\/var)?\/run\/docker\.sock$/.test(path)) return undefined;
  return rootless || /^(?:\/var)?\/run\//.test(path) ? path : undefined;
}
