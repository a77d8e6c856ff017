import { isMissing } from "../../config/settings/named-file.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { UsageError } from "../lib/usage-error.ts";
import { deployedStack, root } from "./stack-project.ts";

/** Settings of a stack as last deployed, or from `file`; secrets may be missing. */
export function deployedSettings(stack: string, file?: string, checkout = root): Settings {
  const { configFile, command } = deployedStack(stack, checkout);
  const path = file ?? configFile;
  if (isMissing(path)) throw new UsageError(`${path} does not exist; name a stack that has one with --stack`);
  return toSettings({ ...readStackFile(stack, path, file), command }, { requireSecrets: false });
}
