/** A parsed image reference. */
export interface Reference {
  /** Registry host, such as "docker.io" or "localhost:5000". */
  readonly registry: string;
  /** Path in the registry, such as "library/node". */
  readonly path: string;
  readonly tag: string;
  readonly digest?: string;
}

/** Parses `registry/path:tag[@digest]`. The registry is required. */
export function parseReference(reference: string): Reference {
  const [named = "", digest] = reference.split("@");
  const slash = named.indexOf("/");
  const colon = named.lastIndexOf(":");
  if (slash <= 0 || colon < slash) throw new Error(`${reference} does not have the form registry/path:tag`);
  return {
    registry: named.slice(0, slash),
    path: named.slice(slash + 1, colon),
    tag: named.slice(colon + 1),
    ...(digest !== undefined && { digest }),
  };
}

/** Base URL of a registry's API. Uses plain HTTP only for localhost, like Docker. */
export function registryUrl(registry: string): string {
  if (registry === "docker.io") return "https://registry-1.docker.io";
  return /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(registry) ? `http://${registry}` : `https://${registry}`;
}
