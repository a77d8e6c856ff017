import { traitsOf } from "../../components/platform/traits.ts";
import { metricCatalogue } from "../white-room/metrics.ts";
import { addedLabelProblem } from "./labels.ts";
import { type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isSecretName } from "./secret-words.ts";
import { seconds } from "./units.ts";

/** Scrape jobs that would hide labels, store secrets in clear text, or discover targets where it is not supported. */
export function checkApplications(settings: Settings): Problem[] {
  return Object.entries(settings.applications).flatMap(([job, { labels, params, discovery }]) => {
    const path = `applications.${job}`;
    return [
      ...Object.keys(labels).flatMap((label) => {
        const message = addedLabelProblem(label) ?? hidesLabel(job, label);
        return message === undefined ? [] : [{ path: `${path}.labels.${label}`, message }];
      }),
      ...Object.keys(params)
        .filter(isSecretName)
        .map((parameter) => ({
          path: `${path}.params`,
          message: `contains a secret in the parameter ${show(parameter)}, which would be stored in clear text in the state; remove it, and use auth`,
        })),
      ...(["files", "srv"] as const)
        .filter((kind) => traitsOf(settings).discoversTargets && discovery[kind].length > 0)
        .map((kind) => ({
          path: `${path}.discovery.${kind}`,
          message:
            'is supported only with platform: docker; use targets, or annotate the pods or Services with prometheus.io/scrape: "true"',
        })),
    ];
  });
}

/** A target's label takes the place of a label of its metrics, which rules and dashboards select by. */
function hidesLabel(job: string, label: string): string | undefined {
  const metric = metricCatalogue.find(
    ({ services, labels }) => (services as readonly string[]).includes(job) && Object.hasOwn(labels, label),
  );
  if (label === "le") return "is a label of every histogram, which it would replace; use another name";
  return metric && `is a label of ${metric.name}, which it would replace; use another name`;
}

/** External labels that the stack sets itself. */
export function checkExternalLabels({ metrics }: Settings): Problem[] {
  const keys = { cluster: "cluster", env: "environment" } as const;
  return Object.entries(keys)
    .filter(([label]) => metrics.externalLabels[label] !== undefined)
    .map(([label, key]) => ({
      path: `metrics.externalLabels.${label}`,
      message: `is set by the stack to the value of ${key}; remove it, and set ${key}`,
    }));
}

export function checkScrapeTimeout({ metrics, applications }: Settings): Problem[] {
  const intervals: [string, string][] = [
    ["metrics.scrapeInterval", metrics.scrapeInterval],
    ...Object.entries(applications).flatMap(([job, { scrapeInterval }]): [string, string][] =>
      scrapeInterval === undefined ? [] : [[`applications.${job}.scrapeInterval`, scrapeInterval]],
    ),
  ];
  return intervals
    .filter(([, interval]) => seconds(metrics.scrapeTimeout) > seconds(interval))
    .map(([path, interval]) => ({
      path: "metrics.scrapeTimeout",
      message: `${show(metrics.scrapeTimeout)} is longer than ${path} ${show(interval)}; use at most ${show(interval)}`,
    }));
}
