import { job } from "../lib/selectors.ts";

const states = job("kube-state-metrics");

/** Series of kube-state-metrics for the selected nodes. */
export const ofNodes = (metric: string, more = "") => `${metric}{${states}, node=~"$instance"${also(more)}}`;

/** Series of kube-state-metrics for the selected namespaces. */
export const inNamespaces = (metric: string, more = "") => `${metric}{${states}, namespace=~"$namespace"${also(more)}}`;

/** The same, limited to the selected services. */
export const ofServices = (metric: string, more = "") => inNamespaces(metric, `service=~"$service"${also(more)}`);

function also(matchers: string): string {
  return matchers === "" ? "" : `, ${matchers}`;
}

/** Number of series, 0 if there are none. */
export const countOf = (expression: string) => `count(${expression}) or vector(0)`;
