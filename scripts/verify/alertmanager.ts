import { alertmanagerAddress, prometheusAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** Alertmanager responds, and Prometheus sends alerts to it. */
export async function checkAlertmanager({ settings }: StackUnderTest): Promise<Finding[]> {
  if (!settings.alerting.enabled) return [{ state: "off", what: "alerting", detail: "disabled" }];
  const status = (await ask(`${alertmanagerAddress(settings)}/api/v2/status`)) as { versionInfo: { version: string } };
  const { data } = (await ask(`${prometheusAddress(settings)}/api/v1/alertmanagers`)) as {
    data: { activeAlertmanagers: { url: string }[] };
  };
  const found = data.activeAlertmanagers.map(({ url }) => url).join(", ");
  return [
    { state: "ok", what: "responds", detail: `version ${status.versionInfo.version}` },
    found === ""
      ? { state: "failed", what: "known to Prometheus", detail: "Prometheus has no active Alertmanager" }
      : { state: "ok", what: "known to Prometheus", detail: found },
  ];
}
