import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { renderAlloy } from "./alloy.ts";
import type { CollectorPlaces } from "./pipeline.ts";
import { renderPromtail } from "./promtail.ts";

/** Files of the configured collector, relative to the product's config directory. */
export function renderCollector(settings: Settings, places: CollectorPlaces = {}): RenderedFile[] {
  return settings.logs.collector === "alloy" ? renderAlloy(settings, places) : renderPromtail(settings, places);
}
