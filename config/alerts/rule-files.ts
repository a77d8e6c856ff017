import type { RenderedFile } from "../file.ts";
import type { Settings } from "../settings/schema.ts";
import { ownRules } from "./own-rules/own-rules.ts";
import { renderLogRules, renderRules } from "./render.ts";

/** Built-in and user rules of Prometheus; the latter were checked with the config. */
export function allRules(settings: Settings): RenderedFile[] {
  return [...renderRules(settings), ...ownRules(settings).files];
}

/** Built-in and user rules of the Loki ruler. */
export function allLogRules(settings: Settings): RenderedFile[] {
  return [...renderLogRules(settings), ...ownRules(settings).logFiles];
}
