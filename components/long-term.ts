import * as pulumi from "@pulumi/pulumi";
import type { RenderedFile } from "../config/file.ts";
import { reach } from "../config/products/product.ts";
import { prometheus } from "../config/products/prometheus/product.ts";
import {
  compactorCommand,
  frontendCommand,
  queryCommand,
  sidecarCommand,
  storeCommand,
} from "../config/products/thanos/arguments.ts";
import { type LongTermSettings, queryReplicas } from "../config/products/thanos/long-term.ts";
import {
  credentialsFile,
  thanosCompactor,
  thanosDataDirectory,
  thanosDirectory,
  thanosGrpcPort,
  thanosQuery,
  thanosQueryFrontend,
  thanosSidecar,
  thanosStore,
} from "../config/products/thanos/product.ts";
import { type StoreShard, storeShards } from "../config/products/thanos/store-shards.ts";
import {
  renderFrontend,
  renderIndexCache,
  renderObjectStorage,
  renderPrometheusClient,
} from "../config/products/thanos/thanos.ts";
import { longTermKeys } from "../config/settings/secrets.ts";
import { described, type StackContext, secretSet, tlsSet } from "./context.ts";
import { storageAccess } from "./object-storage.ts";
import type { FileSet, Port, Sidecar, Workload } from "./platform/workload.ts";

type Context = Pick<StackContext, "settings" | "secrets">;

/** Thanos: metrics in object storage, and queries on them. Its sidecars belong to Prometheus. */
export class LongTerm extends pulumi.ComponentResource {
  constructor(
    name: string,
    { longTerm, ...context }: StackContext & { readonly longTerm: LongTermSettings },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("white-room-monitoring:metrics:LongTerm", name, {}, opts);
    const workloads = [
      ...storeShards(longTerm).map((shard) => store(context, longTerm, shard)),
      compactor(context, longTerm),
      query(context, longTerm),
      frontend(context, longTerm),
    ];
    for (const workload of workloads) context.platform.deploy(workload, { parent: this });
    this.registerOutputs({});
  }
}

type Component = Parameters<typeof described>[1] & Parameters<typeof tlsSet>[2];

/** What all components of Thanos have in common. */
function component(
  { settings, secrets }: Context,
  product: Component,
  files: readonly RenderedFile[],
  access?: readonly FileSet[],
) {
  const http: Port = { name: "http", port: product.port, scraped: true };
  const config: FileSet = {
    name: "config",
    directory: thanosDirectory,
    files,
    secret: false,
    reload: { kind: "restart" },
  };
  return {
    ...described(settings, product),
    service: "monitoring",
    files: [...(files.length > 0 ? [config] : []), ...(access ?? []), ...tlsSet(settings, secrets, product)],
    ports: [http],
    placement: "service",
    stopGraceSeconds: 30,
  } satisfies Partial<Workload>;
}

const grpc: Port = { name: "grpc", port: thanosGrpcPort };

type OnBucket = typeof thanosSidecar | typeof thanosStore | typeof thanosCompactor;

function bucketAccess({ settings, secrets }: Context, { objectStorage }: LongTermSettings, product: OnBucket) {
  return storageAccess(settings, secrets, {
    storage: objectStorage,
    set: secretSet(secrets, product, "secrets", []),
    keys: longTermKeys,
    path: credentialsFile,
  });
}

/** The sidecar of Prometheus. */
export function thanosSidecarOf(context: Context, longTerm: LongTermSettings): Sidecar {
  const { settings } = context;
  const access = bucketAccess(context, longTerm, thanosSidecar);
  const files = [...renderObjectStorage(longTerm), ...renderPrometheusClient(settings)];
  const {
    service: _service,
    user: _user,
    placement: _placement,
    ...program
  } = component(context, thanosSidecar, files, access.files);
  return {
    ...program,
    ...access.workload,
    command: sidecarCommand(settings, longTerm),
    // In pods, they are next to the ports of Prometheus.
    ports: [
      { name: "thanos-http", port: thanosSidecar.port, scraped: true },
      { name: "thanos-grpc", port: thanosGrpcPort },
    ],
    limits: longTerm.sidecar.limits,
    shares: ["data"],
  };
}

function store(context: Context, longTerm: LongTermSettings, shard: StoreShard): Workload {
  const access = bucketAccess(context, longTerm, thanosStore);
  const files = [...renderObjectStorage(longTerm), renderIndexCache(longTerm)];
  const common = component(context, thanosStore, files, access.files);
  return {
    ...common,
    ...access.workload,
    name: shard.workload,
    command: storeCommand(context.settings, longTerm, shard),
    ports: [...common.ports, grpc],
    // Index headers, which it can download again.
    volumes: [{ name: "data", directory: thanosDataDirectory, size: longTerm.store.volumeSize, keep: false }],
    limits: longTerm.store.limits,
  };
}

/** A single one per bucket: two would create overlapping blocks. */
function compactor(context: Context, longTerm: LongTermSettings): Workload {
  const access = bucketAccess(context, longTerm, thanosCompactor);
  return {
    ...component(context, thanosCompactor, renderObjectStorage(longTerm), access.files),
    ...access.workload,
    command: compactorCommand(context.settings, longTerm),
    // Blocks while they are compacted, which it downloads again after a restart.
    volumes: [{ name: "data", directory: thanosDataDirectory, size: longTerm.compactor.volumeSize, keep: false }],
    limits: longTerm.compactor.limits,
  };
}

function query(context: Context, longTerm: LongTermSettings): Workload {
  const sources = [prometheus, ...storeShards(longTerm)].map(({ workload }) => ({ workload, port: thanosGrpcPort }));
  return {
    ...component(context, thanosQuery, []),
    command: queryCommand(context.settings, longTerm),
    replicas: queryReplicas(context.settings, longTerm),
    limits: longTerm.query.limits,
    reaches: sources,
  };
}

function frontend(context: Context, longTerm: LongTermSettings): Workload {
  return {
    ...component(context, thanosQueryFrontend, renderFrontend(context.settings, longTerm)),
    command: frontendCommand(context.settings),
    replicas: queryReplicas(context.settings, longTerm),
    limits: longTerm.frontend.limits,
    reaches: [reach(thanosQuery)],
  };
}
