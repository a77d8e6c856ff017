import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";

/** Edits ConfigMaps and Secrets in place, where the default provider would replace them and with them what mounts them. */
export function clusterProvider(name: string, parent: pulumi.Resource): Provider {
  // A provider made by hand ignores the stack's own kubernetes:context and kubernetes:kubeconfig.
  const configured = new pulumi.Config("kubernetes");
  const context = configured.get("context");
  const kubeconfig = configured.getSecret("kubeconfig");
  if (pulumi.runtime.isDryRun() && kubeconfig === undefined && !findsCluster(process.env, homedir())) {
    // The provider leaves it out without a word.
    void pulumi.log.warn(
      "There is no kubeconfig, so no API server was asked: what it would refuse shows at `up` only.",
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

/** Whether the provider finds a cluster by itself, as kubectl does: by a file, or because it runs in one. */
export function findsCluster(environment: Readonly<Record<string, string | undefined>>, home: string): boolean {
  const files = environment["KUBECONFIG"]?.split(delimiter) ?? [join(home, ".kube", "config")];
  return files.some((file) => existsSync(file)) || environment["KUBERNETES_SERVICE_HOST"] !== undefined;
}
