import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type AlertmanagerOptions, renderAlertmanager } from "../../config/products/alertmanager/alertmanager.ts";
import type { Settings } from "../../config/settings/schema.ts";

/** Writes the rendered files to a new folder, with secrets expected there too. The caller removes the folder. */
export function writeRendered(settings: Settings, options: AlertmanagerOptions): string {
  const folder = mkdtempSync(join(tmpdir(), "white-room-alertmanager-"));
  for (const { path, content } of renderAlertmanager(settings, options)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content.replaceAll(/\/etc\/alertmanager\/(?:config\/)?/g, `${folder}/`));
  }
  return folder;
}
