import { dirname } from "node:path";
import type { Settings } from "../../settings/schema.ts";

/** A directory of the host, and where the collector sees it. */
interface Mount {
  readonly hostPath: string;
  readonly directory: string;
}

/**
 * Where the collector reads the journal. Only parents of a journal are mounted: Docker would create a missing directory, and
 * with an empty /var/log/journal, journald would make a volatile journal persistent.
 */
function places({ demo, logs }: Settings): { readonly path?: string; readonly mounts: readonly Mount[] } {
  const { path } = logs.sources.journal;
  // With the demo, /var/log itself cannot be mounted, because the demo's logs are mounted below it.
  if (path !== "auto" || demo.enabled) return below(path === "auto" ? "/var/log/journal" : path);
  // Without a path, systemd's library opens those of the two that exist, for this machine ID.
  return { mounts: ["/var/log", "/run/log", "/etc/machine-id"].map((path) => ({ hostPath: path, directory: path })) };
}

function below(path: string) {
  const parent = dirname(path);
  return { path: `/host${path}`, mounts: [{ hostPath: parent, directory: `/host${parent}` }] };
}

/** Directory of the journal in the collector's container; undefined for the usual ones. */
export function journalPath(settings: Settings): string | undefined {
  return places(settings).path;
}

/** What the collector must see of the host to read the journal. */
export function journalMounts(settings: Settings): readonly Mount[] {
  return places(settings).mounts;
}
