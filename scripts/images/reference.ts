/** An image reference taken apart. */
export interface Reference {
  /** As people write it: "docker.io", "quay.io", "localhost:5000". */
  readonly registry: string;
  /** Path in the registry, "library/node". */
  readonly path: string;
  readonly tag: string;
  readonly digest?: string;
}

/** Takes `registry/path:tag[@digest]` apart. The host is always written, as in config/products/images.ts. */
export function parseReference(reference: string): Reference {
  const [named = "", digest] = reference.split("@");
  const slash = named.indexOf("/");
  const colon = named.lastIndexOf(":");
  if (slash <= 0 || colon < slash) throw new Error(`${reference} is not of the form registry/path:tag`);
  return {
    registry: named.slice(0, slash),
    path: named.slice(slash + 1, colon),
    tag: named.slice(colon + 1),
    ...(digest !== undefined && { digest }),
  };
}

/** Base URL of a registry's API. Plain HTTP on this machine only, as Docker does. */
export function registryUrl(registry: string): string {
  if (registry === "docker.io") return "https://registry-1.docker.io";
  return /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(registry) ? `http://${registry}` : `https://${registry}`;
}
