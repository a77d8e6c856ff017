import type { Settings } from "../../settings/schema.ts";
import { seconds } from "../../settings/units.ts";
import type { JaegerPlaces } from "./jaeger.ts";
import { jaeger } from "./product.ts";

/** Certificate of the store's authority, next to the config. */
export const storeCaFile = "store-ca.pem";

/**
 * Size of a stored span with Badger, in bytes, including its indices. `npm run bench -- traces` measured 383 with eleven
 * attributes; the rest is for span events, and for expired spans that are not compacted yet.
 */
export const bytesPerSpan = 500;

/** A backend of `jaeger_storage`. */
export function traceStore(settings: Settings, places: JaegerPlaces): object {
  const { storage, store, retention } = settings.tracing;
  const data = places.dataDirectory ?? jaeger.dataDirectory;
  // Go has no unit for days.
  const period = `${seconds(retention)}s`;
  if (storage === "badger" || store === undefined) {
    return {
      badger: {
        ephemeral: false,
        ttl: { spans: period },
        directories: { keys: `${data}/badger/keys`, values: `${data}/badger/values` },
      },
    };
  }
  const { servers, username, tls } = store;
  const password = `${places.secretsDirectory ?? jaeger.secretFiles.secrets.directory}/traceStorePassword`;
  const verification = {
    ...(tls.ca !== undefined && { ca_file: `${places.configDirectory ?? jaeger.configDirectory}/${storeCaFile}` }),
    ...(tls.serverName !== undefined && { server_name_override: tls.serverName }),
    ...(tls.insecureSkipVerify && { insecure_skip_verify: true }),
  };
  if (storage === "cassandra") {
    return {
      cassandra: {
        schema: { keyspace: store.keyspace, create: true, datacenter: store.datacenter, trace_ttl: period },
        connection: {
          servers: [...servers],
          auth: { basic: { username, password: `\${file:${password}}` } },
          tls: tls.ca === undefined ? { insecure: true } : verification,
        },
      },
    };
  }
  return {
    [storage]: {
      server_urls: [...servers],
      // Rereads the file.
      auth: { basic: { username, password_file: password, reload_interval: "10s" } },
      indices: { index_prefix: store.indexPrefix },
      max_span_age: period,
      tls: servers.every((server) => server.startsWith("http:")) ? { insecure: true } : verification,
    },
  };
}

/** Ports of the store's servers. */
export function storePorts({ store }: Settings["tracing"]): number[] {
  const ports = (store?.servers ?? []).map((server) => {
    if (!server.includes("://")) return Number(server.slice(server.lastIndexOf(":") + 1));
    const { port, protocol } = new URL(server);
    return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}
