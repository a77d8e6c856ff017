import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { load, YAMLException } from "js-yaml";

/**
 * The provider that the stack component was given, or else one that updates ConfigMaps and Secrets in place. The default
 * provider would replace them and the pods that mount them.
 */
export function clusterProvider(name: string, parent: pulumi.Resource): pulumi.ProviderResource {
  const given = parent.getProvider("kubernetes:core/v1:Namespace");
  if (given !== undefined) return given;
  // An explicit provider ignores the stack's kubernetes:context and kubernetes:kubeconfig.
  const configured = new pulumi.Config("kubernetes");
  const context = configured.get("context");
  const kubeconfig = configured.getSecret("kubeconfig");
  const looksForOne = pulumi.runtime.isDryRun() && kubeconfig === undefined;
  const missing = looksForOne ? missingCluster(process.env, homedir(), context) : undefined;
  if (missing !== undefined) {
    // The provider continues silently.
    void pulumi.log.warn(
      `${missing}; no API server was contacted, so what it would reject shows only at \`up\`.`,
      parent,
    );
  }
  return new Provider(
    name,
    {
      enableConfigMapMutable: true,
      enableSecretMutable: true,
      ...(context !== undefined && { context }),
      ...(kubeconfig !== undefined && { kubeconfig }),
    },
    { parent },
  );
}

interface Kubeconfig {
  readonly contexts?: readonly { readonly name?: string }[] | null;
  readonly "current-context"?: string;
}

/**
 * Describes why no cluster is configured, and how to fix it; undefined if one is. Does not check whether the cluster is
 * reachable.
 */
export function missingCluster(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  context?: string,
): string | undefined {
  const { KUBECONFIG: list, KUBERNETES_SERVICE_HOST: inside } = environment;
  const files = (list || join(home, ".kube", "config")).split(delimiter).filter((file) => existsSync(file));
  if (files.length === 0) {
    return inside === undefined ? "No kubeconfig found; create ~/.kube/config, or set KUBECONFIG" : undefined;
  }
  let configs: Kubeconfig[];
  try {
    configs = files.map((file) => (load(readFileSync(file, "utf8")) ?? {}) as Kubeconfig);
  } catch (error) {
    // YAML error messages quote the file, which may contain a token.
    const { message } = error as Error;
    return `The kubeconfig ${list || "~/.kube/config"} cannot be read: ${error instanceof YAMLException ? error.reason : message}`;
  }
  const known = configs.flatMap(({ contexts }) => (contexts ?? []).flatMap(({ name }) => name ?? []));
  const current = configs.map((config) => config["current-context"]).find(Boolean);
  const wanted = context ?? current;
  if (wanted !== undefined && known.includes(wanted)) return undefined;
  const what = wanted === undefined ? "current context" : `context ${JSON.stringify(wanted)}`;
  const choice = known.length === 0 ? "it contains none" : `known contexts are ${known.join(", ")}`;
  return `The kubeconfig has no ${what} (${choice}); set one with \`pulumi config set kubernetes:context NAME\``;
}
