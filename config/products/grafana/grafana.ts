import { type RenderedFile, toYaml } from "../../file.ts";
import { type ExtraFolder, extraFolders } from "../../settings/extra-dashboards.ts";
import type { Settings } from "../../settings/schema.ts";
import { provisionedSources } from "./provisioned-data-sources.ts";

/** Paths in Grafana's container. */
export const grafanaDirectories = {
  provisioning: "/etc/grafana/provisioning",
  dashboards: "/etc/grafana/dashboards",
  folders: "/etc/grafana/folders",
  data: "/var/lib/grafana",
} as const;

/** Grafana provisioning: data sources and the dashboard provider. Paths are relative to the parent of `provisioning`. */
export function renderGrafana(settings: Settings): RenderedFile[] {
  return [
    {
      path: "provisioning/datasources/white-room.yml",
      content: toYaml({ apiVersion: 1, prune: true, datasources: provisionedSources(settings) }),
    },
    {
      path: "provisioning/dashboards/white-room.yml",
      content: toYaml({ apiVersion: 1, providers: [dashboardFolder, ...extraFolders(settings).map(folderProvider)] }),
    },
    // Empty, because Grafana logs an error for each of these directories that does not exist.
    ...["alerting", "plugins"].map((what) => ({
      path: `provisioning/${what}/white-room.yml`,
      content: toYaml({ apiVersion: 1 }),
    })),
  ];
}

const dashboardFolder = {
  name: "white-room",
  folder: "White Room",
  folderUid: "white-room",
  type: "file",
  // Delete dashboards whose file was removed. Users cannot delete provisioned dashboards anyway.
  disableDeletion: false,
  allowUiUpdates: false,
  updateIntervalSeconds: 10,
  options: { path: grafanaDirectories.dashboards },
};

/** A folder for the dashboards of a subdirectory of `visualization.extraDashboards`. */
function folderProvider({ title, uid }: ExtraFolder) {
  return { ...dashboardFolder, name: uid, folder: title, folderUid: uid, options: { path: folderDirectory(uid) } };
}

/** Directory of the dashboards of a folder. */
export function folderDirectory(uid: string): string {
  return `${grafanaDirectories.folders}/${uid}`;
}
