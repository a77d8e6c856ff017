import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { collectorConnections } from "../../settings/secrets.ts";
import { alloy } from "../alloy/product.ts";
import { certificateFiles, httpConfig } from "../connections.ts";
import { promtail } from "../promtail/product.ts";
import type { Destination } from "./stage.ts";

const products = { alloy, promtail } as const;

/** Destinations outside the stack. */
export function remoteDestinations(
  { logs }: Settings,
  places: { readonly configDirectory?: string; readonly secretDirectory?: string },
): Destination[] {
  const { configDirectory, secretFiles } = products[logs.collector];
  return logs.remote.map(({ name, url, headers, proxyUrl, filters = [], ...connection }) => ({
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
