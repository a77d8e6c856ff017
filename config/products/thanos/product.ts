import type { Product } from "../product.ts";

/** Directory of the config files of every component. */
export const thanosDirectory = "/etc/thanos";

/**
 * Directory of the data volume. It is the only one in the image that its user can write to, and a new Docker volume inherits
 * the owner and mode of the directory at which it is mounted.
 */
export const thanosDataDirectory = "/tmp";

/** File of both keys, in the format of the S3 client. */
export const credentialsFile = "credentials";

export const thanosGrpcPort = 10_901;

const grpcTls = [
  "--grpc-server-tls-cert={directory}/tls.crt",
  "--grpc-server-tls-key={directory}/tls.key",
  "--grpc-server-tls-client-ca={directory}/ca.pem",
] as const;

const webTls = "--http.config={directory}/web.yml";

// All components have the same name, because Query can expect only one of all that it reads from.
const name = "thanos";

const program = {
  image: "thanos",
  port: 10_902,
  probe: { path: "/-/ready", by: "wget" },
  // Same as Prometheus, because the sidecar shares its volume.
  user: "65534:65534",
  // The CA is read at start-up; the certificate is reloaded.
  readsTls: "at start",
} as const satisfies Partial<Product>;

const keys = (workload: string) =>
  ({
    secrets: {
      directory: `/etc/secrets/${workload}/secrets`,
      keys: ["longTermAccessKey", "longTermSecretKey"],
      read: "at start",
    },
  }) as const;

/** Next to each Prometheus: serves its samples to Query, and uploads its blocks. */
export const thanosSidecar = {
  ...program,
  workload: "thanos-sidecar",
  job: "thanos-sidecar",
  secretFiles: keys("thanos-sidecar"),
  tls: { name, args: [webTls, ...grpcTls] },
} as const satisfies Product;

/** Evaluates queries on the samples of all sidecars and store gateways. */
export const thanosQuery = {
  ...program,
  workload: "thanos-query",
  job: "thanos-query",
  tls: { name, args: [webTls] },
} as const satisfies Product;

/** Splits long queries and caches responses. */
export const thanosQueryFrontend = {
  ...program,
  workload: "thanos-query-frontend",
  job: "thanos-query-frontend",
  tls: { name, args: [webTls] },
} as const satisfies Product;

/** Serves the blocks in the bucket. */
export const thanosStore = {
  ...program,
  workload: "thanos-store",
  job: "thanos-store",
  secretFiles: keys("thanos-store"),
  tls: { name, args: [webTls, ...grpcTls] },
} as const satisfies Product;

/** Compacts and downsamples the blocks in the bucket, and deletes expired ones. */
export const thanosCompactor = {
  ...program,
  workload: "thanos-compactor",
  job: "thanos-compactor",
  secretFiles: keys("thanos-compactor"),
  tls: { name, args: [webTls] },
} as const satisfies Product;

export const thanosProducts = [
  thanosSidecar,
  thanosQuery,
  thanosQueryFrontend,
  thanosStore,
  thanosCompactor,
] as const satisfies readonly Product[];
