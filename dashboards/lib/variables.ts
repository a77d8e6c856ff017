import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { datasourceUids } from "../../config/products/grafana/data-source-uids.ts";

/** A variable with the values of a label of the series or streams that match `selector`. */
export interface LabelVariable {
  readonly kind: "label";
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: "prometheus" | "loki";
  readonly selector: string;
  readonly label: string;
  /** Whether "All" also matches series without the label. Loki rejects queries with only such matchers. */
  readonly all: ".*" | ".+";
}

/** A text box variable. */
export interface TextVariable {
  readonly kind: "text";
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly value: string;
}

export interface DatasourceVariable {
  readonly kind: "datasource";
  readonly name: "datasource" | "loki";
  readonly title: string;
  readonly datasource: "prometheus" | "loki";
}

export type Variable = LabelVariable | TextVariable | DatasourceVariable;

export const prometheusSource: Variable = {
  kind: "datasource",
  name: "datasource",
  title: "Metrics from",
  datasource: "prometheus",
};

export const lokiSource: Variable = { kind: "datasource", name: "loki", title: "Logs from", datasource: "loki" };

/** Reference to the data source variable. */
export function sourceOf(datasource: "prometheus" | "loki") {
  return { type: datasource, uid: datasource === "prometheus" ? "$datasource" : "$loki" };
}

function labelVariable(
  name: string,
  title: string,
  selector: string,
  options: Partial<Pick<LabelVariable, "label" | "description" | "all" | "datasource">> = {},
): LabelVariable {
  const description = `Filters the panels by ${title.toLowerCase()}.`;
  return {
    kind: "label",
    name,
    title,
    description,
    datasource: "prometheus",
    selector,
    label: name,
    all: ".+",
    ...options,
  };
}

export const cluster = labelVariable("cluster", "Cluster", 'up{job=~".+"}');

/** Services of the given jobs; by default of all jobs. */
export function service(jobs: readonly string[] = []): Variable {
  const of = jobs.length === 0 ? 'job=~".+"' : `job=~"${jobs.join("|")}"`;
  return labelVariable("service", "Service", `up{cluster=~"$cluster", ${of}}`);
}

/** Instances of the selected services, optionally limited to `jobs`. "All" also includes series without an instance. */
export function instance(jobs: readonly string[] = []): Variable {
  const of = jobs.length === 0 ? 'service=~"$service"' : `service=~"$service", job=~"${jobs.join("|")}"`;
  return labelVariable("instance", "Instance", `up{cluster=~"$cluster", ${of}}`, { all: ".*" });
}

/** Hosts with a node_exporter, with the same variable name as on other dashboards. */
export const host: Variable = labelVariable("instance", "Host", 'up{cluster=~"$cluster", job="node"}', {
  label: "instance",
  all: ".*",
});

/** Any other label of series. */
export function seriesLabel(name: string, title: string, selector: string, all: ".*" | ".+"): Variable {
  return labelVariable(name, title, selector, { all });
}

/** A label of log streams. */
export function streamLabel(
  name: string,
  title: string,
  selector: string,
  options: { label?: string; all?: ".*" } = {},
) {
  return labelVariable(name, title, selector, { datasource: "loki", ...options });
}

const sourceNames = { prometheus: "Prometheus", loki: "Loki" } as const;

export function buildVariable(variable: Variable) {
  switch (variable.kind) {
    case "datasource":
      return new DatasourceVariableBuilder(variable.name)
        .label(variable.title)
        .type(variable.datasource)
        .current({ text: sourceNames[variable.datasource], value: datasourceUids[variable.datasource] });
    case "text":
      return new TextBoxVariableBuilder(variable.name)
        .label(variable.title)
        .description(variable.description)
        .defaultValue(variable.value)
        .current({ text: variable.value, value: variable.value });
    case "label": {
      const query = `label_values(${variable.selector}, ${variable.label})`;
      return new QueryVariableBuilder(variable.name)
        .label(variable.title)
        .description(variable.description)
        .datasource(sourceOf(variable.datasource))
        .query(query)
        .definition(query)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        .allValue(variable.all)
        .current({ selected: true, text: ["All"], value: ["$__all"] });
    }
    default:
      return variable satisfies never;
  }
}
