/** Switches whose default is another one on Kubernetes: its nodes have no Docker to ask, and its pods and objects are there to be read. */
const onKubernetes: readonly [path: readonly string[], value: boolean][] = [
  [["logs", "sources", "containers", "enabled"], false],
  [["logs", "sources", "syslog", "enabled"], false],
  [["logs", "sources", "pods", "enabled"], true],
  [["exporters", "kubeStateMetrics", "enabled"], true],
];

/** The config with the defaults of its platform filled in where it says nothing. */
export function withPlatformDefaults(plain: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (plain["platform"] !== "kubernetes") return { ...plain };
  return onKubernetes.reduce<Record<string, unknown>>((config, [path, value]) => filled(config, path, value), {
    ...plain,
  });
}

/** A value of the wrong type on the way stays as it is: the schema has the words for it. */
function filled(
  object: Record<string, unknown>,
  [key = "", ...rest]: readonly string[],
  value: boolean,
): Record<string, unknown> {
  const known = object[key];
  if (rest.length === 0) return known === undefined ? { ...object, [key]: value } : object;
  if (known !== undefined && (typeof known !== "object" || known === null || Array.isArray(known))) return object;
  return { ...object, [key]: filled((known ?? {}) as Record<string, unknown>, rest, value) };
}
