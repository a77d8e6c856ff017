import { recorded } from "../../config/alerts/recording.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { timeSeries } from "../lib/visualizations.ts";
import { inNamespaces } from "./selectors.ts";

const by = "by (namespace, persistentvolumeclaim)";

/** Claims: free space, and claims without a volume. */
export function volumes(states: boolean): Row {
  const claims = `${job("kubelet")}${states ? ', namespace=~"$namespace"' : ""}`;
  const of = (what: string) => `kubelet_volume_stats_${what}_bytes{${claims}}`;
  const free = `min ${by} (${recorded.volumeFree}{${claims}})`;
  const noVolumes = "No pods use a volume with size metrics.";
  return {
    title: "Claims",
    panels: [
      table(
        {
          title: "Claims and their room",
          description:
            "Free space, usage and size of each claim's volume, as reported by the node that mounts it. Claims not used by a pod are not reported.",
          unit: "bytes",
          width: states ? 10 : 12,
          alerts: ["KubernetesVolumeFillingUp"],
          thresholds: { fires: "below", alerts: ["KubernetesVolumeFillingUp"] },
          queries: [
            mayBeEmpty(noVolumes, rows(free)),
            mayBeEmpty(noVolumes, rows(`max ${by} (${of("used")})`)),
            mayBeEmpty(noVolumes, rows(`max ${by} (${of("capacity")})`)),
          ],
        },
        [
          { of: "persistentvolumeclaim", title: "Claim", minWidth: 170 },
          { of: 0, title: "Free %", unit: "percentunit", decimals: 1, coloured: true },
          { of: 1, title: "Used" },
          { of: 2, title: "Size" },
          { of: "namespace", title: "Namespace", minWidth: 120 },
        ],
        { title: "Free %", descending: false },
      ),
      timeSeries({
        title: "Room left in claims",
        description: "Free space of each claim's volume. The alert fires below the line.",
        unit: "percentunit",
        min: 0,
        max: 1,
        width: states ? 8 : 12,
        alerts: ["KubernetesVolumeFillingUp"],
        thresholds: { fires: "below", alerts: ["KubernetesVolumeFillingUp"] },
        queries: [mayBeEmpty(noVolumes, range(free, "{{namespace}}/{{persistentvolumeclaim}}"))],
      }),
      ...(states ? [unbound] : []),
    ],
  };
}

const unbound = table(
  {
    title: "Claims without a volume",
    description: "Claims that are pending or have lost their volume, and their requested size.",
    unit: "bytes",
    width: 6,
    queries: [
      mayBeEmpty(
        "All claims have a volume.",
        rows(
          `max by (namespace, persistentvolumeclaim) (${inNamespaces("kube_persistentvolumeclaim_resource_requests_storage_bytes")}) and on (namespace, persistentvolumeclaim) ${inNamespaces("kube_persistentvolumeclaim_status_phase", 'phase=~"Pending|Lost"')} == 1`,
        ),
      ),
    ],
  },
  [
    { of: "namespace", title: "Namespace" },
    { of: "persistentvolumeclaim", title: "Claim" },
    { of: 0, title: "Requested" },
  ],
  { title: "Claim", descending: false },
);

/** Certificate expiry. */
export const certificates: Row = {
  title: "Certificates",
  panels: [
    timeSeries({
      title: "Certificates of kubelets",
      description: "Time until the client certificate of each kubelet expires. It is normally renewed long before.",
      unit: "s",
      min: 0,
      width: 12,
      alerts: ["KubernetesCertificateExpiring"],
      thresholds: { fires: "below", alerts: ["KubernetesCertificateExpiring"] },
      queries: [
        range(
          `min by (instance) (kubelet_certificate_manager_client_ttl_seconds{${job("kubelet")}, instance=~"$instance"})`,
          "{{instance}}",
        ),
      ],
    }),
    timeSeries({
      title: "Certificates of all clients",
      description:
        "Time until the client certificates used with each API server expire, weighted by requests (1st percentile).",
      unit: "s",
      min: 0,
      width: 12,
      alerts: ["KubernetesCertificateExpiring"],
      thresholds: { fires: "below", alerts: ["KubernetesCertificateExpiring"] },
      queries: [
        mayBeEmpty(
          "No clients used a certificate.",
          range(
            `histogram_quantile(0.01, sum by (instance, le) (rate(apiserver_client_certificate_expiration_seconds_bucket{${job("apiserver")}}[$__rate_interval])))`,
            "{{instance}}",
          ),
        ),
      ],
    }),
  ],
};
