import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { collectorConnections } from "../../settings/secrets.ts";
import { certificateFiles, httpConfig } from "../connections.ts";
import { chosenCollector } from "./chosen.ts";
import type { Destination } from "./stage.ts";

/** Destinations outside the stack. */
export function remoteDestinations(
  settings: Settings,
  places: { readonly configDirectory?: string; readonly secretDirectory?: string },
): Destination[] {
  const { configDirectory, secretFiles } = chosenCollector(settings);
  return settings.logs.remote.map(({ name, url, headers, proxyUrl, filters = [], ...connection }) => ({
    name: `remote_${name.replaceAll("-", "_")}`,
    url,
    headers,
    proxyUrl,
    http: httpConfig("logsRemote", name, connection, {
      certificates: places.configDirectory ?? configDirectory,
      secrets: places.secretDirectory ?? secretFiles.secrets.directory,
    }),
    filters,
  }));
}

/** Certificates that the collector's config refers to, next to it. */
export function collectorCertificates({ logs }: Settings): RenderedFile[] {
  return logs.remote.flatMap((endpoint) => certificateFiles("logsRemote", endpoint.name, endpoint));
}

/** Keys of all secrets that the collector reads. */
export function collectorSecrets(settings: Settings): string[] {
  return collectorConnections(settings).flatMap(({ keys }) => keys);
}
