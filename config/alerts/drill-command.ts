import { traitsOf } from "../../components/platform/traits.ts";
import { alertmanager } from "../products/alertmanager/product.ts";
import type { Settings } from "../settings/schema.ts";

/** What people type to see a page of this stack arrive; whether it may page production, the drill asks. */
export function drillCommand(settings: Settings, stack: string): string {
  const { kubernetes, alerting } = settings;
  const drill = `npm run drill -- --stack ${stack} --severity p0`;
  if (traitsOf(settings).publishesPorts) return drill;
  // Only one of them sends, so that each is asked.
  const replicas = Array.from({ length: alerting.replicas }, (_, index) => ({
    index,
    port: alertmanager.port + index,
  }));
  const forwards = replicas.map(
    ({ index, port }) =>
      `kubectl -n ${kubernetes.namespace} port-forward pod/${alertmanager.workload}-${index} ${port}:${alertmanager.port}`,
  );
  const urls = replicas.map(({ port }) => `--url http://localhost:${port}`);
  return `${forwards.join(" & ")}, then ${drill} ${urls.join(" ")}`;
}
