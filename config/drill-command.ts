import type { Settings } from "./schema.ts";

/** What people type to see a page of this stack arrive; whether it may page production, the drill asks. */
export function drillCommand({ platform, kubernetes }: Settings, stack: string): string {
  const drill = `npm run drill -- --stack ${stack} --severity p0`;
  if (platform === "docker") return drill;
  const forward = `kubectl -n ${kubernetes.namespace} port-forward service/alertmanager 9093:9093`;
  return `${forward}, then ${drill} --url http://localhost:9093`;
}
