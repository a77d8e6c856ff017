import { type ImageName, imageReference } from "../config/products/images.ts";
import type { Settings } from "../config/settings/schema.ts";
import type { Platform } from "./platform/platform.ts";
import type { FileSet } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Passed to every component: settings, secrets, and the platform that runs its workloads. */
export interface StackContext {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly platform: Platform;
}

/** Image reference, including overrides in the config. */
export function imageOf({ images }: Settings, name: ImageName): string {
  return imageReference(name, images[name] ?? {}, images.mirror);
}

/** One file per secret, named after its key. */
export function secretSet(
  secrets: Secrets,
  keys: readonly string[],
  { directory, reload }: Pick<FileSet, "directory" | "reload">,
): FileSet {
  return {
    name: "secrets",
    directory,
    files: keys.map((key) => ({ path: key, content: secrets.get(key) })),
    secret: true,
    reload,
  };
}
