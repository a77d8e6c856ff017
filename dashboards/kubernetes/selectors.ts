import { job } from "../lib/selectors.ts";

const states = job("kube-state-metrics");

/** Series of kube-state-metrics on the chosen nodes. */
export const ofNodes = (metric: string, more = "") => `${metric}{${states}, node=~"$instance"${also(more)}}`;

/** Its series on what is in the chosen namespaces. */
export const inNamespaces = (metric: string, more = "") => `${metric}{${states}, namespace=~"$namespace"${also(more)}}`;

/** And belongs to the chosen services. */
export const ofServices = (metric: string, more = "") => inNamespaces(metric, `service=~"$service"${also(more)}`);

function also(matchers: string): string {
  return matchers === "" ? "" : `, ${matchers}`;
}

/** How many series there are, 0 where there is none. */
export const countOf = (expression: string) => `count(${expression}) or vector(0)`;
