import { AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { watchesApplications } from "../../config/alerts/monitored.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { sinceFiring } from "./alerts.ts";
import { mayBeEmpty, type Query, range } from "./query.ts";
import { chosenService } from "./selectors.ts";
import { sourceOf } from "./variables.ts";

/** An annotation on all graphs of a dashboard. */
export interface Annotation {
  readonly name: string;
  readonly query: Query;
  readonly colour: string;
  readonly title: string;
  readonly text: string;
  readonly tags: string;
  /** Why an empty result is valid for some services. */
  readonly onlySome?: string;
  /** The value is the time, in milliseconds. */
  readonly valueIsTime: boolean;
}

const deployments: Annotation = {
  name: "Deployments",
  query: range(`max by (service) (whiteroom_deployment_timestamp_seconds{${chosenService}}) * 1000`, "{{service}}"),
  colour: "purple",
  title: "Deployment of {{service}}",
  text: "New version of {{service}}.",
  tags: "service",
  onlySome: "The selected service reports no deployments.",
  valueIsTime: true,
};

/** Start of paging alerts only; their full duration would cover the graphs. */
const urgent: Annotation = {
  name: "P0 and P1 alerts",
  query: mayBeEmpty(
    "No such alerts fired in this time range.",
    range(`${sinceFiring('service=~"$service", priority=~"P0|P1"')} * 1000`, "{{alertname}}"),
  ),
  colour: "red",
  title: "{{alertname}} ({{priority}})",
  text: "{{service}} {{instance}}",
  tags: "priority,team",
  valueIsTime: true,
};

/** Annotations for deployments and alert starts. */
export function annotations(settings: Settings): readonly Annotation[] {
  return [...(watchesApplications(settings) ? [deployments] : []), ...(settings.alerting.enabled ? [urgent] : [])];
}

export function buildAnnotation({ name, query, colour, title, text, tags, valueIsTime }: Annotation) {
  const builder = new AnnotationQueryBuilder()
    .name(name)
    .datasource(sourceOf("prometheus"))
    .enable(true)
    .iconColor(colour)
    .expr(query.expr)
    .step("30s")
    .titleFormat(title)
    .textFormat(text)
    .tagKeys(tags);
  return valueIsTime ? builder.useValueForTime(true) : builder;
}
