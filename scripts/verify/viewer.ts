import { hasLoki } from "../../config/products/loki/product.ts";
import { allDashboards } from "../../dashboards/all.ts";
import { requestComponent } from "../lib/component-request.ts";
import { grafanaAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** The viewer lists every dashboard, reaches every data source, and rejects write requests. */
export async function checkViewer({ settings }: StackUnderTest): Promise<Finding[]> {
  const url = grafanaAddress(settings);
  const { dashboards } = (await ask(`${url}/api/dashboards`)) as { dashboards: { uid: string; title: string }[] };
  const listed = allDashboards(settings).map(({ content }): Finding => {
    const { uid } = JSON.parse(content) as { uid: string };
    const found = dashboards.find((dashboard) => dashboard.uid === uid);
    const what = `dashboard ${uid}`;
    return found ? { state: "ok", what, detail: found.title } : { state: "failed", what, detail: "not found" };
  });
  const paths = [
    ["Prometheus", "prometheus/api/v1/query?query=1"],
    ...(hasLoki(settings) ? [["Loki", "loki/loki/api/v1/labels"]] : []),
    ...(settings.alerting.enabled ? [["Alertmanager", "alertmanager/api/v2/alerts"]] : []),
  ];
  const reached = paths.map(([name, path]) =>
    finding(`reads ${name}`, async () => {
      await ask(`${url}/api/${path}`);
      return "responds";
    }),
  );
  const writes = finding("rejects writes", async () => {
    const { status } = await requestComponent(`${url}/api/prometheus/api/v1/admin/tsdb/delete_series`, {
      method: "POST",
    });
    if (status !== 403) throw new Error(`a delete request returned ${status} instead of 403`);
    return "403";
  });
  return [...listed, ...(await Promise.all([...reached, writes]))];
}

async function finding(what: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { state: "ok", what, detail: await check() };
  } catch (error) {
    return { state: "failed", what, detail: (error as Error).message };
  }
}
