import { grafana } from "../../config/products/grafana/product.ts";
import { imageReference } from "../../config/products/images.ts";
import { clusterPageUrl, grafanaUrl } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { KubernetesPlatformArgs } from "./kubernetes.ts";
import type { Route } from "./kubernetes-routes.ts";

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
    routes: routes(settings),
  };
}

function routes(settings: Settings): KubernetesPlatformArgs["routes"] {
  const { kubernetes, visualization } = settings;
  const { publish, auth, ...pages } = kubernetes.pages;
  const { enabled, ...ingress } = visualization.ingress;
  const published = publish.map((page) => {
    const annotations = { ...pages.annotations, ...auth.annotations };
    return [page, route({ ...pages, annotations }, clusterPageUrl(settings, page), auth.filters)] as const;
  });
  return Object.fromEntries([
    ...(enabled ? [[grafana.workload, route(ingress, grafanaUrl(settings))] as const] : []),
    ...published,
  ]);
}

function route(
  { controllerNamespace, controllerRanges, ...ingress }: Omit<Settings["visualization"]["ingress"], "enabled">,
  url: string,
  filters: Route["filters"] = [],
): Route {
  const { hostname, pathname } = new URL(url);
  return {
    ...ingress,
    host: hostname,
    path: pathname.replace(/\/$/, ""),
    filters,
    namespace: controllerNamespace,
    ranges: controllerRanges,
  };
}
