import { recorded } from "../../config/alerts/recording.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { timeSeries } from "../lib/visualizations.ts";
import { inNamespaces } from "./selectors.ts";

const by = "by (namespace, persistentvolumeclaim)";

/** Claims: what each has left, and which found no volume. */
export function volumes(states: boolean): Row {
  const claims = `${job("kubelet")}${states ? ', namespace=~"$namespace"' : ""}`;
  const of = (what: string) => `kubelet_volume_stats_${what}_bytes{${claims}}`;
  const free = `min ${by} (${recorded.volumeFree}{${claims}})`;
  const noVolumes = "No pod uses a volume whose driver tells its size.";
  return {
    title: "Claims",
    panels: [
      table(
        {
          title: "Claims and their room",
          description:
            "Free share, use and size of each claim's volume, as the node that mounts it measures it. A claim that no pod uses is not measured.",
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
          { of: 0, title: "Free share", unit: "percentunit", decimals: 1, coloured: true },
          { of: 1, title: "Used" },
          { of: 2, title: "Size" },
          { of: "namespace", title: "Namespace", minWidth: 120 },
        ],
        { title: "Free share", descending: false },
      ),
      timeSeries({
        title: "Room left in claims",
        description: "Share of each claim's volume that is free. Below the line its alert fires.",
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
    description: "Claims that no volume was found for, or whose volume is gone, and the size they ask for.",
    unit: "bytes",
    width: 6,
    queries: [
      mayBeEmpty(
        "Every claim has its volume.",
        rows(
          `max by (namespace, persistentvolumeclaim) (${inNamespaces("kube_persistentvolumeclaim_resource_requests_storage_bytes")}) and on (namespace, persistentvolumeclaim) ${inNamespaces("kube_persistentvolumeclaim_status_phase", 'phase=~"Pending|Lost"')} == 1`,
        ),
      ),
    ],
  },
  [
    { of: "namespace", title: "Namespace" },
    { of: "persistentvolumeclaim", title: "Claim" },
    { of: 0, title: "Asks for" },
  ],
  { title: "Claim", descending: false },
);

/** How long those who call the API server may still do so. */
export const certificates: Row = {
  title: "Certificates",
  panels: [
    timeSeries({
      title: "Certificates of kubelets",
      description:
        "Time until the certificate ends with which each kubelet calls the API server; it is renewed long before.",
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
        "Time until the certificates end with which clients call each API server: of a hundred requests, the one whose certificate ends first.",
      unit: "s",
      min: 0,
      width: 12,
      alerts: ["KubernetesCertificateExpiring"],
      thresholds: { fires: "below", alerts: ["KubernetesCertificateExpiring"] },
      queries: [
        mayBeEmpty(
          "Nobody called with a certificate.",
          range(
            `histogram_quantile(0.01, sum by (instance, le) (rate(apiserver_client_certificate_expiration_seconds_bucket{${job("apiserver")}}[$__rate_interval])))`,
            "{{instance}}",
          ),
        ),
      ],
    }),
  ],
};
