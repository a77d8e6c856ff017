import { type ImageName, imageReference } from "../config/products/images.ts";
import { inTlsDirectory, servesTls, tlsConfigFiles, tlsDirectory, tlsFiles } from "../config/products/internal-tls.ts";
import type { Product, ProductProbe, Program, SecretFiles } from "../config/products/product.ts";
import { publishesThroughGateway } from "../config/products/web-gateway/web-gateway.ts";
import type { Settings } from "../config/settings/schema.ts";
import type { Platform } from "./platform/platform.ts";
import { bashProbe, type FileSet, type Port, type Probe, type Workload, wgetProbe } from "./platform/workload.ts";
import type { Secrets } from "./secrets.ts";

/** Passed to every component: settings, secrets, and the platform that runs its workloads. */
export interface StackContext {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly platform: Platform;
}

/** Image reference, including overrides in the config. */
function imageOf({ images }: Settings, name: ImageName): string {
  return imageReference(name, images[name] ?? {}, images.mirror);
}

/** The fields of a workload that its descriptor sets. */
export function described(
  settings: Settings,
  product: Program & { readonly port: number },
): Pick<Workload, "name" | "image" | "user"> & { probe: Probe } {
  const { workload, image, user, probe, port } = product;
  const checked = servesTls(settings, product) ? tlsProbe(product) : probeOf(port, probe.path, probe.by);
  return { name: workload, image: imageOf(settings, image), user, probe: checked };
}

/** The images' wget, BusyBox, cannot present a certificate. */
function tlsProbe({ workload, port, probe: { path, by }, tls }: Parameters<typeof described>[1]): Probe {
  const { command, plainPort } = tls?.probe ?? {};
  if (plainPort !== undefined && command !== undefined) return { port: plainPort, path, command };
  if (command !== undefined) return { port, path, command: inTlsDirectory({ workload }, command), requiresTls: true };
  const connects = by === "wget" ? { command: ["nc", "-z", "127.0.0.1", String(port)] } : {};
  return { port, path, ...connects, requiresTls: true, connectionOnly: true };
}

/** The HTTP port of a product. If there is a web gateway, it publishes the port. */
export function httpPort(
  settings: Settings,
  product: Pick<Product, "port" | "tls">,
  publishedPort: number,
  { scraped = true } = {},
): Port {
  return {
    name: "http",
    port: product.port,
    publishedPort,
    ...(scraped && { scraped }),
    tls: servesTls(settings, product),
    ...(publishesThroughGateway(settings) && { behindGateway: true }),
  };
}

/** The files with which a program serves TLS and calls other components, if `network.tls` is enabled. */
export function tlsSet({ network }: Settings, secrets: Secrets, product: Omit<Program, "probe">): FileSet[] {
  const { enabled, ca, certificate } = network.tls;
  if (!enabled || ca === undefined || certificate === undefined || product.readsTls === undefined) return [];
  return [
    {
      name: "internal-tls",
      directory: tlsDirectory(product),
      files: [
        { path: tlsFiles.ca, content: ca },
        { path: tlsFiles.certificate, content: certificate },
        { path: tlsFiles.key, content: secrets.get("internalTlsKey") },
        ...tlsConfigFiles(product),
      ],
      secret: true,
      reload: { kind: product.readsTls === "at start" ? "restart" : "watches" },
    },
  ];
}

function probeOf(port: number, path: string, by: ProductProbe["by"]): Probe {
  if (by === "wget") return wgetProbe(port, path);
  if (by === "bash") return bashProbe(port, path);
  return by === "nothing" ? { port, path } : { port, path, command: by };
}

/**
 * One of a descriptor's sets of secrets, with a file per key. `keys`: those that the stack needs; by default all. Throws if
 * the descriptor does not list one of them.
 */
export function secretSet<Name extends string>(
  secrets: Secrets,
  { workload, secretFiles }: { readonly workload: string; readonly secretFiles: Readonly<Record<Name, SecretFiles>> },
  name: Name,
  keys: readonly string[] = secretFiles[name].keys,
): FileSet {
  const { directory, keys: listed, read } = secretFiles[name];
  const other = keys.find((key) => !listed.some((each) => key === each || key.startsWith(`${each}-`)));
  if (other !== undefined) throw new Error(`the descriptor of ${workload} does not list the secret ${other}`);
  return {
    name,
    directory,
    files: keys.map((key) => ({ path: key, content: secrets.get(key) })),
    secret: true,
    reload: { kind: read === "at start" ? "restart" : "watches" },
  };
}
