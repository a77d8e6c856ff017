import { imageReference } from "../../config/products/images.ts";
import { grafanaPath, grafanaUrl } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { KubernetesPlatformArgs } from "./kubernetes.ts";
import type { WayIn } from "./kubernetes-way-in.ts";

/** Platform arguments from the settings. */
export function kubernetesArgs(
  settings: Settings,
  { stack, stackName }: { readonly stack: string; readonly stackName: string },
): KubernetesPlatformArgs {
  const { kubernetes, network } = settings;
  return {
    stack,
    instance: `white-room-${stackName}`,
    namespace: kubernetes.namespace,
    agentsNamespace: kubernetes.agentsNamespace,
    scrapeNamespaces: kubernetes.scrapeNamespaces,
    clusterDomain: kubernetes.clusterDomain,
    extraHosts: network.extraHosts,
    imagePullSecrets: kubernetes.imagePullSecrets,
    nodeSelector: kubernetes.nodeSelector,
    tolerations: kubernetes.tolerations,
    assignUsers: kubernetes.assignUsers,
    podLabels: kubernetes.podLabels,
    podAnnotations: kubernetes.podAnnotations,
    createNamespaces: kubernetes.createNamespaces,
    serviceAccountAnnotations: kubernetes.serviceAccountAnnotations,
    storageClass: kubernetes.storageClass,
    protectData: kubernetes.protectData,
    priorityClassName: kubernetes.priorityClassName,
    seLinuxType: kubernetes.seLinuxType,
    reloaderImage: imageReference("configReloader", settings.images.configReloader, settings.images.mirror),
    egress: network.egress,
    wayIn: wayIn(settings),
  };
}

function wayIn(settings: Settings): WayIn | undefined {
  const { enabled, controllerNamespace, controllerRanges, ...ingress } = settings.visualization.ingress;
  if (!enabled) return undefined;
  return {
    ...ingress,
    host: new URL(grafanaUrl(settings)).hostname,
    path: grafanaPath(settings),
    namespace: controllerNamespace,
    ranges: controllerRanges,
  };
}
