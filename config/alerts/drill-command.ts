import { traitsOf } from "../../components/platform/traits.ts";
import { alertmanager } from "../products/alertmanager/product.ts";
import { schemeOf } from "../products/internal-tls.ts";
import type { Settings } from "../settings/schema.ts";

/** The command that sends a test page. The drill asks for confirmation on production. */
export function drillCommand(settings: Settings, stack: string): string {
  const { kubernetes, alerting } = settings;
  const drill = `npm run drill -- --stack ${stack} --severity p0`;
  if (traitsOf(settings).publishesPorts) return drill;
  // Only one replica sends each notification, so query all of them.
  const replicas = Array.from({ length: alerting.replicas }, (_, index) => ({
    index,
    port: alertmanager.port + index,
  }));
  const forwards = replicas.map(
    ({ index, port }) =>
      `kubectl -n ${kubernetes.namespace} port-forward pod/${alertmanager.workload}-${index} ${port}:${alertmanager.port}`,
  );
  const urls = replicas.map(({ port }) => `--url ${schemeOf(settings, alertmanager)}://localhost:${port}`);
  return `${forwards.join(" & ")}, then ${drill} ${urls.join(" ")}`;
}
