import { chosenCollector } from "../products/collector/chosen.ts";
import { hasLoki } from "../products/loki/product.ts";
import { connectionProblems } from "./connection-checks.ts";
import type { Filter } from "./destinations.ts";
import { headerProblems, urlSecretProblems } from "./headers.ts";
import { either, type Problem, show } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { streamLabels } from "./stream-selector.ts";

type Endpoint = Settings["metrics"]["remoteWrite"][number];

/** Connections to applications and destinations that are incomplete, or would store secrets in clear text. */
export function checkConnections({ applications, logs, metrics }: Settings): Problem[] {
  return [
    ...Object.entries(applications).flatMap(([name, application]) =>
      connectionProblems(`applications.${name}`, application, withoutTls(application.scheme === "https")),
    ),
    ...metrics.remoteWrite.flatMap((endpoint, index) => {
      const path = `metrics.remoteWrite[${index}]`;
      const { name, auth, tls } = endpoint;
      const needsName = name === undefined && (auth !== "none" || Object.keys(tls).length > 1);
      return [
        ...(needsName
          ? [{ path: `${path}.name`, message: 'is required by auth and tls; use a name such as "mimir"' }]
          : []),
        ...destinationProblems(path, endpoint),
      ];
    }),
    ...logs.remote.flatMap((endpoint, index) => {
      const path = `logs.remote[${index}]`;
      return [...pushPathProblems(path, endpoint.url), ...destinationProblems(path, endpoint)];
    }),
  ];
}

/** The collectors use the URL as it is. */
function pushPathProblems(path: string, url: string): Problem[] {
  if (!URL.canParse(url) || new URL(url).pathname !== "/") return [];
  return [
    {
      path: `${path}.url`,
      message: `${show(url)} has no path; use the push endpoint, such as ${show(new URL("/loki/api/v1/push", url).href)}`,
    },
  ];
}

/** Logs have a destination, and the collector supports its settings. */
export function checkLogDestinations(settings: Settings): Problem[] {
  const { logs } = settings;
  if (!logs.enabled) return [];
  return [
    ...(hasLoki(settings) || logs.remote.length > 0
      ? []
      : [
          {
            path: "logs.remote",
            message:
              "is empty and logs.loki.enabled is false, so that logs have no destination; add an endpoint, or set logs.enabled: false",
          },
        ]),
    ...logs.remote.flatMap(({ filters = [] }, index) =>
      filterProblems(`logs.remote[${index}].filters`, filters, settings),
    ),
  ];
}

const filteredLabels = streamLabels.filter((label) => label !== "cluster" && label !== "env");

function filterProblems(path: string, filters: readonly Filter[], settings: Settings): Problem[] {
  if (filters.length > 0 && !chosenCollector(settings).filtersDestinations)
    return [
      {
        path,
        message:
          "is not supported by Promtail, which sends all lines to all endpoints; remove it, or use logs.collector: alloy",
      },
    ];
  return filters.flatMap(({ labels }, index) =>
    Object.keys(labels)
      .filter((label) => !(filteredLabels as readonly string[]).includes(label))
      .map((label) => ({
        path: `${path}[${index}].labels.${label}`,
        message: `is not a label that the collector sets per line; use ${either(filteredLabels)}`,
      })),
  );
}

function withoutTls(isTls: boolean): string | undefined {
  return isTls ? undefined : "on http; use https";
}

function destinationProblems(path: string, endpoint: Pick<Endpoint, "auth" | "username" | "tls" | "url" | "headers">) {
  const { url, headers = {} } = endpoint;
  return [
    ...connectionProblems(path, endpoint, withoutTls(/^https:/i.test(url))),
    ...headerProblems(path, headers, () => "auth: basic or auth: bearer with its secret"),
    ...urlSecretProblems(path, url, "auth"),
  ];
}
