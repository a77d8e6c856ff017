import { until } from "../../logs/programs.ts";
import type { ApiObject, Kubectl } from "./kubectl.ts";

export interface Pod extends ApiObject {
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly name: string; readonly restartCount: number }[];
  };
}

interface Controller extends ApiObject {
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly readyReplicas?: number;
    readonly numberReady?: number;
    readonly desiredNumberScheduled?: number;
  };
}

/** Waits until every pod of the cluster is ready; if one never becomes ready, reports the cluster's state. */
export async function allReady(kubectl: Kubectl, seconds: number): Promise<void> {
  await until("every pod is ready", async () => (await unready(kubectl)).length === 0, seconds).catch(async (error) => {
    const state = await kubectl.run(["get", "pods,pvc,events", "--all-namespaces"]);
    throw new Error(`${(error as Error).message}\n${state}`);
  });
}

/** Names of the pods that are not ready, and of the controllers with too few ready pods. */
async function unready(kubectl: Kubectl): Promise<string[]> {
  const pods = await kubectl.list<Pod>(["pods", "--all-namespaces"]);
  if (pods.length === 0) return ["no pod yet"];
  const controllers = await kubectl.list<Controller>(["deployments,statefulsets,daemonsets", "--all-namespaces"]);
  return [...pods.filter((pod) => !isReady(pod)), ...controllers.filter((controller) => !isComplete(controller))].map(
    ({ metadata }) => metadata.name,
  );
}

/** The pod of a completed Job counts as ready. */
function isReady({ status }: Pod): boolean {
  const ready = status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return ready || status.phase === "Succeeded";
}

function isComplete({ spec, status }: Controller): boolean {
  const wanted = status.desiredNumberScheduled ?? spec.replicas ?? 1;
  return (status.numberReady ?? status.readyReplicas ?? 0) >= wanted;
}
