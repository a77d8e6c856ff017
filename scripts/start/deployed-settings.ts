import { existsSync } from "node:fs";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { WrongWords } from "../lib/wrong-words.ts";
import { deployedStack, root } from "./stack-project.ts";

/** The settings of a stack as it was deployed last, or as `file` has them; secrets may be missing. */
export function deployedSettings(stack: string, file?: string, checkout = root): Settings {
  const { configFile, command } = deployedStack(stack, checkout);
  const path = file ?? configFile;
  if (!existsSync(path)) throw new WrongWords(`there is no ${path}: name a stack that has one with --stack`);
  return toSettings({ ...readStackFile(stack, path, file), command }, { requireSecrets: false });
}
