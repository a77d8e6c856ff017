import { alloy } from "../alloy/product.ts";
import { remoteSecrets } from "../collector/collector.ts";
import type { Product } from "../product.ts";

const workload = "events-collector";

/** Alloy that reads the events of a cluster, whichever collector reads the log files. */
export const eventsCollector = {
  workload,
  image: alloy.image,
  job: workload,
  configDirectory: alloy.configDirectory,
  program: alloy.program,
  args: alloy.args,
  port: alloy.port,
  probe: alloy.probe,
  // The image's own user is enough, because it reads no files of the host.
  user: "473:473",
  readsTls: alloy.readsTls,
  secretFiles: remoteSecrets(workload),
  reloadPath: alloy.reloadPath,
  check: alloy.check,
} as const satisfies Product & Record<string, unknown>;
