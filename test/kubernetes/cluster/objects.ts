import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatewayApiFolder } from "../../../scripts/offline/gateway-api.ts";
import type { ApiObject, Kubectl } from "./kubectl.ts";

/** Creates objects that a test needs in addition to those that it tests. */
export async function createObjects(kubectl: Kubectl, objects: readonly object[]): Promise<void> {
  await withFile({ apiVersion: "v1", kind: "List", items: objects }, (file) =>
    kubectl.run(["create", "--filename", file]),
  );
}

/** Adds the Gateway API to the server. */
export async function defineGatewayApi(kubectl: Kubectl): Promise<void> {
  const definitions = ["--filename", gatewayApiFolder()];
  await kubectl.run(["create", ...definitions]);
  await kubectl.run(["wait", "--for=condition=Established", "--timeout=60s", ...definitions]);
}

/** Posts to a path of the API and returns what it answered, refused or not. */
export function post(kubectl: Kubectl, path: string, body: object, options: readonly string[] = []) {
  return withFile(body, (file) => kubectl.try(["create", "--raw", path, "--filename", file, ...options]));
}

async function withFile<T>(content: object, use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "white-room-objects-"));
  try {
    const file = join(folder, "objects.json");
    writeFileSync(file, JSON.stringify(content));
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Claim extends ApiObject {
  readonly spec: {
    readonly storageClassName?: string;
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
  };
  readonly status: { readonly phase: string };
}

/** A StorageClass without a provisioner: tests create a volume for each claim. */
export function storageClass(name: string): object {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Retain",
  };
}

/** The StorageClass of claims that specify none. */
export const defaultClass = "standard";

export function defaultStorageClass(): object {
  const metadata = { name: defaultClass, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } };
  return { ...storageClass(defaultClass), metadata };
}

/** A volume that is reserved for this claim and backed by `source`. */
export function volumeFor(claim: Claim, source: object): object {
  const { namespace, name } = claim.metadata;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `${namespace}-${name}` },
    spec: {
      capacity: claim.spec.resources.requests,
      accessModes: claim.spec.accessModes,
      storageClassName: claim.spec.storageClassName,
      persistentVolumeReclaimPolicy: "Retain",
      claimRef: { namespace, name },
      ...source,
    },
  };
}

/** Volumes of the default class for any claim, for tests that cannot create one when a claim appears. */
export function spareVolumes(count: number): object[] {
  return Array.from({ length: count }, (_, number) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `spare-${number}` },
    spec: {
      capacity: { storage: "1Ti" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: defaultClass,
      hostPath: { path: "/nowhere" },
    },
  }));
}
