import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";

/** Edits ConfigMaps and Secrets in place, where the default provider would replace them and with them what mounts them. */
export function clusterProvider(name: string, parent: pulumi.Resource): Provider {
  // A provider made by hand ignores the stack's own kubernetes:context and kubernetes:kubeconfig.
  const configured = new pulumi.Config("kubernetes");
  const context = configured.get("context");
  const kubeconfig = configured.getSecret("kubeconfig");
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
