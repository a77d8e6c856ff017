import { traitsOf } from "../../components/platform/traits.ts";
import { logFilesOf } from "../products/collector/log-files.ts";
import { demoLogVolume } from "../white-room/demo.ts";
import { logDirectory } from "./paths.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** The demo's logs are mounted inside the directory of its services, which must not be read-only itself. */
export function checkDemoLogs({ logs, demo }: Settings): Problem[] {
  if (!logs.enabled || !demo.enabled) return [];
  return logFilesOf(logs.sources).flatMap(({ key, paths }) =>
    paths.flatMap((path, index) =>
      demoLogVolume.directory.startsWith(`${logDirectory(path)}/`)
        ? [
            {
              path: `logs.sources.${key}.paths[${index}]`,
              message: `${show(path)} is in a directory that contains the demo's ${demoLogVolume.directory}; move the logs to another directory, or disable the demo`,
            },
          ]
        : [],
    ),
  );
}

/** The demo's containers share logs through an in-memory volume, which pods cannot do. */
export function checkDemoPlatform(settings: Settings): Problem[] {
  if (traitsOf(settings).sharesMemory || !settings.demo.enabled) return [];
  return [
    {
      path: "demo.enabled",
      message: "true is supported only with platform: docker; use false",
    },
  ];
}
